#include "chunked_body.h"

#include <algorithm>
#include <cstdlib>

namespace load {

void ChunkedBody::feed(std::string_view bytes, const std::function<void(std::string_view)>& sink) {
  while (!bytes.empty() && !isComplete_) {
    if (left_ == 0) {
      bytes = takeSize(bytes);
      continue;
    }
    const std::string_view content = bytes.substr(0, left_);
    sink(content);
    bytes.remove_prefix(content.size());
    left_ -= content.size();
    isBehindChunk_ = left_ == 0;
  }
}

/// Reads on in the lines between chunks; what is left.
std::string_view ChunkedBody::takeSize(std::string_view bytes) {
  const auto end = std::min(bytes.find('\n'), bytes.size());
  size_ += bytes.substr(0, end);
  if (end == bytes.size()) return {};
  if (!isBehindChunk_) {
    left_ = std::strtoull(size_.c_str(), nullptr, 16);
    isComplete_ = left_ == 0;
  }
  isBehindChunk_ = false;
  size_.clear();
  return bytes.substr(end + 1);
}

}  // namespace load

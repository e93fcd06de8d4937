#include "hub/frame.h"

#include <array>
#include <charconv>

namespace mercure::hub {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

Frame::Frame(std::string_view text, Kind kind) : headSize_(0), kind_(kind) {
  std::array<char, 2 * sizeof(std::size_t)> digits{};
  const char* const end = std::to_chars(digits.begin(), digits.end(), text.size(), 16).ptr;
  const std::string_view size(digits.data(), end);
  headSize_ = size.size() + kLineEnd.size();
  chunk_.reserve(headSize_ + text.size() + kLineEnd.size());
  chunk_.append(size).append(kLineEnd).append(text).append(kLineEnd);
}

std::string_view Frame::bytes(bool chunked) const noexcept {
  std::string_view whole(chunk_);
  if (chunked) return whole;
  whole.remove_prefix(headSize_);
  whole.remove_suffix(kLineEnd.size());
  return whole;
}

const std::shared_ptr<const std::string>& Frame::text() const {
  if (text_ == nullptr) text_ = std::make_shared<const std::string>(bytes(false));
  return text_;
}

}  // namespace mercure::hub

#include "history/slice.h"

#include <string>

namespace mercure::history {

void Slice::clear() {
  // One large record must not keep its memory for as long as the reader lives; assigning would keep it too.
  for (Record& record : records_) {
    if (record.event.capacity() > maxBytes_) std::string().swap(record.event);
  }
  if (whole_.capacity() > maxBytes_) std::vector<std::byte>().swap(whole_);
  used_ = 0;
  bytes_ = 0;
  hasMore_ = false;
  isOvertaken_ = false;
}

Record& Slice::spare() {
  if (used_ == records_.size()) records_.emplace_back();
  return records_[used_];
}

void Slice::keep() noexcept {
  const Record& record = records_[used_++];
  bytes_ += record.id.size() + record.event.size();
  for (const std::string& topic : record.topics) bytes_ += topic.size();
}

}  // namespace mercure::history

#include "protocol/topic_reading.h"

#include <utility>

namespace mercure::protocol {

const Url* TopicReading::url(const Url* base) {
  if (!isParsed_) {
    parse(nullptr);
    isAbsolute_ = url_.has_value();
    isParsed_ = true;
  }
  if (isAbsolute_) return &*url_;
  if (base == nullptr) return nullptr;
  if (base_ != *base) {
    parse(base);
    base_ = *base;
  }
  return url_ ? &*url_ : nullptr;
}

void TopicReading::parse(const Url* base) {
  auto parsed = parseUrl(text_, base);
  url_.reset();
  if (parsed) url_ = *std::move(parsed);
}

}  // namespace mercure::protocol

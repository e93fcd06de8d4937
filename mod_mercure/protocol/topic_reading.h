#pragma once

#include <optional>
#include <string_view>

#include "protocol/url.h"

namespace mercure::protocol {

/// A topic as matchers read it: its text, and the URL that it is to URL patterns, which is parsed once
/// however many of them ask. One thread at a time.
class TopicReading {
 public:
  /// `topic` must outlive this object.
  explicit TopicReading(std::string_view topic) noexcept : text_(topic) {}

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  /// The topic as a URL: by itself, or else against the hub's URL `base`, which may be null (ANY-47). Null
  /// when it is none; no pattern matches it then. Lives until the next call. May throw std::bad_alloc.
  [[nodiscard]] const Url* url(const Url* base);

 private:
  void parse(const Url* base);

  std::string_view text_;
  std::optional<Url> url_;
  std::optional<Url> base_;  // what url_ was last parsed against
  bool isParsed_ = false;    // without a base
  bool isAbsolute_ = false;
};

}  // namespace mercure::protocol

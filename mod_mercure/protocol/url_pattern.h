#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "protocol/topic_reading.h"
#include "protocol/url.h"
#include "protocol/url_pattern_component.h"
#include "protocol/url_pattern_error.h"

namespace mercure::protocol {

/// A pattern of the URL Pattern standard (https://urlpattern.spec.whatwg.org), with ignoreCase off. It
/// matches a URL whose eight components it matches. Immutable once made, so any thread may match with it.
class UrlPattern {
 public:
  /// Reads and compiles `text`; a relative one, which has no protocol, against `baseUrl` (ANY-47). Takes a
  /// few milliseconds at most for 4096 bytes, and no more than about a mebibyte. May throw std::bad_alloc.
  [[nodiscard]] static tl::expected<UrlPattern, UrlPatternError> compile(std::string_view text,
                                                                         std::string_view baseUrl);

  /// Whether the pattern matches `topic`, read against the base that it was compiled with. Linear in its
  /// length.
  [[nodiscard]] bool matches(std::string_view topic) const;

  /// The same for a topic that others are asked about too.
  [[nodiscard]] bool matches(TopicReading& topic) const;

  /// What the path of every URL that it matches begins with. Lives as long as this object.
  [[nodiscard]] std::string_view pathPrefix() const noexcept;

  /// What relative topics are read against: none where the hub's URL is none.
  [[nodiscard]] const std::optional<Url>& base() const noexcept { return base_; }

  /// The bytes it may come to use, at most: what a cache charges for it.
  [[nodiscard]] std::size_t memory() const noexcept;

 private:
  UrlPattern(std::vector<UrlPatternComponent> components, std::optional<Url> base);

  std::vector<UrlPatternComponent> components_;  // one for each UrlComponent
  std::optional<Url> base_;
};

}  // namespace mercure::protocol

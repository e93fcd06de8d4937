#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "protocol/url_pattern_error.h"

namespace mercure::protocol {

/// A piece of what a component has to be (URL Pattern standard, https://urlpattern.spec.whatwg.org/#parts).
/// Its name is left out: nothing is captured.
struct UrlPatternPart {
  enum class Type {
    FixedText,
    Regexp,           ///< a regular expression of the pattern's own
    SegmentWildcard,  ///< something, up to the next delimiter
    FullWildcard,     ///< anything
  };
  enum class Modifier { None, Optional, ZeroOrMore, OneOrMore };

  Type type;
  Modifier modifier = Modifier::None;
  std::string value;  ///< the fixed text as it stands in a URL, or the regular expression
  std::string prefix;
  std::string suffix;
};

/// How a component divides itself (https://urlpattern.spec.whatwg.org/#options-header).
struct UrlPatternOptions {
  std::string_view delimiter;  ///< the ASCII character that ends a segment, or empty
  std::string_view prefix;     ///< the one that a group takes in from before it, or empty
};

/// Writes a piece of fixed text as it stands in a URL. Nothing is the standard's exception.
using EncodingCallback = std::function<std::optional<std::string>(std::string_view)>;

/// "Parse a pattern string" (https://urlpattern.spec.whatwg.org/#parse-a-pattern-string). Any thread. May
/// throw std::bad_alloc.
[[nodiscard]] tl::expected<std::vector<UrlPatternPart>, UrlPatternError> parsePatternString(
    std::string_view pattern, const UrlPatternOptions& options, const EncodingCallback& encode);

}  // namespace mercure::protocol

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "protocol/url_pattern_error.h"

namespace mercure::protocol {

/// A token of a pattern string (URL Pattern standard, https://urlpattern.spec.whatwg.org/#tokens).
struct UrlPatternToken {
  enum class Type {
    Open,              ///< `{`
    Close,             ///< `}`
    Regexp,            ///< `(…)`; the value is what stands between the parentheses, in ASCII
    Name,              ///< `:name`; the value is without the colon
    Character,         ///< one code point that means itself
    EscapedCharacter,  ///< `\` and a code point, which is the value
    OtherModifier,     ///< `?` or `+`
    Asterisk,          ///< `*`, a wildcard or a modifier
    End,               ///< the last one of each list, and nowhere else
    InvalidCharacter,  ///< what breaks the syntax; under the lenient policy only
  };
  Type type;
  std::size_t index;       ///< of its first byte in the input
  std::string_view value;  ///< a view into the input
};

enum class TokenizePolicy {
  Strict,   ///< an error of syntax ends it
  Lenient,  ///< it becomes a token of its own
};

/// "Tokenize" (https://urlpattern.spec.whatwg.org/#tokenize). `input` must outlive the tokens. Linear in the
/// input's length; any thread. May throw std::bad_alloc.
[[nodiscard]] tl::expected<std::vector<UrlPatternToken>, UrlPatternError> tokenizeUrlPattern(
    std::string_view input, TokenizePolicy policy);

}  // namespace mercure::protocol

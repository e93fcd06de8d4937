#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "protocol/expression_writer.h"
#include "protocol/url_pattern_error.h"

namespace mercure::protocol {

// The escapes of ECMAScript's regular expressions under the v flag (ECMA-262, "Patterns") that mean the same
// within a character class and without. Each takes one off the beginning of `rest`, which stands behind the
// backslash; after an error `rest` is anywhere. Any thread.

/// Whether a CharacterClassEscape begins there: `\d \D \s \S \w \W \p{…} \P{…}`.
[[nodiscard]] bool beginsClassEscape(std::string_view rest) noexcept;

/// The ASCII characters of the CharacterClassEscape that begins there.
[[nodiscard]] tl::expected<AsciiSet, UrlPatternError> takeClassEscape(std::string_view& rest);

/// The code point of a CharacterEscape: `\n`, `\cX`, `\0`, `\xHH`, `\uHHHH`, `\u{…}` or a character of
/// syntax. It may be a lone surrogate.
[[nodiscard]] tl::expected<char32_t, UrlPatternError> takeCharacterEscape(std::string_view& rest);

}  // namespace mercure::protocol

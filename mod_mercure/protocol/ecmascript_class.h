#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "protocol/expression_writer.h"
#include "protocol/url_pattern_error.h"

namespace mercure::protocol {

/// Takes the character class that `rest` begins with, `[` included, off it: the ASCII characters of what
/// ECMAScript reads there under the v flag (ECMA-262, "ClassContents"), with nested classes, `&&` and `--`.
/// Strings of several characters (`\q{…}`) are refused. After an error `rest` is anywhere. Any thread.
[[nodiscard]] tl::expected<AsciiSet, UrlPatternError> takeCharacterClass(std::string_view& rest);

}  // namespace mercure::protocol

#pragma once

#include <optional>
#include <string_view>

#include "protocol/expression_writer.h"

namespace mercure::protocol {

/// The ASCII characters with a property of Unicode, as ECMAScript names it between the braces of `\p{…}`
/// (ECMA-262, "UnicodePropertyValueExpression"): `Lu`, `Script=Latin`, `Alphabetic`. Nothing when there is no
/// property of that very name, or one that no ASCII character has. Any thread.
[[nodiscard]] std::optional<AsciiSet> asciiWithProperty(std::string_view expression);

}  // namespace mercure::protocol

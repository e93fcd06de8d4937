#pragma once

namespace mercure::protocol {

/// Whether an ECMAScript identifier may begin with it (ECMA-262, "IdentifierStart").
[[nodiscard]] bool isIdentifierStart(char32_t codePoint) noexcept;

/// Whether an ECMAScript identifier may go on with it (ECMA-262, "IdentifierPart").
[[nodiscard]] bool isIdentifierPart(char32_t codePoint) noexcept;

}  // namespace mercure::protocol

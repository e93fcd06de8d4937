#pragma once

#include <algorithm>
#include <string_view>

namespace mercure::protocol {

// Unlike <cctype>'s, whatever locale some other module has set.

[[nodiscard]] constexpr char toAsciiLower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool equalsIgnoringCase(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return toAsciiLower(a) == toAsciiLower(b); });
}

[[nodiscard]] constexpr bool isAsciiAlpha(char c) noexcept {
  return toAsciiLower(c) >= 'a' && toAsciiLower(c) <= 'z';
}

[[nodiscard]] constexpr bool isAsciiDigit(char c) noexcept {
  return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool isAsciiHexDigit(char c) noexcept {
  return isAsciiDigit(c) || (toAsciiLower(c) >= 'a' && toAsciiLower(c) <= 'f');
}

[[nodiscard]] constexpr bool isAsciiAlphanumeric(char c) noexcept {
  return isAsciiAlpha(c) || isAsciiDigit(c);
}

}  // namespace mercure::protocol

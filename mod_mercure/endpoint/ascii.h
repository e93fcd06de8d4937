#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "protocol/ascii.h"

namespace mercure::endpoint {

using protocol::equalsIgnoringCase;
using protocol::isAsciiAlpha;
using protocol::isAsciiAlphanumeric;
using protocol::toAsciiLower;

[[nodiscard]] inline std::string lowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char character) { return toAsciiLower(character); });
  return lower;
}

[[nodiscard]] constexpr bool isDigit(char character) noexcept {
  return character >= '0' && character <= '9';
}

/// `text` without the spaces and tabs around it (RFC 9110's OWS).
[[nodiscard]] constexpr std::string_view trimBlanks(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace mercure::endpoint

#include "auth/cache_control.h"

#include <strings.h>
#include <algorithm>
#include <charconv>

namespace mercure::auth {
namespace {

bool isSameIgnoringCase(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view withoutBlanks(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// RFC 9111, section 1.2.2: too large a number is as good as the largest that is understood.
std::optional<std::chrono::seconds> deltaSeconds(std::string_view text) noexcept {
  constexpr std::uint32_t kLargest = 0x8000'0000;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), isDigit)) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(result.ec == std::errc{} ? std::min(seconds, kLargest) : kLargest);
}

}  // namespace

std::optional<std::chrono::seconds> maxAgeIn(std::string_view cacheControl) noexcept {
  std::optional<std::chrono::seconds> maxAge;
  while (!cacheControl.empty()) {
    const auto comma = std::min(cacheControl.find(','), cacheControl.size());
    const std::string_view directive = withoutBlanks(cacheControl.substr(0, comma));
    cacheControl.remove_prefix(std::min(comma + 1, cacheControl.size()));
    const auto equals = std::min(directive.find('='), directive.size());
    const std::string_view name = directive.substr(0, equals);
    if (isSameIgnoringCase(name, "no-store") || isSameIgnoringCase(name, "no-cache"))
      return std::chrono::seconds(0);
    if (isSameIgnoringCase(name, "max-age") && equals < directive.size() && !maxAge)
      maxAge = deltaSeconds(directive.substr(equals + 1));
  }
  return maxAge;
}

}  // namespace mercure::auth

#include "httpd/values.h"

#include <strings.h>

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace mercure::httpd {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

bool sameIgnoringCase(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::uint64_t> parseWithUnit(std::string_view text, std::span<const Unit> units) noexcept {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unitText(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  for (const auto& [name, factor] : units) {
    if (!sameIgnoringCase(unitText, name)) continue;
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / factor)
      return std::nullopt;
    return number * factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<bool> parseSwitch(std::string_view text) noexcept {
  if (sameIgnoringCase(text, "on")) return true;
  if (sameIgnoringCase(text, "off")) return false;
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> parseTime(std::string_view text) noexcept {
  static constexpr std::array<Unit, 5> kUnits{
      {{"", 1000}, {"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}}};
  const auto milliseconds = parseWithUnit(text, kUnits);
  if (!milliseconds) return std::nullopt;
  return std::chrono::milliseconds(*milliseconds);
}

std::optional<std::uint64_t> parseSize(std::string_view text) noexcept {
  static constexpr std::array<Unit, 4> kUnits{
      {{"", 1}, {"K", 1U << 10U}, {"M", 1U << 20U}, {"G", 1U << 30U}}};
  return parseWithUnit(text, kUnits);
}

std::optional<std::uint64_t> parseNumber(std::string_view text) noexcept {
  static constexpr std::array<Unit, 1> kUnits{{{"", 1}}};
  return parseWithUnit(text, kUnits);
}

std::string formatSwitch(bool isOn) {
  return isOn ? "On" : "Off";
}

std::string formatTime(std::chrono::milliseconds time) {
  const bool isWhole = time.count() % 1000 == 0;
  return isWhole ? std::to_string(time.count() / 1000) + "s" : std::to_string(time.count()) + "ms";
}

}  // namespace mercure::httpd

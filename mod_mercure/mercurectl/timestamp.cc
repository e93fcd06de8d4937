#include "mercurectl/timestamp.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace mercure::mercurectl {

namespace {

constexpr std::int64_t kSecond = 1'000'000;

}  // namespace

std::string timestampOf(std::int64_t microseconds) {
  // std::chrono's own rounding overflows where a number that a file holds is far from any time.
  const std::int64_t fraction = (microseconds % kSecond + kSecond) % kSecond;
  const std::int64_t whole = microseconds / kSecond - (microseconds % kSecond < 0 ? 1 : 0);
  const std::chrono::sys_seconds time{std::chrono::seconds(whole)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(fraction));
  return text.data();
}

}  // namespace mercure::mercurectl

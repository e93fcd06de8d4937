#pragma once

#include <chrono>

#include "hub/subscription.h"

namespace mercure::hub {

using WallTime = std::chrono::system_clock::time_point;

inline constexpr MonotonicTime kNever = MonotonicTime::max();

/// `wait` after `from`, and kNever where that lies beyond the clock's range.
[[nodiscard]] constexpr MonotonicTime later(MonotonicTime from, std::chrono::milliseconds wait) noexcept {
  return wait >= std::chrono::floor<std::chrono::milliseconds>(kNever - from) ? kNever : from + wait;
}

/// When the monotonic clock will have reached `moment` of the wall clock, as both stand now. A step of the
/// wall clock makes it wrong.
[[nodiscard]] constexpr MonotonicTime whenWallClockReaches(WallTime moment, MonotonicTime now,
                                                           WallTime wall) noexcept {
  return moment <= wall ? now : later(now, std::chrono::ceil<std::chrono::milliseconds>(moment - wall));
}

/// Notices that somebody has set the wall clock.
class ClockWatch {
 public:
  /// Whether the wall clock has been set since the last call that said so; true the first time.
  [[nodiscard]] bool moved(MonotonicTime now, WallTime wall) noexcept {
    const auto offset = wall.time_since_epoch() - now.time_since_epoch();
    if (known_ && offset - offset_ < kTolerance && offset_ - offset < kTolerance) return false;
    known_ = true;
    offset_ = offset;
    return true;
  }

 private:
  static constexpr std::chrono::milliseconds kTolerance{100};
  std::chrono::nanoseconds offset_{0};
  bool known_ = false;
};

}  // namespace mercure::hub

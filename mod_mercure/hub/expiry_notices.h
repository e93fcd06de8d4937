#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace mercure::hub {

/// When a stream tells its client that the token expires: after four fifths of the token's life, and half a
/// minute before its end. Of those that have passed when the stream opens, one is told.
class ExpiryNotices {
 public:
  using WallTime = std::chrono::system_clock::time_point;

  /// Instead of when the token was issued, where nothing is to be told.
  static constexpr WallTime kUnwanted = WallTime::max();

  /// `told` of them have been told.
  ExpiryNotices(WallTime issued, WallTime expires, std::uint8_t told = 0) noexcept;

  /// When the next one is due.
  [[nodiscard]] std::optional<WallTime> next() const noexcept;

  /// Whether one is due at `now`; it, and any other that is, then counts as told.
  [[nodiscard]] bool take(WallTime now) noexcept;

  [[nodiscard]] std::uint8_t told() const noexcept { return told_; }

 private:
  std::array<WallTime, 2> due_{};
  std::uint8_t told_;
};

}  // namespace mercure::hub

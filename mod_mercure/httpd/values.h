#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mercure::httpd {

/// `On` or `Off`, ASCII case ignored.
[[nodiscard]] std::optional<bool> parseSwitch(std::string_view text) noexcept;

/// A whole number with an optional unit: `ms`, `s` (also without a unit), `min`, `h`.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseTime(std::string_view text) noexcept;

/// A whole number of bytes with an optional unit, `K`, `M` or `G`, in powers of 1024.
[[nodiscard]] std::optional<std::uint64_t> parseSize(std::string_view text) noexcept;

/// A whole number.
[[nodiscard]] std::optional<std::uint64_t> parseNumber(std::string_view text) noexcept;

/// A switch and a time as those functions read them.
[[nodiscard]] std::string formatSwitch(bool isOn);
[[nodiscard]] std::string formatTime(std::chrono::milliseconds time);

}  // namespace mercure::httpd

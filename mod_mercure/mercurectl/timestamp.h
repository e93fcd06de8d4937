#pragma once

#include <cstdint>
#include <string>

namespace mercure::mercurectl {

/// A time in µs since 1970, as RFC 3339 writes it: in UTC, with microseconds.
[[nodiscard]] std::string timestampOf(std::int64_t microseconds);

}  // namespace mercure::mercurectl

#pragma once

#include <cstdint>
#include <limits>

namespace mercure::hub {

inline constexpr std::uint64_t kNotInLog = std::numeric_limits<std::uint64_t>::max();

/// A place between a hub's updates, for whoever reads on from there.
struct Place {
  std::uint64_t sequence = 0;          ///< of the newest update that lies behind it; 0: none does
  std::uint64_t position = kNotInLog;  ///< in the log, of the first update after it or of an earlier one
};

}  // namespace mercure::hub

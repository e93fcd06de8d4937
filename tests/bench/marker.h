#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

/// Stands around the time at which an update was sent; no form has to encode it, no hub's own text has it.
inline constexpr char kFence[] = "~~";
inline constexpr std::size_t kFenceSize = 2;

/// The time between fences, in a fixed width: updates are all of one length.
[[nodiscard]] inline std::string marker(std::uint64_t time) {
  const std::string digits = std::to_string(time);
  return kFence + std::string(20 - digits.size(), '0') + digits + kFence;
}

}  // namespace bench

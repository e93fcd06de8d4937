#pragma once

#include <cstdint>

namespace mercure::history {

/// What a hub says in a record's flags: bit 0 private, bit 1 made by the hub, from bit 4 on the generation.
struct UpdateFlags {
  bool isPrivate = false;
  bool madeByHub = false;
  std::uint8_t generation = 0;  ///< of the protocol, below 16: 0 for 0.x, 1 for 1.0

  [[nodiscard]] constexpr std::uint8_t encoded() const noexcept {
    return static_cast<std::uint8_t>((isPrivate ? kPrivate : 0U) | (madeByHub ? kMadeByHub : 0U) |
                                     unsigned{generation} << kGenerationShift);
  }
  [[nodiscard]] static constexpr UpdateFlags decoded(std::uint8_t flags) noexcept {
    return {(flags & kPrivate) != 0, (flags & kMadeByHub) != 0,
            static_cast<std::uint8_t>(flags >> kGenerationShift)};
  }

 private:
  static constexpr unsigned kPrivate = 1U;
  static constexpr unsigned kMadeByHub = 2U;
  static constexpr unsigned kGenerationShift = 4U;
};

}  // namespace mercure::history

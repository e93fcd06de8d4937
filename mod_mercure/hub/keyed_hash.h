#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "hub/random.h"

namespace mercure::hub {

/// SipHash under a key of its own: subscribers choose the texts that are hashed, and with a known hash they
/// could choose ones that all meet in one bucket.
class KeyedHash {
 public:
  using is_transparent = void;

  // Not noexcept, so that the standard containers keep each element's hash instead of computing it again.
  [[nodiscard]] std::size_t operator()(std::string_view text) const;

 private:
  std::array<unsigned char, 16> key_ = randomValue<std::array<unsigned char, 16>>();
};

}  // namespace mercure::hub

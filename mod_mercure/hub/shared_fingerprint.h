#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace mercure::hub {

using KeyFingerprint = std::array<std::uint8_t, 16>;

/// The beginning of a fingerprint that names a token's issuer; zeros: nobody's. It takes the room that is
/// left beside a key's fingerprint in a stream, which is to be small.
using IssuerMark = std::array<std::uint8_t, 7>;

[[nodiscard]] inline IssuerMark beginningOf(const KeyFingerprint& fingerprint) noexcept {
  IssuerMark mark{};
  std::copy_n(fingerprint.begin(), mark.size(), mark.begin());
  return mark;
}

/// A key's fingerprint in shared memory, as two halves. Beside a writer a reader may see the halves of two;
/// its owner has to tell that by other means.
class SharedFingerprint {
 public:
  void store(const KeyFingerprint& fingerprint) noexcept {
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(fingerprint);
    halves_[0] = halves[0];
    halves_[1] = halves[1];
  }
  [[nodiscard]] KeyFingerprint load() const noexcept {
    return std::bit_cast<KeyFingerprint>(std::array<std::uint64_t, 2>{halves_[0], halves_[1]});
  }

 private:
  std::array<std::atomic<std::uint64_t>, 2> halves_;
};

static_assert(sizeof(SharedFingerprint) == sizeof(KeyFingerprint));
static_assert(std::is_standard_layout_v<SharedFingerprint> &&
              std::is_trivially_destructible_v<SharedFingerprint>);

}  // namespace mercure::hub

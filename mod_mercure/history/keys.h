#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "history/bytes.h"

// Keys of the trees that layout.h draws.
namespace mercure::history {

inline constexpr std::size_t kIdHashSize = 16;

/// What stands for an id in keys, which LMDB keeps short.
using IdHash = std::array<std::byte, kIdHashSize>;

/// The archive's own seed keeps publishers from choosing ids that share a hash.
[[nodiscard]] IdHash hashOf(std::string_view id, std::uint64_t seed) noexcept;

struct RecordKey {
  std::uint64_t sequence = 0;
  std::uint32_t part = 0;

  static constexpr std::size_t kSize = sizeof sequence + sizeof part;
  [[nodiscard]] std::array<std::byte, kSize> encoded() const noexcept;
  /// None when `key` has another size.
  [[nodiscard]] static std::optional<RecordKey> decoded(Bytes key) noexcept;
};

struct IdKey {
  IdHash hash{};
  std::uint64_t sequence = 0;

  static constexpr std::size_t kSize = kIdHashSize + sizeof sequence;
  [[nodiscard]] std::array<std::byte, kSize> encoded() const noexcept;
  /// None when `key` has another size.
  [[nodiscard]] static std::optional<IdKey> decoded(Bytes key) noexcept;
};

}  // namespace mercure::history

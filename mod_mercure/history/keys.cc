#include "history/keys.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace mercure::history {

namespace {

template <typename Number>
void put(Number number, std::byte* to) noexcept {
  for (std::size_t i = sizeof number; i-- > 0; number >>= 8U) to[i] = static_cast<std::byte>(number & 0xFFU);
}

template <typename Number>
Number get(const std::byte* from) noexcept {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8U | std::to_integer<Number>(from[i]);
  return number;
}

}  // namespace

IdHash hashOf(std::string_view id, std::uint64_t seed) noexcept {
  XXH128_canonical_t canonical{};
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(id.data(), id.size(), seed));
  IdHash hash{};
  static_assert(sizeof canonical == sizeof hash);
  std::memcpy(hash.data(), &canonical, sizeof canonical);
  return hash;
}

std::array<std::byte, RecordKey::kSize> RecordKey::encoded() const noexcept {
  std::array<std::byte, kSize> key{};
  put(sequence, key.data());
  put(part, key.data() + sizeof sequence);
  return key;
}

std::optional<RecordKey> RecordKey::decoded(Bytes key) noexcept {
  if (key.size() != kSize) return std::nullopt;
  return RecordKey{get<std::uint64_t>(key.data()), get<std::uint32_t>(key.data() + sizeof(std::uint64_t))};
}

std::array<std::byte, IdKey::kSize> IdKey::encoded() const noexcept {
  std::array<std::byte, kSize> key{};
  std::ranges::copy(hash, key.begin());
  put(sequence, key.data() + kIdHashSize);
  return key;
}

std::optional<IdKey> IdKey::decoded(Bytes key) noexcept {
  if (key.size() != kSize) return std::nullopt;
  IdKey decoded{.hash = {}, .sequence = get<std::uint64_t>(key.data() + kIdHashSize)};
  std::ranges::copy(key.first(kIdHashSize), decoded.hash.begin());
  return decoded;
}

}  // namespace mercure::history

#include "hub/access.h"

#include <algorithm>
#include <bit>

namespace mercure::hub {

namespace {

using Halves = std::array<std::uint64_t, 2>;

}  // namespace

void publishAccess(SegmentHeader& header, std::span<const KeyFingerprint> keys, bool anonymous) noexcept {
  const std::size_t count = std::min(keys.size(), kMaxFingerprints);
  header.accessVersion += 1;
  header.anonymousAllowed = anonymous ? 1 : 0;
  header.fingerprintCount = count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto halves = std::bit_cast<Halves>(keys[i]);
    header.fingerprints[i][0] = halves[0];
    header.fingerprints[i][1] = halves[1];
  }
  header.accessVersion += 1;
}

bool Access::refresh(const SegmentHeader& header) {
  const std::uint32_t version = header.accessVersion;
  if (version == version_ || version % 2 != 0) return false;
  const std::size_t count = std::min<std::size_t>(header.fingerprintCount, kMaxFingerprints);
  const bool anonymous = header.anonymousAllowed != 0;
  std::vector<KeyFingerprint> keys(count);
  for (std::size_t i = 0; i < count; ++i)
    keys[i] = std::bit_cast<KeyFingerprint>(Halves{header.fingerprints[i][0], header.fingerprints[i][1]});
  if (header.accessVersion != version) return false;  // torn: the next look takes it
  version_ = version;
  anonymous_ = anonymous;
  keys_ = std::move(keys);
  return true;
}

bool Access::allows(const std::optional<KeyFingerprint>& key) const noexcept {
  if (version_ == 0) return true;
  return key ? std::ranges::find(keys_, *key) != keys_.end() : anonymous_;
}

}  // namespace mercure::hub

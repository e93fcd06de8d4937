#include "hub/access.h"

#include <algorithm>

namespace mercure::hub {

void publishAccess(SegmentHeader& header, std::span<const KeyFingerprint> keys, bool anonymous) noexcept {
  const std::size_t count = std::min(keys.size(), kMaxFingerprints);
  header.accessVersion += 1;
  header.anonymousAllowed = anonymous ? 1 : 0;
  header.fingerprintCount = count;
  for (std::size_t i = 0; i < count; ++i) header.fingerprints[i].store(keys[i]);
  header.accessVersion += 1;
}

bool Access::refresh(const SegmentHeader& header, std::span<const SharedDocument> documents) {
  const bool hasPublished = refreshPublished(header);
  return refreshFetched(documents) || hasPublished;
}

bool Access::refreshFetched(std::span<const SharedDocument> documents) {
  fetched_.resize(documents.size());
  bool isChanged = false;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (documents[i].stamp() == fetched_[i].stamp) continue;
    fetched_[i] = documents[i].read();
    std::string().swap(fetched_[i].bytes);
    isChanged = true;
  }
  return isChanged;
}

bool Access::refreshPublished(const SegmentHeader& header) {
  const std::uint32_t version = header.accessVersion;
  if (version == version_ || version % 2 != 0) return false;
  const std::size_t count = std::min<std::size_t>(header.fingerprintCount, kMaxFingerprints);
  const bool anonymous = header.anonymousAllowed != 0;
  std::vector<KeyFingerprint> keys(count);
  for (std::size_t i = 0; i < count; ++i) keys[i] = header.fingerprints[i].load();
  if (header.accessVersion != version) return false;  // torn: the next look takes it
  version_ = version;
  anonymous_ = anonymous;
  keys_ = std::move(keys);
  return true;
}

bool Access::allows(const std::optional<KeyFingerprint>& key, const IssuerMark& issuer) const noexcept {
  if (version_ == 0) return true;
  if (!key) return anonymous_;
  const auto namesIssuer = [&](const KeyFingerprint& each) { return beginningOf(each) == issuer; };
  if (issuer != IssuerMark{} && std::ranges::none_of(keys_, namesIssuer)) return false;
  const auto has = [&](const auto& keys) { return std::ranges::find(keys, *key) != keys.end(); };
  return has(keys_) ||
         std::ranges::any_of(fetched_, [&](const auto& document) { return has(document.marks); });
}

}  // namespace mercure::hub

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hub/segment.h"

namespace mercure::hub {

/// Tells every process who may hold a stream of the hub from now on: subscribers whose token one of `keys`
/// verifies, and anonymous ones; the names of the tokens' issuers stand among `keys`. More than
/// kMaxFingerprints are left out. The parent only.
void publishAccess(SegmentHeader& header, std::span<const KeyFingerprint> keys, bool anonymous) noexcept;

/// Who may hold a stream, as the configuration in force has it; streams may have been opened under an earlier
/// one. One thread only.
class Access {
 public:
  /// Takes over what has been published, and which keys fetched documents have brought, since the last call;
  /// whether there was anything. May throw std::bad_alloc.
  [[nodiscard]] bool refresh(const SegmentHeader& header, std::span<const SharedDocument> documents = {});

  /// Whether a stream may go on that was opened with the key of this fingerprint, or with none, and by a
  /// token of this issuer: another may have the same key.
  [[nodiscard]] bool allows(const std::optional<KeyFingerprint>& key,
                            const IssuerMark& issuer = {}) const noexcept;

 private:
  bool refreshPublished(const SegmentHeader& header);
  bool refreshFetched(std::span<const SharedDocument> documents);

  std::uint32_t version_ = 0;
  bool anonymous_ = true;
  std::vector<KeyFingerprint> keys_;
  std::vector<SharedDocument::Content> fetched_;  // each as it was last read
};

}  // namespace mercure::hub

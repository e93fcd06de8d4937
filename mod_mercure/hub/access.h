#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hub/segment.h"

namespace mercure::hub {

/// Tells every process who may hold a stream of the hub from now on: subscribers that one of `admissions`
/// lets in, and anonymous ones. More than kMaxAdmissions are left out. The parent only.
void publishAccess(SegmentHeader& header, std::span<const Admission> admissions, bool anonymous) noexcept;

/// Who may hold a stream, as the configuration in force has it; streams may have been opened under an earlier
/// one. One thread only.
class Access {
 public:
  /// Takes over what has been published, and which keys fetched documents have brought, since the last call;
  /// whether there was anything. May throw std::bad_alloc. `documents` are always the same ones.
  [[nodiscard]] bool refresh(const SegmentHeader& header, std::span<const SharedDocument> documents = {});

  /// Whether a stream may go on that was opened with the key of this fingerprint, or with none, and by a
  /// token of this issuer: what another issuer's tokens may be verified with is no matter.
  [[nodiscard]] bool allows(const std::optional<KeyFingerprint>& key,
                            const IssuerMark& issuer = {}) const noexcept;

 private:
  struct Fetched {
    DocumentName name{};
    SharedDocument::Stamp stamp = 0;  // as it was last read
    std::vector<DocumentMark> marks;
  };

  bool refreshPublished(const SegmentHeader& header);
  bool refreshFetched(std::span<const SharedDocument> documents);
  [[nodiscard]] bool verifies(const KeyFingerprint& verifier, const KeyFingerprint& key) const noexcept;

  std::uint32_t version_ = 0;
  bool anonymous_ = true;
  std::vector<Admission> admissions_;
  std::vector<Fetched> fetched_;
};

}  // namespace mercure::hub

#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identified_key.h"
#include "endpoint/remote_key_set.h"
#include "hub/shared_fingerprint.h"

namespace mercure::endpoint {

/// The keys of one place of the configuration: those that were read at the start, and key sets that are
/// fetched.
struct KeyRing {
  std::vector<auth::IdentifiedKey> keys;
  std::vector<std::shared_ptr<RemoteKeySet>> sets;

  [[nodiscard]] bool empty() const noexcept { return keys.empty() && sets.empty(); }
};

/// The keys of an issuer of 1.0 tokens for one role; none where the issuer has no such role.
struct TrustedIssuer {
  std::string name;  ///< `iss`
  KeyRing ring;
};

/// Whose tokens are taken in one role, a publisher's or a subscriber's.
struct Trust {
  KeyRing old;  ///< 0.x: the keys outside every `<MercureIssuer>`
  std::vector<TrustedIssuer> issuers;

  [[nodiscard]] bool empty() const noexcept {
    return old.empty() && std::all_of(issuers.begin(), issuers.end(),
                                      [](const TrustedIssuer& issuer) { return issuer.ring.empty(); });
  }
};

/// Names an issuer beside the keys that may verify its tokens (hub::Admission), so that its streams end when
/// it loses one that another has too; the empty name stands for 0.x tokens. None when OpenSSL has no SHA-256.
[[nodiscard]] std::optional<hub::KeyFingerprint> markOf(std::string_view issuer);

/// Has key sets that are out of date fetched, in the background. What it gives changes whenever one of them
/// does: what was verified under another value may be so no longer. Any thread.
[[nodiscard]] std::uint64_t freshen(const Trust& trust);

}  // namespace mercure::endpoint

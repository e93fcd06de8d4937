#include "endpoint/verification.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace mercure::endpoint {

namespace {

using Result = tl::expected<auth::Grant, auth::TokenError>;
using Keys = std::vector<auth::IdentifiedKey>;

/// A ring's keys at one moment.
class Snapshot {
 public:
  explicit Snapshot(const KeyRing& ring) : ring_(ring) {
    for (const auto& set : ring.sets) sets_.push_back(set->current());
  }

  [[nodiscard]] Keys keys() const {
    Keys keys = ring_.keys;
    for (const auto& set : sets_) keys.insert(keys.end(), set->set.keys.begin(), set->set.keys.end());
    return keys;
  }

  /// Whether newer sets might help against `fault`, and are there now.
  bool renew(auth::TokenFault fault) {
    using auth::TokenFault;
    const bool isUnfetched = std::ranges::any_of(sets_, [](const auto& set) { return set->stamp == 0; });
    const bool lacksKey =
        fault == TokenFault::UnknownKey ||
        (isUnfetched && (fault == TokenFault::UnsupportedAlgorithm || fault == TokenFault::BadSignature));
    if (!lacksKey) return false;
    bool isNewer = false;
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      auto newer = ring_.sets[i]->newerThan(*sets_[i]);
      if (newer == nullptr) continue;
      sets_[i] = std::move(newer);
      isNewer = true;
    }
    return isNewer;
  }

 private:
  const KeyRing& ring_;
  std::vector<std::shared_ptr<const RemoteKeySet::Keys>> sets_;
};

template <class Verify>
Result verifyWith(const KeyRing& ring, Verify&& verify) {
  Snapshot snapshot(ring);
  Result result = verify(snapshot.keys());
  if (!result && snapshot.renew(result.error().fault)) result = verify(snapshot.keys());
  return result;
}

/// The one that the token claims to come from; null when it is nobody known.
const TrustedIssuer* claimedIssuer(const auth::CompactJws& jws, const std::vector<TrustedIssuer>& issuers) {
  const json_t* const name = auth::memberOf(*jws.claims, "iss");
  if (!json_is_string(name)) return nullptr;
  const auto found = std::ranges::find(issuers, auth::textOf(*name), &TrustedIssuer::name);
  return found == issuers.end() ? nullptr : &*found;
}

}  // namespace

Result verifyToken(const auth::CompactJws& jws, auth::Generation generation, const Trust& trust,
                   const auth::Audience& audience, std::chrono::system_clock::time_point now) {
  if (generation == auth::Generation::V0)
    return verifyWith(trust.old, [&](const Keys& keys) { return auth::authenticate(jws, keys, now); });

  const TrustedIssuer* const issuer = claimedIssuer(jws, trust.issuers);
  if (issuer == nullptr) return auth::authenticateAccessToken(jws, {}, audience, now);
  return verifyWith(issuer->ring, [&](const Keys& keys) {
    const auth::Issuer trusted{issuer->name, keys};
    return auth::authenticateAccessToken(jws, {&trusted, 1}, audience, now);
  });
}

std::uint64_t freshen(const Trust& trust) {
  std::uint64_t stamp = 0;
  const auto add = [&](const KeyRing& ring) {
    for (const auto& set : ring.sets) {
      set->refresh(RemoteKeySet::Need::Freshness);
      stamp += set->stamp();
    }
  };
  add(trust.old);
  for (const TrustedIssuer& issuer : trust.issuers) add(issuer.ring);
  return stamp;
}

}  // namespace mercure::endpoint

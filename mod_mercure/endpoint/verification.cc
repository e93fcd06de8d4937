#include "endpoint/verification.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "hub/shared_document.h"

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

  /// Whether a newer set might help against `fault` of a token that came at `since`, and is there in time.
  bool renew(auth::TokenFault fault, RemoteKeySet::Moment since) {
    using auth::TokenFault;
    const bool isUnfetched = std::ranges::any_of(sets_, [](const auto& set) { return set->stamp == 0; });
    const bool lacksKey =
        fault == TokenFault::UnknownKey ||
        (isUnfetched && (fault == TokenFault::UnsupportedAlgorithm || fault == TokenFault::BadSignature));
    return lacksKey && awaitNewer(ring_.sets, sets_, since, since + RemoteKeySet::kLongestWait);
  }

 private:
  const KeyRing& ring_;
  std::vector<std::shared_ptr<const RemoteKeySet::Keys>> sets_;
};

/// What the error log should say besides, where no key has verified a token.
std::string whyNoKey(const KeyRing& ring, const auth::TokenError& error) {
  using auth::TokenFault;
  if (error.fault != TokenFault::UnknownKey && error.fault != TokenFault::UnsupportedAlgorithm) return {};
  if (ring.empty()) return " in this role, a publisher's or a subscriber's";
  for (const auto& set : ring.sets)
    if (set->stamp() == 0) return " (no keys have come from " + set->url() + " yet)";
  return {};
}

template <class Verify>
Result verifyWith(const KeyRing& ring, RemoteKeySet::Moment since, Verify&& verify) {
  Snapshot snapshot(ring);
  Result result = verify(snapshot.keys());
  while (!result && snapshot.renew(result.error().fault, since)) result = verify(snapshot.keys());
  if (!result) result.error().explanation += whyNoKey(ring, result.error());
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
                   const auth::Audience& audience, std::chrono::system_clock::time_point now,
                   RemoteKeySet::Moment since) {
  if (generation == auth::Generation::V0)
    return verifyWith(trust.old, since, [&](const Keys& keys) { return auth::authenticate(jws, keys, now); });

  const TrustedIssuer* const issuer = claimedIssuer(jws, trust.issuers);
  if (issuer == nullptr) return auth::authenticateAccessToken(jws, {}, audience, now);
  return verifyWith(issuer->ring, since, [&](const Keys& keys) {
    const auth::Issuer trusted{issuer->name, keys};
    return auth::authenticateAccessToken(jws, {&trusted, 1}, audience, now);
  });
}

std::optional<hub::KeyFingerprint> markOf(std::string_view issuer) {
  return hub::nameDocument(std::string("issuer ").append(issuer));
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

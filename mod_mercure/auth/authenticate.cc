#include "auth/authenticate.h"

#include <string>
#include <utility>

#include "auth/access_token.h"
#include "auth/claims.h"
#include "auth/excerpt.h"
#include "auth/verifying_key.h"

namespace mercure::auth {
namespace {

Grant withLifetime(Grant grant, const Lifetime& lifetime) {
  grant.issued = lifetime.issued;
  grant.begins = lifetime.begins;
  grant.expires = lifetime.expires;
  return grant;
}

tl::expected<const Key*, TokenError> findKeyOf(const Issuer& issuer, const CompactJws& jws) {
  return findVerifyingKey(jws, issuer.keys).map_error([&issuer](TokenError error) {
    error.explanation.insert(0, "issuer " + quoted(issuer.name) + ": ");
    return error;
  });
}

}  // namespace

tl::expected<Grant, TokenError> authenticate(const CompactJws& jws, std::span<const IdentifiedKey> keys,
                                             std::chrono::system_clock::time_point now) {
  const auto key = findVerifyingKey(jws, keys);
  if (!key) return tl::unexpected(key.error());
  const auto lifetime = readLifetime(*jws.claims, now);
  if (!lifetime) return tl::unexpected(lifetime.error());

  auto grant = readGrant(*jws.claims);
  if (!grant) return grant;
  grant->key = (*key)->fingerprint();
  return withLifetime(std::move(*grant), *lifetime);
}

tl::expected<Grant, TokenError> authenticateAccessToken(const CompactJws& jws,
                                                        std::span<const Issuer> issuers,
                                                        const Audience& audience,
                                                        std::chrono::system_clock::time_point now) {
  const auto issuer = findIssuer(*jws.claims, issuers);
  if (!issuer) return tl::unexpected(issuer.error());
  const auto key = findKeyOf(**issuer, jws);
  if (!key) return tl::unexpected(key.error());
  const auto lifetime = readLifetime(*jws.claims, now);
  if (!lifetime) return tl::unexpected(lifetime.error());
  if (!lifetime->expires) {
    return tl::unexpected(TokenError{TokenFault::InvalidClaims, "the token has no exp"});
  }
  if (auto refused = checkAudience(*jws.claims, audience); !refused) {
    return tl::unexpected(std::move(refused).error());
  }
  auto details = readAuthorizationDetails(*jws.claims);
  if (!details) return tl::unexpected(std::move(details).error());

  Grant grant;
  grant.generation = Generation::V1;
  grant.key = (*key)->fingerprint();
  grant.issuer = (*issuer)->name;
  grant.details = std::move(*details);
  return withLifetime(std::move(grant), *lifetime);
}

}  // namespace mercure::auth

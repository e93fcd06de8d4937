#include "auth/authenticate.h"

#include <algorithm>
#include <utility>

#include "auth/claims.h"
#include "auth/compact_jws.h"
#include "auth/signature.h"

namespace mercure::auth {
namespace {

tl::unexpected<TokenError> refuse(TokenFault fault, std::string explanation) {
  return tl::unexpected(TokenError{fault, std::move(explanation)});
}

/// Text from an unverified token as a log line may carry it: short, and nothing but visible ASCII.
std::string excerptOf(std::string_view text) {
  constexpr std::size_t kMaxLength = 16;
  std::string excerpt(text.substr(0, kMaxLength));
  std::replace_if(
      excerpt.begin(), excerpt.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
  return text.size() > kMaxLength ? excerpt + "..." : excerpt;
}

std::string algorithmsOf(std::span<const Key> keys) {
  std::vector<std::string_view> names;
  std::string list;
  for (const Key& key : keys) {
    const std::string_view name = nameOf(key.algorithm());
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    list.append(names.empty() ? "" : ", ").append(name);
    names.push_back(name);
  }
  return list;
}

/// The key whose algorithm is the token's and that verifies it. What the token says of its algorithm can rule
/// a key out, but never change how one verifies (RFC 8725, section 3.1).
tl::expected<const Key*, TokenError> findVerifyingKey(const CompactJws& jws, std::span<const Key> keys) {
  const json_t* const algorithm = memberOf(*jws.header, "alg");
  if (!json_is_string(algorithm)) {
    return refuse(TokenFault::Malformed, "the token's header has no alg that is a string");
  }
  std::size_t fitting = 0;
  for (const Key& key : keys) {
    if (nameOf(key.algorithm()) != textOf(*algorithm)) continue;
    if (verifySignature(jws, key)) return &key;
    ++fitting;
  }
  const std::string name = excerptOf(textOf(*algorithm));
  if (keys.empty()) return refuse(TokenFault::UnsupportedAlgorithm, "no key is configured");
  if (fitting == 0) {
    return refuse(TokenFault::UnsupportedAlgorithm,
                  "the token is signed with " + name + ", the configured keys take " + algorithmsOf(keys));
  }
  return refuse(TokenFault::BadSignature, "the token's signature is not from the configured " + name +
                                              " key" + (fitting > 1 ? "s" : ""));
}

}  // namespace

tl::expected<Grant, TokenError> authenticate(std::string_view token, std::span<const Key> keys,
                                             std::chrono::system_clock::time_point now) {
  auto jws = CompactJws::read(token);
  if (!jws) return refuse(TokenFault::Malformed, std::move(jws).error());
  if (json_object_get(jws->header.get(), "crit") != nullptr) {
    return refuse(TokenFault::CriticalHeader, "the token's header has crit, and no extension is known here");
  }
  const auto key = findVerifyingKey(*jws, keys);
  if (!key) return tl::unexpected(key.error());
  const auto lifetime = readLifetime(*jws->claims, now);
  if (!lifetime) return tl::unexpected(lifetime.error());

  auto grant = readGrant(*jws->claims);
  if (!grant) return grant;
  grant->issued = lifetime->issued;
  grant->begins = lifetime->begins;
  grant->expires = lifetime->expires;
  grant->key = (*key)->fingerprint();
  return grant;
}

}  // namespace mercure::auth

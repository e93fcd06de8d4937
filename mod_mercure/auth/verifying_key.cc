#include "auth/verifying_key.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/excerpt.h"
#include "auth/signature.h"

namespace mercure::auth {
namespace {

constexpr std::size_t kAlgorithmExcerpt = 16;

/// What a token's header says of the key that made its signature.
struct Hint {
  std::string_view algorithm;
  std::optional<std::string_view> keyId;
};

tl::unexpected<TokenError> refuse(TokenFault fault, std::string explanation) {
  return tl::unexpected(TokenError{fault, std::move(explanation)});
}

tl::expected<Hint, TokenError> readHint(const json_t& header) {
  if (json_object_get(&header, "crit") != nullptr) {
    return refuse(TokenFault::CriticalHeader, "the token's header has crit, and no extension is known here");
  }
  const json_t* const algorithm = memberOf(header, "alg");
  if (!json_is_string(algorithm))
    return refuse(TokenFault::Malformed, "the token's header has no alg that is a string");
  const json_t* const keyId = json_object_get(&header, "kid");
  if (keyId == nullptr) return Hint{textOf(*algorithm), std::nullopt};
  if (!json_is_string(keyId))
    return refuse(TokenFault::Malformed, "the kid in the token's header is not a string");
  return Hint{textOf(*algorithm), textOf(*keyId)};
}

std::vector<const Key*> candidatesFor(const Hint& hint, std::span<const IdentifiedKey> keys) {
  std::vector<const Key*> candidates;
  for (const IdentifiedKey& candidate : keys) {
    if (!hint.keyId || !candidate.id || *candidate.id == *hint.keyId) candidates.push_back(&candidate.key);
  }
  return candidates;
}

std::string algorithmsOf(const std::vector<const Key*>& keys) {
  std::vector<std::string_view> names;
  std::string list;
  for (const Key* const key : keys) {
    const std::string_view name = nameOf(key->algorithm());
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    list.append(names.empty() ? "" : ", ").append(name);
    names.push_back(name);
  }
  return list;
}

/// Why none of the candidates, `fitting` of which take the token's algorithm, has verified it.
TokenError describe(const Hint& hint, const std::vector<const Key*>& candidates, std::size_t fitting) {
  const std::string algorithm = excerptOf(hint.algorithm, kAlgorithmExcerpt);
  if (candidates.empty()) return {TokenFault::UnsupportedAlgorithm, "no key is configured for the token"};
  if (fitting == 0) {
    return {TokenFault::UnsupportedAlgorithm, "the token is signed with " + algorithm +
                                                  ", the configured keys take " + algorithmsOf(candidates)};
  }
  return {TokenFault::BadSignature, "the token's signature is not from the configured " + algorithm + " key" +
                                        (fitting > 1 ? "s" : "")};
}

/// The same of a token that names its key.
TokenError describe(TokenError error, std::string_view keyId, std::span<const IdentifiedKey> keys) {
  const auto isNamed = [keyId](const IdentifiedKey& key) { return key.id == keyId; };
  if (std::any_of(keys.begin(), keys.end(), isNamed)) {
    error.explanation += " (its kid is " + quoted(keyId) + ')';
    return error;
  }
  error.explanation += ", and no key has the name that its kid gives: " + quoted(keyId);
  return {TokenFault::UnknownKey, std::move(error.explanation), std::string(keyId)};
}

}  // namespace

tl::expected<const Key*, TokenError> findVerifyingKey(const CompactJws& jws,
                                                      std::span<const IdentifiedKey> keys) {
  const auto hint = readHint(*jws.header);
  if (!hint) return tl::unexpected(hint.error());
  const auto candidates = candidatesFor(*hint, keys);
  std::size_t fitting = 0;
  for (const Key* const key : candidates) {
    if (nameOf(key->algorithm()) != hint->algorithm) continue;
    if (verifySignature(jws, *key)) return key;
    ++fitting;
  }
  TokenError error = describe(*hint, candidates, fitting);
  return tl::unexpected(hint->keyId ? describe(std::move(error), *hint->keyId, keys) : std::move(error));
}

}  // namespace mercure::auth

#include "auth/jwk_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "auth/excerpt.h"
#include "auth/json.h"
#include "auth/jwk.h"
#include "auth/openssl.h"

namespace mercure::auth {
namespace {

/// Which JWK is meant, for the log: its place, counted from 1, and its name.
std::string describe(const json_t& jwk, std::size_t index) {
  const json_t* const id = memberOf(jwk, "kid");
  return "key " + std::to_string(index + 1) + (json_is_string(id) ? ' ' + quoted(textOf(*id)) : "");
}

void addKey(const json_t& jwk, std::size_t index, std::span<const Algorithm> allowed, KeySet& set) {
  if (json_typeof(&jwk) != JSON_OBJECT) {
    set.notes.push_back("key " + std::to_string(index + 1) + " is not used: it is not an object");
    return;
  }
  auto keys = readJwk(jwk, allowed);
  if (!keys) {
    set.notes.push_back(describe(jwk, index) + " is not used: " + keys.error());
    return;
  }
  std::move(keys->begin(), keys->end(), std::back_inserter(set.keys));
}

}  // namespace

tl::expected<KeySet, std::string> readKeySet(std::string_view document, std::span<const Algorithm> allowed) {
  const ErrorQueueGuard guard;
  if (document.size() > kMaxKeySetSize) {
    return tl::unexpected("the JWK Set has " + std::to_string(document.size()) + " bytes, at most " +
                          std::to_string(kMaxKeySetSize) + " are read");
  }
  const auto json = readJsonObject(document);
  if (!json) return tl::unexpected("the JWK Set " + json.error());
  const json_t* const list = memberOf(**json, "keys");
  if (!json_is_array(list)) return tl::unexpected<std::string>("the JWK Set has no keys that is an array");

  KeySet set;
  const std::size_t size = json_array_size(list);
  for (std::size_t index = 0; index < std::min(size, kMaxKeysOfSet); ++index) {
    addKey(*json_array_get(list, index), index, allowed, set);
  }
  if (size > kMaxKeysOfSet) {
    set.notes.push_back("the JWK Set has " + std::to_string(size) + " keys, the first " +
                        std::to_string(kMaxKeysOfSet) + " are used");
  }
  return set;
}

}  // namespace mercure::auth

// A JWK Set, which may come from anywhere: the same keys each time, and never a secret.
#include "auth/jwk_set.h"

#include <algorithm>
#include <string>

#include <openssl/err.h>

#include "target.h"

namespace mercure::fuzz {

namespace {

using auth::IdentifiedKey;

bool isOneLine(const std::string& text) {
  return !text.empty() && text.find_first_of("\r\n") == std::string::npos;
}

bool isSame(const IdentifiedKey& one, const IdentifiedKey& other) {
  return one.id == other.id && one.key.fingerprint() == other.key.fingerprint();
}

}  // namespace

void tryInput(std::string_view input) {
  const auto set = auth::readKeySet(input);
  require(ERR_peek_error() == 0, "OpenSSL's errors are left alone");
  if (!set) return require(isOneLine(set.error()), "an error is one line");
  require(set->keys.size() <= auth::kMaxKeysOfSet * auth::kPublicKeyAlgorithms.size(), "keys are few enough");
  require(std::ranges::all_of(set->notes, isOneLine), "each note is one line");
  require(std::ranges::none_of(
              set->keys, [](const IdentifiedKey& key) { return auth::isSymmetric(key.key.algorithm()); }),
          "there is no secret among them");
  const auto again = auth::readKeySet(input);
  require(again && std::ranges::equal(set->keys, again->keys, isSame), "a set reads the same twice");
}

}  // namespace mercure::fuzz

#include <memory>
#include <string>

#include <jwt.h>

#include "auth/algorithm_traits.h"
#include "auth/key_material.h"
#include "auth/release.h"
#include "auth/signature.h"

namespace mercure::auth {
namespace {

using Jwt = std::unique_ptr<jwt_t, Release<jwt_free>>;

std::span<const unsigned char> keyBytes(const Key::Material& key) {
  if (isSymmetric(key.algorithm)) return key.secret.bytes();
  return {reinterpret_cast<const unsigned char*>(key.publicKeyPem.data()), key.publicKeyPem.size()};
}

}  // namespace

bool libjwtCanVerify(const CompactJws& jws, Algorithm algorithm) noexcept {
  const AlgorithmTraits& traits = traitsOf(algorithm);
  if (traits.probabilistic || traits.kind == KeyKind::Edwards) return false;
  const json_t* const type = json_object_get(jws.header.get(), "typ");
  return type == nullptr || (json_is_string(type) && textOf(*type) == "JWT");
}

bool verifyWithLibjwt(const CompactJws& jws, const Key& key) {
  const auto bytes = keyBytes(key.material());
  if (bytes.empty()) return false;  // libjwt would take a token without checking it

  const std::string token(jws.token);
  jwt_t* decoded = nullptr;
  if (jwt_decode(&decoded, token.c_str(), bytes.data(), static_cast<int>(bytes.size())) != 0) return false;

  // libjwt verifies with the algorithm that the token names, whatever key it is given.
  const Jwt jwt(decoded);
  const char* const used = jwt_alg_str(jwt_get_alg(jwt.get()));
  return used != nullptr && used == nameOf(key.algorithm());
}

}  // namespace mercure::auth

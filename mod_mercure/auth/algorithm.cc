#include "auth/algorithm.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "auth/algorithm_traits.h"

namespace mercure::auth {
namespace {

const EVP_MD* noDigest() {
  return nullptr;
}

/// In the order of the enumeration.
constexpr std::array<AlgorithmTraits, 13> kAlgorithms{{
    {"HS256", KeyKind::Secret, &EVP_sha256, {}, {}},
    {"HS384", KeyKind::Secret, &EVP_sha384, {}, {}},
    {"HS512", KeyKind::Secret, &EVP_sha512, {}, {}},
    {"RS256", KeyKind::Rsa, &EVP_sha256, {}, {}},
    {"RS384", KeyKind::Rsa, &EVP_sha384, {}, {}},
    {"RS512", KeyKind::Rsa, &EVP_sha512, {}, {}},
    {"ES256", KeyKind::EllipticCurve, &EVP_sha256, "P-256", "prime256v1"},
    {"ES384", KeyKind::EllipticCurve, &EVP_sha384, "P-384", "secp384r1"},
    {"ES512", KeyKind::EllipticCurve, &EVP_sha512, "P-521", "secp521r1"},
    {"PS256", KeyKind::Rsa, &EVP_sha256, {}, {}, true},
    {"PS384", KeyKind::Rsa, &EVP_sha384, {}, {}, true},
    {"PS512", KeyKind::Rsa, &EVP_sha512, {}, {}, true},
    {"EdDSA", KeyKind::Edwards, &noDigest, {}, {}},
}};
static_assert(static_cast<std::size_t>(Algorithm::EdDSA) + 1 == kAlgorithms.size());

}  // namespace

const AlgorithmTraits& traitsOf(Algorithm algorithm) noexcept {
  return kAlgorithms[static_cast<std::size_t>(algorithm)];
}

std::optional<Algorithm> algorithmNamed(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(kAlgorithms.begin(), kAlgorithms.end(),
                   [name](const AlgorithmTraits& traits) { return traits.name == name; });
  if (found == kAlgorithms.end()) return std::nullopt;
  return static_cast<Algorithm>(found - kAlgorithms.begin());
}

std::string_view nameOf(Algorithm algorithm) noexcept {
  return traitsOf(algorithm).name;
}

bool isSymmetric(Algorithm algorithm) noexcept {
  return traitsOf(algorithm).kind == KeyKind::Secret;
}

}  // namespace mercure::auth

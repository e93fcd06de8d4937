#pragma once

#include <string_view>

#include <openssl/evp.h>

#include "auth/algorithm.h"

namespace mercure::auth {

enum class KeyKind { Secret, Rsa, EllipticCurve, Edwards };

/// What RFC 7518, section 3.1 and RFC 8037, section 3.1 say of one algorithm, in OpenSSL's terms.
struct AlgorithmTraits {
  std::string_view name;
  KeyKind kind;
  const EVP_MD* (*digest)();   ///< gives null where the algorithm hashes by itself
  std::string_view curve;      ///< as RFC 7518 calls it; empty unless the key is an elliptic curve's
  std::string_view group;      ///< the same curve as OpenSSL calls it
  bool probabilistic = false;  ///< RSASSA-PSS instead of RSASSA-PKCS1-v1_5
};

/// Lives for ever. Any thread.
[[nodiscard]] const AlgorithmTraits& traitsOf(Algorithm algorithm) noexcept;

}  // namespace mercure::auth

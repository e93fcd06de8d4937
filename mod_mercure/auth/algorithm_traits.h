#pragma once

#include <string_view>

#include <openssl/evp.h>

#include "auth/algorithm.h"

namespace mercure::auth {

enum class KeyKind { Secret, Rsa, EllipticCurve };

/// What RFC 7518, section 3.1 says of one algorithm, in OpenSSL's terms.
struct AlgorithmTraits {
  std::string_view name;
  KeyKind kind;
  const EVP_MD* (*digest)();
  std::string_view curve;  ///< as RFC 7518 calls it; empty unless the key is an elliptic curve's
  std::string_view group;  ///< the same curve as OpenSSL calls it
};

/// Lives for ever. Any thread.
[[nodiscard]] const AlgorithmTraits& traitsOf(Algorithm algorithm) noexcept;

}  // namespace mercure::auth

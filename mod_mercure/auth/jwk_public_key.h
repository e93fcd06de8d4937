#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "auth/json.h"
#include "auth/openssl.h"

namespace mercure::auth {

/// The public key of a JWK whose `kty` is `RSA`, `EC` (RFC 7518, sections 6.2 and 6.3) or `OKP` (RFC 8037,
/// section 2). An EC point has been found to be on its curve. Whether the key is good enough for an algorithm
/// is for makePublicKey to say. The error says why in one line, without key material. The caller guards
/// OpenSSL's error queue. Any thread.
[[nodiscard]] tl::expected<PublicKey, std::string> readRsaJwk(const json_t& jwk);
[[nodiscard]] tl::expected<PublicKey, std::string> readEcJwk(const json_t& jwk);
[[nodiscard]] tl::expected<PublicKey, std::string> readOkpJwk(const json_t& jwk);

/// The bytes of a JWK's member that is base64url, at least one and at most a few thousand.
[[nodiscard]] tl::expected<std::string, std::string> readJwkBytes(const json_t& jwk, const char* name);

}  // namespace mercure::auth

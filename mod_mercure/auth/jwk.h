#pragma once

#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "auth/algorithm.h"
#include "auth/identified_key.h"
#include "auth/json.h"

namespace mercure::auth {

/// Reads one JWK (RFC 7517, section 4) into a key for each of the `allowed` algorithms that it can verify:
/// the one that its `alg` names, or else all that fit it. Refused is whatever a hub has no use for: a key
/// that is not for signatures (`use`) or not for verifying (`key_ops`), a private one, and a secret where no
/// HS* algorithm is allowed. A null member counts as absent, members unknown here are passed over. The error
/// says why in one line, without key material. The caller guards OpenSSL's error queue. Any thread.
[[nodiscard]] tl::expected<std::vector<IdentifiedKey>, std::string> readJwk(
    const json_t& jwk, std::span<const Algorithm> allowed);

}  // namespace mercure::auth

#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "auth/key.h"

namespace mercure::auth {

/// What a verified 0.x token allows (draft 07, "Authorization"), its selectors not yet compiled.
struct Grant {
  std::vector<std::string> publish;
  std::vector<std::string> subscribe;
  std::optional<std::chrono::system_clock::time_point> issued;   ///< `iat`, where it is a time
  std::optional<std::chrono::system_clock::time_point> begins;   ///< `nbf`
  std::optional<std::chrono::system_clock::time_point> expires;  ///< `exp`
  std::string payload;  ///< `mercure.payload` as JSON text; empty when absent or null
  Fingerprint key{};    ///< of the key that verified it
};

enum class TokenFault {
  Malformed,             ///< not three parts, not JSON, no algorithm
  UnsupportedAlgorithm,  ///< none of the keys is pinned to the token's algorithm
  CriticalHeader,        ///< a `crit` header
  BadSignature,
  Expired,
  NotYetValid,
  InvalidClaims,
};

struct TokenError {
  TokenFault fault;
  std::string explanation;  ///< for the administrator's log: which rule, which claim, which algorithm; never
                            ///< the token
};

/// Verifies a compact JWS with whichever of `keys` does, then reads its claims at the time `now`: `exp`,
/// `nbf`, and `mercure` or `https://mercure.rocks/`. Any thread. compact_jws.h says how a token is read,
/// signature.h how it is verified, claims.h what its claims may be.
[[nodiscard]] tl::expected<Grant, TokenError> authenticate(std::string_view token, std::span<const Key> keys,
                                                           std::chrono::system_clock::time_point now);

}  // namespace mercure::auth

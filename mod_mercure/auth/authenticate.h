#pragma once

#include <chrono>
#include <span>

#include <tl/expected.hpp>

#include "auth/compact_jws.h"
#include "auth/grant.h"
#include "auth/identified_key.h"
#include "auth/token_error.h"
#include "auth/trust.h"

namespace mercure::auth {

// compact_jws.h says how a token is read, generation.h which of these two judges it, verifying_key.h which
// keys are tried, signature.h how one verifies.

/// Verifies a 0.x token with whichever of `keys` does, then reads its claims at the time `now`: `exp`, `nbf`,
/// and `mercure` or `https://mercure.rocks/` (claims.h). Any thread.
[[nodiscard]] tl::expected<Grant, TokenError> authenticate(const CompactJws& jws,
                                                           std::span<const IdentifiedKey> keys,
                                                           std::chrono::system_clock::time_point now);

/// Verifies a 1.0 token, which is an access token after RFC 9068 (draft 08, "Token Validation"), with the
/// keys of the issuer that it names and no others, then reads its claims: `exp`, which must be there, `nbf`,
/// `aud` (access_token.h) and `authorization_details` (authorization_details.h). Any thread.
[[nodiscard]] tl::expected<Grant, TokenError> authenticateAccessToken(
    const CompactJws& jws, std::span<const Issuer> issuers, const Audience& audience,
    std::chrono::system_clock::time_point now);

}  // namespace mercure::auth

#pragma once

#include <span>

#include <tl/expected.hpp>

#include "auth/json.h"
#include "auth/token_error.h"
#include "auth/trust.h"

namespace mercure::auth {

/// The one of `issuers` that the claim `iss` names (P1-TOK-06). Until its keys have verified the token that
/// is no more than the token's word. Any thread.
[[nodiscard]] tl::expected<const Issuer*, TokenError> findIssuer(const json_t& claims,
                                                                 std::span<const Issuer> issuers);

/// Whether the claim `aud`, a string or an array of strings, names the hub (RFC 7519, section 4.1.3;
/// P1-TOK-08). The error says whom it names instead. Any thread.
[[nodiscard]] tl::expected<void, TokenError> checkAudience(const json_t& claims, const Audience& audience);

}  // namespace mercure::auth

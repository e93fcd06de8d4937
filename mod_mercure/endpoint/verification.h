#pragma once

#include <chrono>

#include <tl/expected.hpp>

#include "auth/authenticate.h"
#include "endpoint/trust.h"

namespace mercure::endpoint {

/// Verifies a token of `generation` with the keys that are trusted for it: those of a 0.x token, or those of
/// the issuer that a 1.0 token names. Where a fetched key set lacks the token's key, it is fetched anew,
/// which may block as long as RemoteKeySet::longestWait() says, and the token is tried once more with each.
/// Any thread.
[[nodiscard]] tl::expected<auth::Grant, auth::TokenError> verifyToken(
    const auth::CompactJws& jws, auth::Generation generation, const Trust& trust,
    const auth::Audience& audience, std::chrono::system_clock::time_point now);

}  // namespace mercure::endpoint

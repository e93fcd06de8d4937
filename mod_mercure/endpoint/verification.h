#pragma once

#include <chrono>

#include <tl/expected.hpp>

#include "auth/authenticate.h"
#include "endpoint/trust.h"

namespace mercure::endpoint {

/// Verifies a token of `generation` with the keys that are trusted for it: those of a 0.x token, or those of
/// the issuer that a 1.0 token names. Where a fetched key set lacks the token's key, and has not been fetched
/// since the token came, it is fetched anew, which may block until RemoteKeySet::kLongestWait is over `since`
/// then, and the token is tried once more with each. Any thread.
[[nodiscard]] tl::expected<auth::Grant, auth::TokenError> verifyToken(
    const auth::CompactJws& jws, auth::Generation generation, const Trust& trust,
    const auth::Audience& audience, std::chrono::system_clock::time_point now, RemoteKeySet::Moment since);

}  // namespace mercure::endpoint

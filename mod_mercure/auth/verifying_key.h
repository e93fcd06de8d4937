#pragma once

#include <span>

#include <tl/expected.hpp>

#include "auth/compact_jws.h"
#include "auth/identified_key.h"
#include "auth/token_error.h"

namespace mercure::auth {

/// The one of `keys` that verifies `jws`: pinned to exactly the algorithm that the token names, and bearing
/// the name that the token's `kid` gives, or none. What a token says can rule a key out, but never change how
/// one verifies (RFC 8725, section 3.1); keys in it, or places of keys, are not looked at (P1-TOK-04). The
/// error says why there is none. Any thread.
[[nodiscard]] tl::expected<const Key*, TokenError> findVerifyingKey(const CompactJws& jws,
                                                                    std::span<const IdentifiedKey> keys);

}  // namespace mercure::auth

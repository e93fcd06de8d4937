#pragma once

#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "auth/compact_jws.h"
#include "auth/token_error.h"
#include "protocol/generation.h"

namespace mercure::auth {

using protocol::Generation;
using protocol::Protocol;

/// Which rules judge a token that is read but not verified (ANY-01). Served alone, 0.x takes every token as
/// its own; 1.0 refuses those whose `typ` is not an access token's. Any thread.
[[nodiscard]] tl::expected<Generation, TokenError> generationOf(const CompactJws& jws, Protocol served);

/// The same by the header alone, for a token that may be broken behind it; none where there is no header of a
/// compact JWS. Any thread.
[[nodiscard]] std::optional<Generation> generationByHeader(std::string_view token);

}  // namespace mercure::auth

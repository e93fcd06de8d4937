#pragma once

#include <chrono>
#include <cstddef>

#include <tl/expected.hpp>

#include "auth/grant.h"
#include "auth/json.h"
#include "auth/token_error.h"

namespace mercure::auth {

/// As many selectors as one list of a token may hold (P0-TOK-14).
inline constexpr std::size_t kMaxGrantedSelectors = 1000;

/// `iat`, `nbf` and `exp`, where a token has them.
struct Lifetime {
  std::optional<std::chrono::system_clock::time_point> issued;
  std::optional<std::chrono::system_clock::time_point> begins;
  std::optional<std::chrono::system_clock::time_point> expires;
};

/// The life of a token after `exp` and `nbf` (RFC 7519, sections 4.1.4 and 4.1.5), without leeway, or why the
/// token is not valid at `now`. Any thread.
[[nodiscard]] tl::expected<Lifetime, TokenError> readLifetime(const json_t& claims,
                                                              std::chrono::system_clock::time_point now);

/// What the claim `https://mercure.rocks/`, or else `mercure`, allows (draft 07, "Authorization"); nothing
/// when a token has neither. A null counts as absent. Leaves the times and `key` alone. Any thread.
[[nodiscard]] tl::expected<Grant, TokenError> readGrant(const json_t& claims);

}  // namespace mercure::auth

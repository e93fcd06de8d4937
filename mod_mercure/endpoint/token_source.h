#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "endpoint/request.h"
#include "protocol/form.h"
#include "protocol/generation.h"

namespace mercure::endpoint {

enum class TokenSource { Field, Parameter, Cookie };

/// A token as the request carries it, not yet verified.
struct PresentedToken {
  std::string text;
  TokenSource source;
  std::string cookie = {};  ///< its name, where it came in one
};

/// Where a hub looks for tokens.
struct TokenPlaces {
  protocol::Protocol served = protocol::Protocol::Any;
  std::string_view oldCookie;  ///< 0.x
  std::string_view newCookie;  ///< 1.0
};

/// The token that counts: the `Authorization` field's, else the `authorization` parameter's where 0.x is
/// served, else a cookie's, 1.0's before 0.x's; a higher one decides alone, even when it is of no use (drafts
/// 07 and 08, with ANY-11 to ANY-15). A 1.0 token in the parameter is none. None when the request carries
/// none. The error says, for the administrator, why what stands in a token's place cannot be one.
[[nodiscard]] tl::expected<std::optional<PresentedToken>, std::string> findToken(
    const Request& request, std::span<const protocol::FormField> query, const TokenPlaces& places);

}  // namespace mercure::endpoint

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "endpoint/request.h"
#include "protocol/form.h"

namespace mercure::endpoint {

enum class TokenSource { Field, Parameter, Cookie };

/// A token as the request carries it, not yet verified.
struct PresentedToken {
  std::string text;
  TokenSource source;
};

/// The token that counts: the `Authorization` field's, else the `authorization` parameter's, else the
/// cookie's; a higher one decides alone, even when it is of no use (draft 07, "Authorization", with ANY-11 to
/// ANY-13). None when the request carries none. The error says, for the administrator, why what stands in a
/// token's place cannot be one.
[[nodiscard]] tl::expected<std::optional<PresentedToken>, std::string> findToken(
    const Request& request, std::span<const protocol::FormField> query, std::string_view cookieName);

}  // namespace mercure::endpoint

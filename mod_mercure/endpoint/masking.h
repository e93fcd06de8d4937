#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mercure::endpoint {

/// `text` (a URL, or a line that holds some) with the value of each parameter replaced that is named
/// `authorization`, in whatever case and however it is percent-encoded. A parameter begins after a `?`, `&`
/// or
/// `;`, and ends before the next one, a blank, a `#` or a quotation mark. Nothing when there is none.
[[nodiscard]] std::optional<std::string> maskAuthorization(std::string_view text);

/// The same, and of each one named `access_token`: the hub takes no token there, but clients may bring one
/// (RFC 6750, "URI Query Parameter"). For requests to the hub: elsewhere the parameter is another
/// application's.
[[nodiscard]] std::optional<std::string> maskTokens(std::string_view text);

}  // namespace mercure::endpoint

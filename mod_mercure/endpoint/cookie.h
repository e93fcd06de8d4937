#pragma once

#include <optional>
#include <string_view>

namespace mercure::endpoint {

/// The value of the first cookie named `name` in a `Cookie` field, without the quotes around it (RFC 6265,
/// section 4.2.1, read tolerantly); a view into `field`. Names are case-sensitive. None when there is none.
[[nodiscard]] std::optional<std::string_view> cookieIn(std::string_view field, std::string_view name);

}  // namespace mercure::endpoint

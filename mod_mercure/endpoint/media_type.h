#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mercure::endpoint {

/// The type and subtype of a `Content-Type` value, in lower case and without its parameters; none when the
/// value is not a media type (RFC 9110, section 8.3.1).
[[nodiscard]] std::optional<std::string> mediaTypeOf(std::string_view value);

}  // namespace mercure::endpoint

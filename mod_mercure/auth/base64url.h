#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mercure::auth {

/// Decodes base64url as JOSE writes it (RFC 7515, section 2; RFC 4648, section 5): without padding, blanks or
/// line ends, and with the unused bits of the last character zero, so that no two texts give the same bytes.
/// Anything else is none. Any thread.
[[nodiscard]] std::optional<std::string> decodeBase64url(std::string_view text);

}  // namespace mercure::auth

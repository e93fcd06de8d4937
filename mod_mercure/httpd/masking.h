#pragma once

#include <string>
#include <string_view>

namespace mercure::httpd {

/// `text` (a URL, or a line that holds one) with the value of each `authorization` parameter of its query
/// replaced, however the name is percent-encoded. The query ends at a blank or a `#`.
[[nodiscard]] std::string maskAuthorization(std::string_view text);

/// Whether maskAuthorization() would change anything.
[[nodiscard]] bool hasAuthorization(std::string_view text);

}  // namespace mercure::httpd

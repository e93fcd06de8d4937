#pragma once

#include <string>
#include <string_view>

namespace mercure::httpd {

/// `text` (a URL, or a line that holds some) with the value of each `authorization` parameter replaced,
/// however the name is percent-encoded. A parameter begins after a `?` or `&`, and ends before the next one,
/// a blank, a
/// `#` or a quotation mark.
[[nodiscard]] std::string maskAuthorization(std::string_view text);

/// Whether maskAuthorization() would change anything.
[[nodiscard]] bool hasAuthorization(std::string_view text);

}  // namespace mercure::httpd

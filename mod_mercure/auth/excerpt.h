#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mercure::auth {

/// Text from an unverified token or a foreign document as a log line may carry it: its first `size` bytes,
/// with
/// `?` for all that is not visible ASCII, and dots where it was cut. Any thread.
[[nodiscard]] std::string excerptOf(std::string_view text, std::size_t size);

/// An excerpt of a name, such as an issuer's or a key's, in quotation marks.
[[nodiscard]] std::string quoted(std::string_view name);

}  // namespace mercure::auth

#pragma once

#include <optional>
#include <string_view>

namespace mercure::protocol {

/// The byte that a percent-encoded triplet at the beginning of `text` stands for (RFC 3986, section 2.1), hex
/// digits in either case. Nothing when `text` does not begin with one.
[[nodiscard]] std::optional<char> decodeTriplet(std::string_view text) noexcept;

}  // namespace mercure::protocol

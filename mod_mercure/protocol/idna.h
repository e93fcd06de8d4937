#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mercure::protocol {

/// The longest domain that `domainToAscii` takes, in bytes of UTF-8. The URL standard has no such limit, but
/// DNS ends at 253 characters, and the work for Punycode grows with the square of a label's length.
inline constexpr std::size_t kMaxUnicodeDomainSize = 1024;

/// Unicode ToASCII (UTS #46) with the URL standard's flags for a domain that isn't strict
/// (https://url.spec.whatwg.org/#domain-parser-toascii): `domain`, in UTF-8, with its labels in Punycode.
/// Nothing: failure, as for a domain that is too long, or broken UTF-8.
[[nodiscard]] std::optional<std::string> domainToAscii(std::string_view domain);

}  // namespace mercure::protocol

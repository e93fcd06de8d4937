#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mercure::protocol {

/// The "ends in a number checker" (https://url.spec.whatwg.org/#ends-in-a-number-checker): whether a domain
/// has to be read as an IPv4 address.
[[nodiscard]] bool endsInNumber(std::string_view domain) noexcept;

/// The IPv4 parser (https://url.spec.whatwg.org/#concept-ipv4-parser): one to four numbers, decimal, octal or
/// hexadecimal, and a dot at the end if there is one. Nothing: failure.
[[nodiscard]] std::optional<std::uint32_t> parseIpv4(std::string_view text) noexcept;

/// The IPv4 serializer: "127.0.0.1".
[[nodiscard]] std::string serializeIpv4(std::uint32_t address);

}  // namespace mercure::protocol

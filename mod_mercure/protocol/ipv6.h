#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mercure::protocol {

/// The eight pieces of an address, in host byte order.
using Ipv6Address = std::array<std::uint16_t, 8>;

/// The IPv6 parser (https://url.spec.whatwg.org/#concept-ipv6-parser): `text` is without its brackets.
/// Nothing: failure.
[[nodiscard]] std::optional<Ipv6Address> parseIpv6(std::string_view text) noexcept;

/// The IPv6 serializer, without brackets: the first of the longest runs of zeros, of two at least, is "::".
[[nodiscard]] std::string serializeIpv6(const Ipv6Address& address);

}  // namespace mercure::protocol

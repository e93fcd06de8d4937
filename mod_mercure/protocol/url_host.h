#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mercure::protocol {

/// Hosts of special URLs are domains and IP addresses; those of others are opaque, but for IPv6 addresses.
enum class HostKind { Domain, Opaque };

/// The host parser and serializer (https://url.spec.whatwg.org/#host-parsing): the host that `text`, in
/// UTF-8, names, an IPv6 address in its brackets. Nothing: failure, as for an empty domain. Departs from the
/// standard in one thing: a domain that isn't ASCII has at most `kMaxUnicodeDomainSize` bytes (idna.h).
[[nodiscard]] std::optional<std::string> parseHost(std::string_view text, HostKind kind);

}  // namespace mercure::protocol

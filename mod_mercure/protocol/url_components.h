#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mercure::protocol {

// The URL Pattern standard's algorithms that give a part of a URL as the URL parser would write it, each
// named as there (https://urlpattern.spec.whatwg.org/#canon-encoding-callbacks). They take any bytes; broken
// UTF-8 reads as U+FFFD. Empty stays empty. Linear; any thread.

/// A scheme, without its colon. Nothing: no URL can have it.
[[nodiscard]] std::optional<std::string> canonicalizeProtocol(std::string_view value);

[[nodiscard]] std::string canonicalizeUsername(std::string_view value);

[[nodiscard]] std::string canonicalizePassword(std::string_view value);

/// The host of a special URL, up to a "/", "\", "?" or "#". Nothing: it is no such host, or a port follows.
[[nodiscard]] std::optional<std::string> canonicalizeHostname(std::string_view value);

/// A piece of an IPv6 address, in lower case. Nothing: it holds what no address in brackets does.
[[nodiscard]] std::optional<std::string> canonicalizeIpv6Hostname(std::string_view value);

/// The number that `value` begins with, or empty when it is the port that `protocol` has anyway. Where no
/// protocol is given that is https; the empty protocol, like every other that isn't special, has none.
/// Nothing: it does not begin with a number, or with one above 65535.
[[nodiscard]] std::optional<std::string> canonicalizePort(
    std::string_view value, std::optional<std::string_view> protocol = std::nullopt);

/// The path of a special URL, or a piece of one: no slash comes in front. Never nothing.
[[nodiscard]] std::optional<std::string> canonicalizePathname(std::string_view value);

/// An opaque path, up to a "?" or "#". Never nothing.
[[nodiscard]] std::optional<std::string> canonicalizeOpaquePathname(std::string_view value);

/// The query of a special URL, without "?". Never nothing.
[[nodiscard]] std::optional<std::string> canonicalizeSearch(std::string_view value);

/// A fragment, without "#". Never nothing.
[[nodiscard]] std::optional<std::string> canonicalizeHash(std::string_view value);

}  // namespace mercure::protocol

#pragma once

#include <string_view>

namespace mercure::protocol {

/// Whether `topic`, resolved against the hub's URL, names the hub's own path or something below it: nobody
/// may publish there (protocol 1.0, "Reserved namespace"). Dot segments are removed, percent-encoded
/// unreserved characters decoded and backslashes read as slashes before the comparison; scheme and host do
/// not matter. By ANY-18 a relative topic that reaches the path without spelling it (the empty one,
/// `mercure`, `?x`, `#x`) is free for 0.x publishers, and so not reserved here; one that climbs to the root
/// and names the whole path from there (`../.well-known/mercure`) spells it. What a URL parser would reject
/// for its host is judged by its path, and so may be reserved.
[[nodiscard]] bool isReservedTopic(std::string_view topic, std::string_view hubPath);

}  // namespace mercure::protocol

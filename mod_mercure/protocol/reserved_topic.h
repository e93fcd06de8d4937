#pragma once

#include <string_view>

#include "protocol/generation.h"

namespace mercure::protocol {

/// Where a hub answers that has not been told otherwise (draft 08, "Discovery").
inline constexpr std::string_view kDefaultHubPath = "/.well-known/mercure";

/// Whether `topic`, resolved against the hub's URL, names the hub's own path or something below it: nobody
/// may publish there (draft 08, "Publication"). Dot segments are removed and percent-encoded unreserved
/// characters decoded before the comparison; scheme and host do not matter. What is no URL is not reserved.
/// By ANY-18 a relative topic that reaches the path without spelling it (the empty one, `mercure`, `?x`,
/// `#x`) is free for 0.x publishers.
[[nodiscard]] bool isReservedTopic(std::string_view topic, std::string_view hubPath, Generation generation);

}  // namespace mercure::protocol

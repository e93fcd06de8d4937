#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "protocol/publication.h"

namespace mercure::protocol {

/// The comment line that opens every stream and keeps an idle one alive.
inline constexpr std::string_view kHeartbeat = ":\n";

/// The update as one Server-Sent Event, the empty line that ends it included: `event`, `retry`, `id`, then
/// one `data` line for each line of the data, split at CRLF, CR and LF (HTML, "Parsing an event stream").
[[nodiscard]] std::string encodeEvent(const Publication& update);

/// A `retry:` line and the empty line after it: tells the client how long to wait before it reconnects.
[[nodiscard]] std::string encodeRetry(std::chrono::milliseconds wait);

}  // namespace mercure::protocol

#pragma once

#include <string>

namespace mercure::protocol {

/// A new event id: `urn:uuid:` and a version 7 UUID (RFC 9562), so ids made one after another sort in that
/// order to the millisecond. Any thread.
[[nodiscard]] std::string makeEventId();

/// A new subscriber id: `urn:uuid:` and a random version 4 UUID. Any thread.
[[nodiscard]] std::string makeSubscriberId();

}  // namespace mercure::protocol

#pragma once

#include <chrono>
#include <string>

namespace mercure::protocol {

// What a stream says of itself, for clients that cannot read response fields: events of the type
// `mercure-notice` without an id, so that they never become a client's last event id. The data is a JSON
// object whose `notice` is the kind.

/// The update that the client wants to go on from is unknown: it may have missed others.
[[nodiscard]] std::string encodeGapNotice();

/// No token was seen: only public updates come.
[[nodiscard]] std::string encodeAnonymousNotice();

/// The token expires, and the stream ends, in `seconds`.
[[nodiscard]] std::string encodeExpiryNotice(std::chrono::seconds left);

}  // namespace mercure::protocol

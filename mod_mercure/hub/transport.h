#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "hub/dispatchers.h"

namespace mercure::hub {

// What a dispatcher does with a connection that httpd has let go of. Nothing here ever blocks. `scratch` is
// memory of the calling thread's, of at least one TLS record (RFC 8446, section 5.1: 2^14 bytes).

inline constexpr std::size_t kTlsRecord = 1U << 14U;

enum class Readiness {
  Ready,       ///< more can be done at once
  WantsRead,   ///< go on when the socket can be read
  WantsWrite,  ///< go on when it can be written
  Gone,        ///< the peer has closed or reset the connection
  Failed,
};

struct Sent {
  std::size_t bytes = 0;
  Readiness then = Readiness::Ready;
};

/// Makes the socket non-blocking, sends without delay, and lets unacknowledged data stand for `patience` at
/// most (TCP_USER_TIMEOUT). What the socket does not support is left out. To be called once, first.
void prepare(const HandedOverConnection& connection, std::chrono::milliseconds patience) noexcept;

/// Writes the first of `parts`' bytes. After WantsRead or WantsWrite the next call must begin with the same
/// bytes, and offer as many at least.
[[nodiscard]] Sent send(const HandedOverConnection& connection, std::span<const iovec> parts,
                        std::span<char> scratch) noexcept;

/// Reads and throws away what has arrived: TLS needs it for KeyUpdate and close_notify, and unread bytes
/// would turn the close into a reset. Ready when a bound was reached before the end of the input.
[[nodiscard]] Readiness discardInput(const HandedOverConnection& connection,
                                     std::span<char> scratch) noexcept;

/// Ends the connection, so that no client takes it for the end of the answer: reads what is there, says
/// close_notify under TLS where that is still possible, and closes. Nothing happens when it is closed
/// already.
void cut(HandedOverConnection& connection, std::span<char> scratch) noexcept;

}  // namespace mercure::hub

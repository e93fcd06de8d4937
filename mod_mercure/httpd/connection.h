#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "httpd/module.h"
#include "hub/dispatchers.h"

namespace mercure::httpd {

/// A stream that waits for httpd to let go of its connection.
struct PendingStream {
  hub::Seat seat;
  hub::HandedOverConnection connection;
  hub::Subscription subscription;
  std::shared_ptr<const hub::StreamLimits> limits;
  std::optional<hub::MonotonicTime> endsAt;
};

/// What the module keeps of each primary connection, in the connection's pool. The connection's thread only,
/// unless it is said otherwise.
struct Connection {
  ssl_st* tls = nullptr;  ///< mod_ssl's, as its pre_handshake hook announced it; null in clear
  std::unique_ptr<PendingStream> pending;
  std::atomic<int> http2Streams{0};  ///< that hold threads; any thread
};

/// Null for an HTTP/2 stream, which has no socket of its own, and for connections that httpd itself opened.
[[nodiscard]] Connection* connectionOf(const conn_rec* connection) noexcept;

/// Hooks that follow a connection from its accept to its end, where a pending stream goes to its dispatcher.
void registerConnectionHooks();

}  // namespace mercure::httpd

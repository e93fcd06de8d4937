#pragma once

#include <optional>

#include "httpd/connection.h"
#include "httpd/module.h"

namespace mercure::httpd {

/// Why a stream can't leave httpd's connection machinery and has to stay in a worker thread; null when it
/// can. Before the head is sent.
[[nodiscard]] const char* reasonToStay(request_rec* request);

/// Removes every output filter that would hold back or wrap a stream, and keeps compression away. Before the
/// head.
void clearOutputFilters(request_rec* request);

/// A duplicate of the request's socket, in the upper part of the descriptors, or nothing when these run low.
/// Before the head, so that a failure can be answered.
[[nodiscard]] std::optional<hub::HandedOverConnection> duplicateSocket(request_rec* request);

enum class HeadState { Sent, Kept, ClientGone };

/// Whether the head and the first bytes have reached the socket. After the flush.
[[nodiscard]] HeadState headState(const request_rec* request);

/// Reads and drops what httpd or mod_ssl hold of the client's input; false when the client has ended the
/// connection or sends without end. The stream's own thread.
[[nodiscard]] bool discardInput(request_rec* request);

/// Leaves `stream` to the connection's end: from here on httpd neither writes to the connection nor lingers
/// on it.
void handOver(request_rec* request, std::unique_ptr<PendingStream> stream);

/// Makes httpd drop the connection after this request without the last chunk, so that the client comes back;
/// under TLS after a close_notify.
void cutConnection(request_rec* request);

/// The same, but over HTTP/2 not before what has been written is likely to be on its way, for which it may
/// wait a little; and a browser's HTTP/2 stream gets a proper end.
void cutWhenSent(request_rec* request);

}  // namespace mercure::httpd

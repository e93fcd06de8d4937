#include "httpd/threaded.h"

#include <poll.h>

#include <ap_mpm.h>
#include <apr_portable.h>
#include <http_core.h>
#include <http_protocol.h>

#include "httpd/hand_over.h"
#include "protocol/event_stream.h"

namespace mercure::httpd {
namespace {

using hub::EndReason;
using Clock = std::chrono::steady_clock;

// How often a thread looks whether its client is still there and its child still wanted.
constexpr std::chrono::milliseconds kLook{250};
constexpr std::chrono::milliseconds kComeBackAfter{1000};

bool write(request_rec* request, std::string_view bytes) {
  return ap_rwrite(bytes.data(), static_cast<int>(bytes.size()), request) >= 0;
}

bool flush(request_rec* request) {
  return ap_rflush(request) >= 0 && request->connection->aborted == 0;
}

/// An idle client says that it leaves only by ending its side, which nobody else reads meanwhile.
bool clientIsGone(request_rec* request) {
  conn_rec* connection = request->connection;
  if (connection->aborted != 0) return true;
  if (connection->master != nullptr) return false;
  apr_os_sock_t descriptor = -1;
  if (apr_os_sock_get(&descriptor, ap_get_conn_socket(connection)) != APR_SUCCESS) return true;
  pollfd look{descriptor, POLLIN | POLLRDHUP, 0};
  if (poll(&look, 1, 0) <= 0) return false;
  return (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0 || !discardInput(request);
}

bool childIsEnding() {
  int state = AP_MPMQ_RUNNING;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

/// A slow reader blocks this thread: no longer than the other readers' limit.
void limitWaits(request_rec* request, std::chrono::milliseconds sendTimeout) {
  conn_rec* connection = request->connection;
  if (connection->master == nullptr && sendTimeout.count() > 0)
    apr_socket_timeout_set(ap_get_conn_socket(connection), std::chrono::microseconds(sendTimeout).count());
}

EndReason writeUntilTheEnd(request_rec* request, hub::ThreadedStream& stream,
                           const hub::StreamLimits& limits) {
  auto lastSent = Clock::now();
  for (;;) {
    const hub::ThreadedStream::Taken taken = stream.take(kLook);
    std::uint64_t bytes = 0;
    for (const auto& event : taken.events) {
      if (!write(request, *event)) return EndReason::WriteFailed;
      bytes += event->size();
    }
    const bool isBeat =
        taken.events.empty() && limits.heartbeat.count() > 0 && Clock::now() - lastSent >= limits.heartbeat;
    if (isBeat && !write(request, protocol::kHeartbeat)) return EndReason::ClientGone;
    if (bytes > 0 || isBeat) {
      if (!flush(request)) return EndReason::WriteFailed;
      lastSent = Clock::now();
      if (bytes > 0) stream.wrote(taken.events.size(), bytes);
    }
    if (taken.ended) return *taken.ended;
    if (clientIsGone(request)) return EndReason::ClientGone;
    if (childIsEnding()) {
      write(request, protocol::encodeRetry(kComeBackAfter));
      flush(request);
      return EndReason::ServerStopping;
    }
  }
}

}  // namespace

void serveThreaded(request_rec* request, hub::ThreadedStream& stream, const hub::StreamLimits& limits) {
  limitWaits(request, limits.sendTimeout);
  const EndReason reason = writeUntilTheEnd(request, stream, limits);
  stream.finish(reason);
  if (reason == EndReason::ClientGone)
    cutConnection(request);
  else
    cutWhenSent(request);
}

}  // namespace mercure::httpd

#include "httpd/open_stream.h"

#include <random>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "httpd/client.h"
#include "httpd/connection.h"
#include "httpd/context.h"
#include "httpd/hand_over.h"
#include "httpd/own_fields.h"
#include "httpd/threaded.h"

namespace mercure::httpd {
namespace {

using Refused = tl::unexpected<OpenRefusal>;

/// When the stream ends by MercureMaxStreamDuration: up to a fifth early, so that streams opened together
/// don't come back together.
std::optional<hub::MonotonicTime> endOf(const Site& site) {
  if (site.maxStreamDuration.count() == 0) return std::nullopt;
  std::random_device random;
  std::uniform_int_distribution<std::int64_t> early(0, site.maxStreamDuration.count() / 5);
  return std::chrono::steady_clock::now() + site.maxStreamDuration - std::chrono::milliseconds(early(random));
}

Refused busy(const std::string& explanation) {
  return Refused({HTTP_SERVICE_UNAVAILABLE, explanation});
}

Refused refuse(hub::OpenFault fault, const Site& site) {
  switch (fault) {
    case hub::OpenFault::TooManyStreams:
      return busy("the hub holds MercureMaxSubscribers (" + std::to_string(site.seats.streams) + ") streams");
    case hub::OpenFault::TooManyOfClient:
      return Refused({HTTP_TOO_MANY_REQUESTS, "the client holds MercureMaxSubscribersPerClient (" +
                                                  std::to_string(site.seats.ofClient) + ") streams"});
    case hub::OpenFault::TooManyThreadedStreams:
      return busy("the stream would hold a thread, and MercureMaxThreadedStreams (" +
                  std::to_string(site.maxThreadedStreams) + ") of them do");
    case hub::OpenFault::Stopping:
      return busy("this child is about to end");
    case hub::OpenFault::NoThread:
      return busy("no thread could be started for the dispatcher");
    case hub::OpenFault::NoSlot:
      return busy("every slot of the shared memory is taken");
  }
  return busy("unknown fault");
}

void sendThrough(request_rec* request, const endpoint::Response& stream) {
  setHead(request, stream);
  clearOutputFilters(request);
  ap_rwrite(stream.body.data(), static_cast<int>(stream.body.size()), request);
  ap_rflush(request);
}

void sendHead(request_rec* request, const endpoint::Response& head, const char* way) {
  apr_table_setn(request->subprocess_env, "MERCURE_STREAM", way);
  sendThrough(request, head);
}

/// mod_http2 serves six requests of a connection at a time, to begin with; the others wait.
constexpr int kHttp2StreamsOfConnection = 3;

/// Counts the HTTP/2 streams that hold threads: in this child at most half of them, and of one connection no
/// more than leave room for the requests of its pages.
class Http2Place {
 public:
  explicit Http2Place(const request_rec* request) {
    conn_rec* primary = request->connection->master;
    if (primary == nullptr) return;
    int threads = 0;
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    connection_ = connectionOf(primary);
    if (context()->http2Streams().fetch_add(1) >= std::max(1, threads / 2))
      refusal_ = "half of this child's threads hold HTTP/2 streams";
    if (connection_ != nullptr && connection_->http2Streams.fetch_add(1) >= kHttp2StreamsOfConnection)
      refusal_ = "the client's HTTP/2 connection carries as many streams as leave room for its pages";
    isCounted_ = true;
  }
  Http2Place(const Http2Place&) = delete;
  Http2Place& operator=(const Http2Place&) = delete;
  ~Http2Place() {
    if (!isCounted_) return;
    context()->http2Streams().fetch_sub(1);
    if (connection_ != nullptr) connection_->http2Streams.fetch_sub(1);
  }
  /// Null when there is room.
  [[nodiscard]] const char* refusal() const noexcept { return refusal_; }

 private:
  Connection* connection_ = nullptr;
  const char* refusal_ = nullptr;
  bool isCounted_ = false;
};

/// The rest of a stream whose head is out: in this thread.
void stayThreaded(request_rec* request, const Site& site, hub::Seat seat, hub::Subscription subscription) {
  const auto stream = context()->dispatchers()->addThreaded(std::move(seat), std::move(subscription),
                                                            site.streamLimits, endOf(site));
  serveThreaded(request, *stream, *site.streamLimits);
}

tl::expected<void, OpenRefusal> openThreaded(request_rec* request, const Site& site,
                                             const endpoint::Response& head, hub::Seat seat,
                                             hub::Subscription subscription) {
  const Http2Place place(request);
  if (const char* refusal = place.refusal()) return busy(refusal);
  if (const auto counted = context()->dispatchers()->makeThreaded(seat, site.maxThreadedStreams); !counted)
    return refuse(counted.error(), site);
  sendHead(request, head, "threaded");
  if (request->connection->aborted == 0)
    stayThreaded(request, site, std::move(seat), std::move(subscription));
  return {};
}

}  // namespace

void sendCutStream(request_rec* request, const endpoint::Response& stream) {
  sendThrough(request, stream);
  cutWhenSent(request);
}

tl::expected<void, OpenRefusal> openStream(request_rec* request, const Site& site,
                                           const endpoint::Response& head, hub::Subscription subscription) {
  hub::Dispatchers& dispatchers = *context()->dispatchers();
  auto seat = dispatchers.takeSeat(*site.hub, site.seats, clientOf(request));
  if (!seat) return refuse(seat.error(), site);

  if (const char* reason = reasonToStay(request)) {
    if (APLOG_R_IS_LEVEL(request, APLOG_DEBUG))
      ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, request,
                    MERCURE_LOG_ID(0032) "hub %s: a stream stays in its thread: %s", site.hubName.c_str(),
                    reason);
    return openThreaded(request, site, head, std::move(*seat), std::move(subscription));
  }

  auto connection = duplicateSocket(request);
  if (!connection) return busy("file descriptors run low in this child");
  sendHead(request, head, "handed-over");
  switch (headState(request)) {
    case HeadState::ClientGone:
      return {};
    case HeadState::Kept:
      if (dispatchers.makeThreaded(*seat, site.maxThreadedStreams)) {
        apr_table_setn(request->subprocess_env, "MERCURE_STREAM", "threaded");
        stayThreaded(request, site, std::move(*seat), std::move(subscription));
      } else {
        cutConnection(request);
      }
      return {};
    case HeadState::Sent:
      break;
  }
  if (!discardInput(request)) {
    cutConnection(request);
    return {};
  }
  handOver(request, std::make_unique<PendingStream>(PendingStream{std::move(*seat), std::move(*connection),
                                                                  std::move(subscription), site.streamLimits,
                                                                  endOf(site)}));
  return {};
}

}  // namespace mercure::httpd

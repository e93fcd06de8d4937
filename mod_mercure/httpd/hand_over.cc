#include "httpd/hand_over.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <thread>

#include <apr_portable.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_ssl.h>
#include <openssl/ssl.h>
#include <util_filter.h>

#include "httpd/own_fields.h"

namespace mercure::httpd {
namespace {

// select() works below this number only, and httpd's own files and sockets belong there.
constexpr rlim_t kLowDescriptors = 1024;
constexpr int kInputRounds = 64;
constexpr apr_off_t kInputBytes = 65'536;

/// Connection filters that are known to keep no state which the stream would miss.
constexpr std::array<std::string_view, 8> kHarmlessFilters{
    "core",           "core_in",          "ssl/tls filter",
    "reqtimeout",     "log_input_output", "ssl/tls coalescing filter",
    "remoteip_input", "net_time"};

const char* unknownFilter(const ap_filter_t* first) {
  for (const ap_filter_t* filter = first; filter != nullptr; filter = filter->next)
    if (std::find(kHarmlessFilters.begin(), kHarmlessFilters.end(), filter->frec->name) ==
        kHarmlessFilters.end())
      return filter->frec->name;
  return nullptr;
}

/// The lower part of a small range stays httpd's: running out makes accept fail and whole children quit.
int lowestForStreams() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<int>(std::min(kLowDescriptors, files.rlim_cur / 2));
}

void pass(request_rec* request, apr_bucket* bucket) {
  conn_rec* connection = request->connection;
  apr_bucket_brigade* brigade = apr_brigade_create(request->pool, connection->bucket_alloc);
  APR_BRIGADE_INSERT_TAIL(brigade, bucket);
  ap_pass_brigade(connection->output_filters, brigade);
}

void passEndOfConnection(request_rec* request) {
  pass(request, ap_bucket_eoc_create(request->connection->bucket_alloc));
}

/// mod_http2 resets the stream when it meets an error after the head.
void passStreamError(request_rec* request) {
  conn_rec* connection = request->connection;
  pass(request,
       ap_bucket_error_create(HTTP_INTERNAL_SERVER_ERROR, nullptr, request->pool, connection->bucket_alloc));
}

/// mod_ssl frees its part, the client's certificate too, when the connection ends; quietly, so that no
/// close_notify goes out.
void releaseFromModSsl(request_rec* request, ssl_st* tls) {
  SSL_up_ref(tls);
  SSL_set_quiet_shutdown(tls, 1);
  passEndOfConnection(request);
  SSL_set_quiet_shutdown(tls, 0);
}

}  // namespace

const char* reasonToStay(request_rec* request) {
  conn_rec* connection = request->connection;
  const Connection* followed = connectionOf(connection);
  if (connection->master != nullptr) return "an HTTP/2 stream has no socket of its own";
  if (followed == nullptr) return "the connection is not a client's own";
  const bool subscribes = request->method_number == M_GET || std::string_view(request->method) == "QUERY";
  if (!subscribes || request->header_only || request->main != nullptr) return "not a plain GET or QUERY";
  if (ap_get_conn_socket(connection) == nullptr) return "the connection has no socket";
  if (ap_ssl_conn_is_ssl(connection) && followed->tls == nullptr) return "the TLS module is not mod_ssl";
  // The callback reads mod_ssl's connection, which a KeyUpdate would no longer find.
  if (followed->tls != nullptr && SSL_CTX_get_keylog_callback(SSL_get_SSL_CTX(followed->tls)) != nullptr)
    return "TLS secrets are being logged";
  if (const char* name = unknownFilter(connection->output_filters)) return name;
  return unknownFilter(connection->input_filters);
}

void clearOutputFilters(request_rec* request) {
  apr_table_setn(request->subprocess_env, "no-gzip", "1");
  apr_table_setn(request->subprocess_env, "no-brotli", "1");
  for (ap_filter_t *filter = request->output_filters, *next = nullptr; filter != nullptr; filter = next) {
    next = filter->next;
    if (filter->frec->ftype < AP_FTYPE_PROTOCOL - 1 &&
        strcasecmp(filter->frec->name, "fixup_headers_out") != 0 &&
        strcasecmp(filter->frec->name, "mod_expires") != 0 && !isOwnFieldsFilter(filter->frec->name))
      ap_remove_output_filter(filter);
  }
}

std::optional<hub::HandedOverConnection> duplicateSocket(request_rec* request) {
  apr_os_sock_t own = -1;
  if (apr_os_sock_get(&own, ap_get_conn_socket(request->connection)) != APR_SUCCESS) return std::nullopt;
  const int duplicate = fcntl(own, F_DUPFD_CLOEXEC, lowestForStreams());
  if (duplicate < 0) return std::nullopt;
  return hub::HandedOverConnection(duplicate, nullptr, true);
}

HeadState headState(const request_rec* request) {
  const conn_rec* connection = request->connection;
  if (connection->aborted != 0) return HeadState::ClientGone;
  return request->sent_bodyct != 0 && connection->data_in_output_filters == 0 ? HeadState::Sent
                                                                              : HeadState::Kept;
}

bool discardInput(request_rec* request) {
  conn_rec* connection = request->connection;
  apr_bucket_brigade* input = apr_brigade_create(request->pool, connection->bucket_alloc);
  for (int round = 0; round < kInputRounds; ++round) {
    const apr_status_t status =
        ap_get_brigade(connection->input_filters, input, AP_MODE_READBYTES, APR_NONBLOCK_READ, kInputBytes);
    const bool isEmpty = APR_BRIGADE_EMPTY(input);
    const bool isEnd = !isEmpty && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(input));
    apr_brigade_cleanup(input);
    if (APR_STATUS_IS_EAGAIN(status) || (status == APR_SUCCESS && isEmpty)) return true;
    if (status != APR_SUCCESS || isEnd) return false;
  }
  return false;
}

void handOver(request_rec* request, std::unique_ptr<PendingStream> stream) {
  conn_rec* connection = request->connection;
  Connection& followed = *connectionOf(connection);
  stream->connection.chunked = request->chunked != 0;
  if (followed.tls != nullptr) {
    releaseFromModSsl(request, followed.tls);
    stream->connection.tls = followed.tls;
  }
  followed.pending = std::move(stream);
  connection->aborted = 1;
  connection->keepalive = AP_CONN_CLOSE;
}

void cutConnection(request_rec* request) {
  conn_rec* connection = request->connection;
  if (connection->aborted == 0) {
    if (connection->master == nullptr)
      passEndOfConnection(request);
    else
      passStreamError(request);
  }
  connection->aborted = 1;
  connection->keepalive = AP_CONN_CLOSE;
}

void cutWhenSent(request_rec* request) {
  // A reset makes mod_http2 drop what it has taken but not yet sent, and nothing tells when it has sent it.
  static constexpr std::chrono::milliseconds kBeforeReset{100};
  const bool isHttp2 = request->connection->master != nullptr;
  // And it makes mod_http2 serve fewer requests of that connection at a time, which a browser needs for its
  // pages. Its EventSource comes back after a proper end too.
  const bool isBrowser = apr_table_get(request->headers_in, "Sec-Fetch-Mode") != nullptr;
  if (isHttp2 && isBrowser) return;
  if (isHttp2) std::this_thread::sleep_for(kBeforeReset);
  cutConnection(request);
}

}  // namespace mercure::httpd

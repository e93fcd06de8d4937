#include "httpd/httpd_request.h"

#include <algorithm>
#include <charconv>

#include <apr_buckets.h>
#include <http_core.h>
#include <http_protocol.h>

namespace mercure::httpd {
namespace {

using endpoint::BodyFault;

/// It takes mod_http2 some microseconds, unless its thread is interrupted.
constexpr apr_interval_time_t kUntilResetIsMarked = 10'000;

bool sameName(const char* name, std::string_view wanted) {
  return std::string_view(name).size() == wanted.size() &&
         strncasecmp(name, wanted.data(), wanted.size()) == 0;
}

BodyFault faultOf(apr_status_t status) {
  if (APR_STATUS_IS_TIMEUP(status)) return BodyFault::TimedOut;
  if (APR_STATUS_IS_EOF(status) || status == APR_INCOMPLETE || APR_STATUS_IS_ECONNRESET(status) ||
      APR_STATUS_IS_ECONNABORTED(status))
    return BodyFault::Incomplete;
  switch (ap_map_http_request_error(status, HTTP_BAD_REQUEST)) {
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
      return BodyFault::TooLarge;
    case HTTP_REQUEST_TIME_OUT:
      return BodyFault::TimedOut;
    default:
      return BodyFault::Malformed;
  }
}

/// The length that the client announced; 0 if it did not.
std::size_t announcedLength(const request_rec* request) {
  const char* text = apr_table_get(request->headers_in, "Content-Length");
  std::size_t length = 0;
  if (text != nullptr) std::from_chars(text, text + std::string_view(text).size(), length);
  return length;
}

/// Whether a body that has come to its end is not the whole: mod_http2 ends one in the ordinary way, too,
/// when the client resets its stream, and marks the connection as aborted a moment later.
bool isCut(const request_rec* request, std::size_t length) {
  const conn_rec* connection = request->connection;
  if (connection->master == nullptr || length == 0) return false;
  if (const std::size_t announced = announcedLength(request)) return length < announced;
  apr_sleep(kUntilResetIsMarked);
  return connection->aborted != 0;
}

}  // namespace

std::string_view HttpdRequest::method() const {
  return request_->method;
}
std::string_view HttpdRequest::subpath() const {
  return hubRequest_.subpath;
}
bool HttpdRequest::asksForMetadata() const {
  return hubRequest_.isMetadata;
}
std::string_view HttpdRequest::query() const {
  return hubRequest_.query;
}

std::vector<std::string_view> HttpdRequest::fields(std::string_view name) const {
  std::vector<std::string_view> values;
  const apr_array_header_t* all = apr_table_elts(fields_);
  for (int i = 0; i < all->nelts; ++i) {
    const apr_table_entry_t& entry = APR_ARRAY_IDX(all, i, apr_table_entry_t);
    if (entry.key != nullptr && entry.val != nullptr && sameName(entry.key, name))
      values.emplace_back(entry.val);
  }
  return values;
}

bool HttpdRequest::isEncrypted() const {
  return std::string_view(ap_http_scheme(request_)) == "https";
}

bool HttpdRequest::hasServersPassword() const {
  // Also where the site has an AuthType but let this request in without: a browser that knows its password
  // sends it all the same.
  return request_->user != nullptr || ap_auth_type(request_) != nullptr;
}

std::string HttpdRequest::ownOrigin() const {
  const std::string scheme = ap_http_scheme(request_);
  std::string host = request_->hostname != nullptr ? request_->hostname : request_->server->server_hostname;
  if (host.find(':') != std::string::npos && host.front() != '[') host = "[" + host + "]";
  const apr_port_t port = ap_get_server_port(request_);
  const char* named = apr_table_get(fields_, "Host");
  const std::string_view authority = request_->parsed_uri.hostinfo != nullptr ? request_->parsed_uri.hostinfo
                                     : named != nullptr                       ? named
                                                                              : "";
  const std::size_t colon = authority.find_last_of(":]");
  apr_port_t asked = scheme == "https" ? 443 : 80;
  if (authority.empty()) asked = port;
  if (colon != std::string_view::npos && authority[colon] == ':') {
    unsigned number = 0;
    std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), number);
    if (number > 0 && number <= 65535) asked = static_cast<apr_port_t>(number);
  }
  std::string origin = scheme + "://" + host;
  if (asked != (scheme == "https" ? 443 : 80)) origin += ":" + std::to_string(asked);
  return origin;
}

tl::expected<std::string, BodyFault> HttpdRequest::readBody(std::size_t limit) {
  isBodyRead_ = true;
  if (announcedLength(request_) > limit) return tl::unexpected(BodyFault::TooLarge);
  std::string body;
  apr_bucket_brigade* brigade = apr_brigade_create(request_->pool, request_->connection->bucket_alloc);
  for (bool ended = false; !ended;) {
    const apr_status_t status =
        ap_get_brigade(request_->input_filters, brigade, AP_MODE_READBYTES, APR_BLOCK_READ, HUGE_STRING_LEN);
    if (status != APR_SUCCESS) return tl::unexpected(faultOf(status));
    for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade) && !ended;
         bucket = APR_BUCKET_NEXT(bucket)) {
      if (APR_BUCKET_IS_EOS(bucket)) ended = true;
      if (AP_BUCKET_IS_ERROR(bucket)) return tl::unexpected(BodyFault::Malformed);
      if (APR_BUCKET_IS_METADATA(bucket)) continue;
      const char* data = nullptr;
      apr_size_t size = 0;
      const apr_status_t read = apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ);
      if (read != APR_SUCCESS) return tl::unexpected(faultOf(read));
      if (body.size() + size > limit) return tl::unexpected(BodyFault::TooLarge);
      body.append(data, size);
    }
    apr_brigade_cleanup(brigade);
  }
  if (isCut(request_, body.size())) return tl::unexpected(BodyFault::Incomplete);
  return body;
}

void HttpdRequest::discardBody(std::size_t limit) {
  // Who waits for a 100 has not sent a body, and need not.
  if (request_->connection->master == nullptr || isBodyRead_ || request_->expecting_100 != 0) return;
  (void)readBody(limit);
}

}  // namespace mercure::httpd

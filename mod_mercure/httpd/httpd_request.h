#pragma once

#include "endpoint/request.h"
#include "httpd/hub_request.h"

namespace mercure::httpd {

/// A request_rec as endpoint/ sees it. One request's thread only.
class HttpdRequest final : public endpoint::Request {
 public:
  HttpdRequest(request_rec* request, const HubRequest& hubRequest) noexcept
      : request_(request), fields_(request->headers_in), hubRequest_(hubRequest) {}

  [[nodiscard]] std::string_view method() const override;
  [[nodiscard]] std::string_view subpath() const override;
  [[nodiscard]] bool asksForMetadata() const override;
  [[nodiscard]] std::string_view query() const override;
  [[nodiscard]] std::vector<std::string_view> fields(std::string_view name) const override;
  [[nodiscard]] bool isEncrypted() const override;
  [[nodiscard]] bool hasServersPassword() const override;
  [[nodiscard]] std::string ownOrigin() const override;
  [[nodiscard]] tl::expected<std::string, endpoint::BodyFault> readBody(std::size_t limit) override;

  /// Takes in what readBody() has not, at most `limit` bytes, before an answer that did not need it:
  /// mod_http2 resets a stream that is answered sooner, and clients then miss the answer. Nothing happens
  /// under HTTP/1, where httpd does this itself.
  void discardBody(std::size_t limit);

 private:
  request_rec* request_;
  const apr_table_t* fields_;  // without the body's trailers, which MergeTrailers puts into another table
  const HubRequest& hubRequest_;
  bool isBodyRead_ = false;
};

}  // namespace mercure::httpd

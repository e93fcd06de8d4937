#include "httpd/handler.h"

#include <http_protocol.h>

#include "endpoint/endpoint.h"
#include "httpd/context.h"
#include "httpd/guard.h"
#include "httpd/httpd_request.h"
#include "httpd/hub_request.h"
#include "httpd/open_stream.h"

namespace mercure::httpd {
namespace {

constexpr const char* kRetryAfter = "10";

void logRefusal(request_rec* request, const Site& site, int status, const endpoint::Refused& refused) {
  ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, request, MERCURE_LOG_ID(0030) "hub %s: %s refused with %d: %s",
                site.hubName.c_str(), request->method, status, refused.explanation.c_str());
}

int send(request_rec* request, const Site& site, const endpoint::Answer& answer) {
  if (answer.refused) logRefusal(request, site, answer.response.status, *answer.refused);
  setHead(request, answer.response);
  if (!answer.response.body.empty())
    ap_rwrite(answer.response.body.data(), static_cast<int>(answer.response.body.size()), request);
  return OK;
}

int sendUnavailable(request_rec* request, const HttpdRequest& received, const Site& site, hub::Refusal reason,
                    std::string explanation) {
  if (site.hub != nullptr) site.hub->counters().refuse(reason);
  endpoint::Answer answer =
      endpoint::refuse(received, site.settings, HTTP_SERVICE_UNAVAILABLE, reason, std::move(explanation));
  answer.response.fields.emplace_back("Retry-After", kRetryAfter);
  return send(request, site, answer);
}

int serve(request_rec* request, const HubRequest& hubRequest) {
  const Site& site = *hubRequest.site;
  HttpdRequest received(request, hubRequest);
  if (site.hub == nullptr || context() == nullptr || context()->dispatchers() == nullptr)
    return sendUnavailable(
        request, received, site, hub::Refusal::Unavailable,
        site.fault.empty() ? "the hub has not started" : "the hub is misconfigured: " + site.fault);

  endpoint::Answer answer = endpoint::answer(
      received, {site.settings, *site.hub, context()->selectors(), std::chrono::system_clock::now()});
  if (!answer.subscription) return send(request, site, answer);
  const auto opened = openStream(request, site, answer.response, std::move(*answer.subscription));
  if (!opened)
    return sendUnavailable(request, received, site, hub::Refusal::Limit, opened.error().explanation);
  return OK;
}

int handle(request_rec* request) {
  const HubRequest* hubRequest = hubRequestOf(request);
  if (hubRequest == nullptr) return DECLINED;
  return guarded(request->server, "serving a request", static_cast<int>(HTTP_INTERNAL_SERVER_ERROR),
                 [&] { return serve(request, *hubRequest); });
}

}  // namespace

void registerHandler() {
  ap_hook_handler(handle, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
}

}  // namespace mercure::httpd

#include "httpd/handler.h"

#include <http_core.h>
#include <http_protocol.h>

#include "endpoint/endpoint.h"
#include "endpoint/masking.h"
#include "httpd/context.h"
#include "httpd/guard.h"
#include "httpd/httpd_request.h"
#include "httpd/hub_request.h"
#include "httpd/open_stream.h"
#include "httpd/own_fields.h"

namespace mercure::httpd {
namespace {

void logRefusal(request_rec* request, const Site& site, const endpoint::Answer& answer) {
  const std::string masked =
      endpoint::maskTokens(answer.refused->explanation).value_or(answer.refused->explanation);
  const char* explanation = masked.c_str();
  if (answer.isCut)
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, request,
                  MERCURE_LOG_ID(0031) "hub %s: %s told to come back later: %s", site.hubName.c_str(),
                  request->method, explanation);
  else
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, request, MERCURE_LOG_ID(0030) "hub %s: %s refused with %d: %s",
                  site.hubName.c_str(), request->method, answer.response.status, explanation);
}

int send(request_rec* request, HttpdRequest& received, const Site& site, const endpoint::Answer& answer) {
  if (answer.refused) logRefusal(request, site, answer);
  received.discardBody(site.settings.maxUpdateSize);
  if (answer.isCut) {
    sendCutStream(request, answer.response);
    return OK;
  }
  setHead(request, answer.response);
  if (!answer.response.body.empty())
    ap_rwrite(answer.response.body.data(), static_cast<int>(answer.response.body.size()), request);
  return OK;
}

int sendRefusal(request_rec* request, HttpdRequest& received, const Site& site, int status,
                hub::Refusal reason, const std::string& explanation) {
  if (site.hub != nullptr) site.hub->counters().refuse(reason);
  return send(request, received, site,
              endpoint::refuse(received, site.settings, status, reason, explanation));
}

/// Whether a browser took another host's HTTP/2 connection for this one, which does not speak HTTP/2 itself:
/// one certificate names them both.
bool isMisdirected(request_rec* request) {
  conn_rec* primary = request->connection->master;
  return primary != nullptr &&
         ap_is_allowed_protocol(primary, request, request->server, ap_get_protocol(primary)) == 0;
}

/// The client comes back on a connection of this host's own (RFC 9110, section 15.5.20).
int sendMisdirected(request_rec* request, HttpdRequest& received, const Site& site) {
  return sendRefusal(request, received, site, HTTP_MISDIRECTED_REQUEST, hub::Refusal::BadRequest,
                     "an HTTP/2 connection to another host of this server, and this one's Protocols do not "
                     "list it: the client comes back on a connection of its own");
}

int serve(request_rec* request, const HubRequest& hubRequest) {
  const Site& site = *hubRequest.site;
  HttpdRequest received(request, hubRequest);
  if (isMisdirected(request)) return sendMisdirected(request, received, site);
  if (site.hub == nullptr || context() == nullptr || context()->dispatchers() == nullptr)
    return sendRefusal(
        request, received, site, HTTP_SERVICE_UNAVAILABLE, hub::Refusal::Unavailable,
        site.fault.empty() ? "the hub has not started" : "the hub is misconfigured: " + site.fault);

  endpoint::Answer answer = endpoint::answer(
      received, {site.settings, *site.hub, context()->matchers(), std::chrono::system_clock::now()});
  if (!answer.subscription) return send(request, received, site, answer);
  const auto opened = openStream(request, site, answer.response, std::move(*answer.subscription));
  if (!opened)
    return sendRefusal(request, received, site, opened.error().status, hub::Refusal::Limit,
                       opened.error().explanation);
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

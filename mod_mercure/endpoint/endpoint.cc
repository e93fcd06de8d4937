#include "endpoint/endpoint.h"

#include "endpoint/cors.h"
#include "endpoint/explanation.h"
#include "endpoint/metadata.h"
#include "endpoint/overload.h"
#include "endpoint/publish.h"
#include "endpoint/refusal.h"
#include "endpoint/subscribe.h"

namespace mercure::endpoint {

namespace {

bool servesSubscribers(const Settings& settings) {
  return settings.anonymous || !settings.subscribers.empty();
}

bool servesPublishers(const Settings& settings) {
  return !settings.publishers.empty();
}

/// QUERY came with 1.0 (ANY-26).
bool servesQuery(const Settings& settings) {
  return servesSubscribers(settings) && settings.protocol != protocol::Protocol::V0;
}

std::string servedMethods(const Settings& settings) {
  std::string methods;
  const auto add = [&](std::string_view names) {
    if (!methods.empty()) methods += ", ";
    methods += names;
  };
  if (servesSubscribers(settings)) add("GET, HEAD");
  if (servesQuery(settings)) add("QUERY");
  if (servesPublishers(settings)) add("POST");
  if (!settings.corsOrigins.empty()) add("OPTIONS");
  return methods;
}

std::string whyNotServed(std::string_view method, const Settings& settings) {
  if (method == "POST")
    return "publishing is off: there is no key for publishers, such as a MercurePublisherJWT";
  if (method == "QUERY" && settings.protocol == protocol::Protocol::V0)
    return "QUERY is of protocol 1.0, which this hub does not serve (MercureProtocol)";
  if (method == "GET" || method == "HEAD" || method == "QUERY") {
    return "subscribing is off: there is neither a key for subscribers, such as a MercureSubscriberJWT, nor "
           "MercureAnonymous On";
  }
  if (method == "OPTIONS") return "OPTIONS is served to preflights only, and those need MercureCORSOrigins";
  return "the hub does not serve the method " + excerpt(method, 20);
}

Answer refuseMethod(std::string_view methods, std::string_view why) {
  Answer answer;
  answer.response.status = 405;
  answer.response.fields = {{"Allow", std::string(methods)}, {"Cache-Control", "private"}};
  answer.refused = Refused{hub::Refusal::BadRequest, std::string(why)};
  return answer;
}

/// P1-ID-04.
Answer refuseMisdirected(const Request& request) {
  return refusal(421, hub::Refusal::BadRequest,
                 "a request for " + excerpt(request.ownOrigin()) +
                     ", which is not among this hub's origins (MercurePublicURLs)");
}

Answer refusePath(std::string_view subpath, const Settings& settings) {
  return refusal(404, hub::Refusal::BadRequest,
                 "there is nothing at " + excerpt(settings.path + std::string(subpath)) + ": the hub is at " +
                     excerpt(settings.path));
}

Answer serveMethod(Request& request, const Environment& environment) {
  const Settings& settings = environment.settings;
  const auto method = request.method();
  if (!request.subpath().empty()) return refusePath(request.subpath(), settings);
  if ((method == "GET" || method == "HEAD") && servesSubscribers(settings))
    return subscribe(request, environment);
  if (method == "QUERY" && servesQuery(settings)) return subscribe(request, environment);
  if (method == "POST" && servesPublishers(settings)) return publish(request, environment);
  return refuseMethod(servedMethods(settings), whyNotServed(method, settings));
}

Answer serveMetadata(const Request& request, const Settings& settings) {
  const auto method = request.method();
  if (method != "GET" && method != "HEAD")
    return refuseMethod("GET, HEAD", "the hub's metadata answers GET and HEAD");
  return describeHub(request, settings);
}

Answer serveResource(Request& request, const Environment& environment) {
  const Settings& settings = environment.settings;
  if (request.asksForMetadata()) return serveMetadata(request, settings);
  return serveMethod(request, environment);
}

Answer serve(Request& request, const Environment& environment) {
  Answer answer = serveResource(request, environment);
  if (!answer.refused || answer.refused->reason != hub::Refusal::Limit) return answer;
  return turnAway(request, environment.settings, answer.response.status, hub::Refusal::Limit,
                  answer.refused->explanation);
}

// P0-DISC-10.
void addSecurityFields(Response& response) {
  response.fields.emplace_back("X-Frame-Options", "DENY");
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  response.fields.emplace_back("X-XSS-Protection", "1; mode=block");
  response.fields.emplace_back("Content-Security-Policy", "default-src 'self'");
}

}  // namespace

Answer answer(Request& request, const Environment& environment) {
  const Settings& settings = environment.settings;
  Answer answer;
  if (settings.identity.isMisdirected(request)) {
    answer = refuseMisdirected(request);
  } else if (isServedPreflight(request, settings)) {
    answer = answerPreflight(request, settings);
  } else {
    answer = serve(request, environment);
    addCorsFields(request, settings, answer.response);
  }
  addSecurityFields(answer.response);
  if (answer.refused) environment.hub.counters().refuse(answer.refused->reason);
  return answer;
}

Answer refuse(const Request& request, const Settings& settings, int status, hub::Refusal reason,
              std::string_view explanation) {
  Answer answer = reason == hub::Refusal::Limit ? turnAway(request, settings, status, reason, explanation)
                                                : refusal(status, reason, explanation);
  if (reason == hub::Refusal::Unavailable) answer.response.fields.emplace_back("Retry-After", kAfterMending);
  addCorsFields(request, settings, answer.response);
  addSecurityFields(answer.response);
  return answer;
}

}  // namespace mercure::endpoint

#include "endpoint/endpoint.h"

#include "endpoint/cors.h"
#include "endpoint/explanation.h"
#include "endpoint/overload.h"
#include "endpoint/publish.h"
#include "endpoint/refusal.h"
#include "endpoint/subscribe.h"

namespace mercure::endpoint {

namespace {

bool servesSubscribers(const Settings& settings) {
  return settings.anonymous || !settings.subscriberKeys.empty();
}

bool servesPublishers(const Settings& settings) {
  return !settings.publisherKeys.empty();
}

std::string servedMethods(const Settings& settings) {
  std::string methods;
  const auto add = [&](std::string_view names) {
    if (!methods.empty()) methods += ", ";
    methods += names;
  };
  if (servesSubscribers(settings)) add("GET, HEAD");
  if (servesPublishers(settings)) add("POST");
  if (!settings.corsOrigins.empty()) add("OPTIONS");
  return methods;
}

std::string whyNotServed(std::string_view method) {
  if (method == "POST") return "publishing is off: there is no MercurePublisherJWT";
  if (method == "GET" || method == "HEAD") {
    return "subscribing is off: there is neither a MercureSubscriberJWT nor MercureAnonymous On";
  }
  if (method == "OPTIONS") return "OPTIONS is served to preflights only, and those need MercureCORSOrigins";
  return "the hub does not serve the method " + excerpt(method, 20);
}

Answer refuseMethod(std::string_view method, const Settings& settings) {
  Answer answer;
  answer.response.status = 405;
  answer.response.fields = {{"Allow", servedMethods(settings)}, {"Cache-Control", "private"}};
  answer.refused = Refused{hub::Refusal::BadRequest, whyNotServed(method)};
  return answer;
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
  if (method == "POST" && servesPublishers(settings)) return publish(request, environment);
  return refuseMethod(method, settings);
}

Answer serve(Request& request, const Environment& environment) {
  Answer answer = serveMethod(request, environment);
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
  if (isServedPreflight(request, settings)) {
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

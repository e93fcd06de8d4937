#include "endpoint/cors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "endpoint/ascii.h"
#include "endpoint/explanation.h"
#include "endpoint/refusal.h"

namespace mercure::endpoint {

namespace {

bool isAllowedMethod(std::string_view method, const Settings& settings) {
  if (method == "QUERY") return settings.protocol != protocol::Protocol::V0;
  return method == "GET" || method == "POST" || method == "HEAD";
}

// What clients send besides the fields that need no permission; a form's Content-Type is one of those.
constexpr std::array<std::string_view, 4> kFields{"authorization", "cache-control", "last-event-id",
                                                  "x-requested-with"};

/// The value of `Access-Control-Allow-Origin`; none for an origin that is not allowed.
std::optional<std::string> allowedOrigin(const Request& request, const Settings& settings) {
  const auto origins = request.fields("Origin");
  if (origins.size() != 1) return std::nullopt;
  if (settings.corsOrigins.allowsAll()) return "*";
  const auto origin = origins.front();
  if (!settings.corsOrigins.allows(origin) && !isSameOrigin(origin, request.ownOrigin())) return std::nullopt;
  return std::string(origin);
}

/// For everybody a browser wants no credentials allowed, and 1.0 sends nothing of them (P1-CORS-02); 0.x
/// does.
void permit(std::string origin, const Settings& settings, Response& response) {
  const bool allowsCredentials = origin != "*" || settings.protocol == protocol::Protocol::V0;
  response.fields.emplace_back("Access-Control-Allow-Origin", std::move(origin));
  if (allowsCredentials) response.fields.emplace_back("Access-Control-Allow-Credentials", "true");
}

/// The members of a comma-separated field (RFC 9110, section 5.6.1) that are no allowed field's name.
bool allAllowed(std::string_view names) {
  while (true) {
    const auto comma = names.find(',');
    const auto name = trimBlanks(names.substr(0, comma));
    const bool allowed =
        name.empty() || std::any_of(kFields.begin(), kFields.end(),
                                    [&](std::string_view each) { return equalsIgnoringCase(each, name); });
    if (!allowed) return false;
    if (comma == std::string_view::npos) return true;
    names.remove_prefix(comma + 1);
  }
}

std::string join(const std::vector<std::string_view>& values) {
  std::string joined;
  for (const auto value : values) {
    if (!joined.empty()) joined += ',';
    joined += value;
  }
  return joined;
}

Answer withoutPermission(Response response, std::string_view explanation) {
  return {std::move(response), Refused{hub::Refusal::ForeignOrigin, oneLine(explanation)}, std::nullopt};
}

}  // namespace

bool isServedPreflight(const Request& request, const Settings& settings) {
  return request.method() == "OPTIONS" && request.subpath().empty() && !request.asksForMetadata() &&
         !settings.corsOrigins.empty() && !request.fields("Access-Control-Request-Method").empty();
}

Answer answerPreflight(const Request& request, const Settings& settings) {
  Response response;
  response.status = 204;
  response.fields = {{"Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}};

  auto origin = allowedOrigin(request, settings);
  if (!origin) {
    const auto origins = request.fields("Origin");
    return withoutPermission(std::move(response), "a preflight's Origin " + excerpt(join(origins)) +
                                                      " is not among MercureCORSOrigins");
  }
  const std::string method(request.fields("Access-Control-Request-Method").front());
  if (!isAllowedMethod(method, settings)) {
    return withoutPermission(std::move(response), "a preflight asks for the method " + excerpt(method));
  }
  std::string names = join(request.fields("Access-Control-Request-Headers"));
  if (!allAllowed(names)) {
    return withoutPermission(std::move(response),
                             "a preflight asks for more header fields than the hub needs: " + excerpt(names));
  }

  permit(std::move(*origin), settings, response);
  response.fields.emplace_back("Access-Control-Allow-Methods", method);
  if (!names.empty()) response.fields.emplace_back("Access-Control-Allow-Headers", std::move(names));
  return {std::move(response), std::nullopt, std::nullopt};
}

void addCorsFields(const Request& request, const Settings& settings, Response& response) {
  if (settings.corsOrigins.empty()) return;
  response.fields.emplace_back("Vary", "Origin");
  auto origin = allowedOrigin(request, settings);
  if (!origin) return;
  permit(std::move(*origin), settings, response);
  response.fields.emplace_back("Access-Control-Expose-Headers", "Link, Last-Event-ID, Mercure-Last-Event-ID");
}

}  // namespace mercure::endpoint

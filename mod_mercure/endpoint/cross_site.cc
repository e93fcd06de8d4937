#include "endpoint/cross_site.h"

#include "endpoint/explanation.h"
#include "endpoint/origin.h"

namespace mercure::endpoint {

namespace {

// A server may join repeated fields with a comma, which no origin holds.
bool isRepeated(const std::vector<std::string_view>& origins) {
  return origins.size() > 1 || (origins.size() == 1 && origins.front().find(',') != std::string_view::npos);
}

std::optional<Answer> checkOrigin(std::string_view name, std::string_view origin, const Request& request,
                                  const Settings& settings, const Manner& manner) {
  const std::string own = request.ownOrigin();
  if (isSameOrigin(origin, own) || settings.publishOrigins.allows(origin)) return std::nullopt;
  return wronglyPresented(manner, hub::Refusal::ForeignOrigin,
                          std::string(name) + " " + excerpt(origin) + " is neither this hub's own, " +
                              excerpt(own) +
                              ", nor among MercurePublishOrigins, and the token came in a cookie");
}

}  // namespace

std::optional<Answer> checkSource(const Request& request, const Settings& settings, const Manner& manner) {
  const auto origins = request.fields("Origin");
  if (isRepeated(origins)) {
    return refusal(403, hub::Refusal::ForeignOrigin,
                   "more than one Origin field, and the token came in a cookie");
  }
  if (!origins.empty()) return checkOrigin("Origin", origins.front(), request, settings, manner);

  const auto referers = request.fields("Referer");
  if (referers.empty()) {
    return wronglyPresented(
        manner, hub::Refusal::ForeignOrigin,
        "neither an Origin nor a Referer field, one of which a token in a cookie needs to publish");
  }
  const std::string origin = originOf(referers.front());
  if (referers.size() > 1 || origin.empty()) {
    // Not quoted: its query may hold a token.
    return wronglyPresented(
        manner, hub::Refusal::ForeignOrigin,
        "no Origin field, the Referer field names no origin, and the token came in a cookie");
  }
  return checkOrigin("Referer's origin", origin, request, settings, manner);
}

}  // namespace mercure::endpoint

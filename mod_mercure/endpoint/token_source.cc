#include "endpoint/token_source.h"

#include <algorithm>

#include "endpoint/ascii.h"
#include "endpoint/cookie.h"

namespace mercure::endpoint {

namespace {

using Found = tl::expected<std::optional<PresentedToken>, std::string>;

// Nothing shorter can be a signed token (P0-AUTH-06). A cookie is left to the verification.
constexpr std::size_t kShortestToken = 41;

Found checkLength(std::string_view token, TokenSource source) {
  if (token.size() < kShortestToken) {
    return tl::unexpected(std::string(source == TokenSource::Field ? "the Authorization field's token"
                                                                   : "the authorization parameter") +
                          " is under 41 characters, too short for a signed token");
  }
  return PresentedToken{std::string(token), source};
}

// Never quotes the value: a token sent without its scheme stands exactly there.
Found readAuthorization(const Request& request, std::string_view value) {
  const auto blank = std::min(value.find(' '), value.size());
  const auto scheme = value.substr(0, blank);
  const auto credentials = value.substr(std::min(blank + 1, value.size()));
  if (equalsIgnoringCase(scheme, "bearer")) return checkLength(credentials, TokenSource::Field);

  const bool basic = equalsIgnoringCase(scheme, "basic");
  if (!basic && !equalsIgnoringCase(scheme, "digest")) {
    return tl::unexpected(std::string("the Authorization field does not begin with Bearer and a space"));
  }
  if (!request.hasServersPassword()) {
    return tl::unexpected(
        std::string("the Authorization field carries a password that this server did not "
                    "ask for: expected Bearer and a token"));
  }
  // A server may join repeated fields with a comma, which no Basic credentials hold.
  if (basic && credentials.find(',') != std::string_view::npos) {
    return tl::unexpected(std::string("more than one Authorization field"));
  }
  return std::nullopt;
}

}  // namespace

Found findToken(const Request& request, std::span<const protocol::FormField> query,
                std::string_view cookieName) {
  const auto authorization = request.fields("Authorization");
  if (authorization.size() > 1) return tl::unexpected(std::string("more than one Authorization field"));
  if (authorization.size() == 1) {
    auto found = readAuthorization(request, authorization.front());
    if (!found || *found) return found;
  }

  const auto isToken = [](const protocol::FormField& field) { return field.name == "authorization"; };
  const auto parameter = std::find_if(query.begin(), query.end(), isToken);
  if (parameter != query.end()) {
    if (std::any_of(parameter + 1, query.end(), isToken)) {
      return tl::unexpected(std::string("more than one authorization parameter"));
    }
    return checkLength(parameter->value, TokenSource::Parameter);
  }

  for (const auto field : request.fields("Cookie")) {
    if (const auto value = cookieIn(field, cookieName)) {
      return PresentedToken{std::string(*value), TokenSource::Cookie};
    }
  }
  return std::nullopt;
}

}  // namespace mercure::endpoint

#include "endpoint/token_source.h"

#include <algorithm>

#include "auth/generation.h"
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
  const bool isBearer = equalsIgnoringCase(scheme, "bearer");
  const bool isBasic = equalsIgnoringCase(scheme, "basic");
  if (!isBearer && !isBasic && !equalsIgnoringCase(scheme, "digest")) {
    return tl::unexpected(std::string("the Authorization field does not begin with Bearer and a space"));
  }
  if (!isBearer && !request.hasServersPassword()) {
    return tl::unexpected(
        std::string("the Authorization field carries a password that this server did not "
                    "ask for: expected Bearer and a token"));
  }
  // A server may join repeated fields with a comma, which neither tokens nor Basic credentials hold.
  if ((isBearer || isBasic) && credentials.find(',') != std::string_view::npos) {
    return tl::unexpected(std::string("more than one Authorization field"));
  }
  if (isBearer) return checkLength(credentials, TokenSource::Field);
  return std::nullopt;
}

/// A 1.0 token is never taken from a URL, which ends up in logs (P1-AUTH-04).
bool isAccessToken(std::string_view text) {
  return auth::generationByHeader(text) == protocol::Generation::V1;
}

Found readParameter(std::span<const protocol::FormField> query, protocol::Protocol served) {
  if (served == protocol::Protocol::V1) return std::nullopt;
  const protocol::FormField* parameter = nullptr;
  for (const protocol::FormField& field : query) {
    if (field.name != "authorization") continue;
    if (served == protocol::Protocol::Any && isAccessToken(field.value)) continue;
    if (parameter != nullptr) return tl::unexpected(std::string("more than one authorization parameter"));
    parameter = &field;
  }
  if (parameter == nullptr) return std::nullopt;
  return checkLength(parameter->value, TokenSource::Parameter);
}

std::optional<PresentedToken> readCookie(const Request& request, std::string_view name) {
  for (const auto field : request.fields("Cookie"))
    if (const auto value = cookieIn(field, name))
      return PresentedToken{std::string(*value), TokenSource::Cookie, std::string(name)};
  return std::nullopt;
}

std::optional<PresentedToken> readCookies(const Request& request, const TokenPlaces& places) {
  std::optional<PresentedToken> found;
  if (places.served != protocol::Protocol::V0) found = readCookie(request, places.newCookie);
  if (!found && places.served != protocol::Protocol::V1) found = readCookie(request, places.oldCookie);
  return found;
}

}  // namespace

Found findToken(const Request& request, std::span<const protocol::FormField> query,
                const TokenPlaces& places) {
  const auto authorization = request.fields("Authorization");
  if (authorization.size() > 1) return tl::unexpected(std::string("more than one Authorization field"));
  if (authorization.size() == 1) {
    auto found = readAuthorization(request, authorization.front());
    if (!found || *found) return found;
  }
  auto found = readParameter(query, places.served);
  if (!found || *found) return found;
  return readCookies(request, places);
}

}  // namespace mercure::endpoint

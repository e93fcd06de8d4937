#include "endpoint/authorization.h"

#include "endpoint/cross_site.h"
#include "endpoint/refusal.h"
#include "endpoint/token_source.h"

namespace mercure::endpoint {

namespace {

hub::Refusal reasonOf(auth::TokenFault fault) {
  switch (fault) {
    case auth::TokenFault::Expired:
    case auth::TokenFault::NotYetValid:
      return hub::Refusal::ExpiredToken;
    case auth::TokenFault::Malformed:
    case auth::TokenFault::UnsupportedAlgorithm:
    case auth::TokenFault::CriticalHeader:
    case auth::TokenFault::BadSignature:
    case auth::TokenFault::InvalidClaims:
      break;
  }
  return hub::Refusal::InvalidToken;
}

std::string describe(TokenSource source, const Settings& settings) {
  switch (source) {
    case TokenSource::Field:
      return "Authorization field";
    case TokenSource::Parameter:
      return "authorization parameter";
    case TokenSource::Cookie:
      break;
  }
  return "cookie " + settings.cookieName;
}

Answer noToken(const Settings& settings) {
  return unauthorized(
      hub::Refusal::NoToken,
      "no token: neither an Authorization field, nor an authorization parameter, nor a cookie named " +
          settings.cookieName);
}

tl::expected<std::optional<PresentedToken>, Answer> find(const Request& request, Query query,
                                                         const Settings& settings) {
  return findToken(request, query, settings.cookieName).map_error([](const std::string& explanation) {
    return unauthorized(hub::Refusal::InvalidToken, explanation);
  });
}

tl::expected<auth::Grant, Answer> verify(const PresentedToken& token, std::span<const auth::Key> keys,
                                         const Request& request, const Environment& environment) {
  if (environment.settings.requireTls && !request.isEncrypted()) {
    return tl::unexpected(unauthorized(
        hub::Refusal::NotEncrypted,
        "a token over clear text, which MercureRequireTLS refuses: use https, and a new token, for this one "
        "could be read on its way"));
  }
  return auth::authenticate(token.text, keys, environment.now).map_error([&](const auth::TokenError& error) {
    return unauthorized(reasonOf(error.fault),
                        describe(token.source, environment.settings) + ": " + error.explanation);
  });
}

}  // namespace

tl::expected<auth::Grant, Answer> authorizePublisher(const Request& request, Query query,
                                                     const Environment& environment) {
  const Settings& settings = environment.settings;
  auto token = find(request, query, settings);
  if (!token) return tl::unexpected(std::move(token.error()));
  if (!*token) return tl::unexpected(noToken(settings));
  if ((*token)->source == TokenSource::Cookie) {
    auto refused = checkSource(request, settings);
    if (refused) return tl::unexpected(std::move(*refused));
  }
  return verify(**token, settings.publisherKeys, request, environment);
}

tl::expected<std::optional<auth::Grant>, Answer> authorizeSubscriber(const Request& request, Query query,
                                                                     const Environment& environment) {
  const Settings& settings = environment.settings;
  // Without a key no token means anything; such a hub is served to anonymous subscribers only (P0-ANON-05).
  if (settings.subscriberKeys.empty()) return std::nullopt;
  auto token = find(request, query, settings);
  if (!token) return tl::unexpected(std::move(token.error()));
  if (!*token) {
    if (settings.anonymous) return std::nullopt;
    return tl::unexpected(noToken(settings));
  }
  return verify(**token, settings.subscriberKeys, request, environment).map([](auth::Grant&& grant) {
    return std::optional(std::move(grant));
  });
}

}  // namespace mercure::endpoint

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

/// A token that this process has not verified lately.
Verified verifyAnew(const PresentedToken& token, std::span<const auth::Key> keys,
                    std::vector<std::string> auth::Grant::*list, const Environment& environment) {
  auto grant = auth::authenticate(token.text, keys, environment.now);
  if (!grant) {
    return tl::unexpected(
        unauthorized(reasonOf(grant.error().fault),
                     describe(token.source, environment.settings) + ": " + grant.error().explanation));
  }
  auto selectors = compileGranted((*grant).*list, environment.selectors);
  if (!selectors) return tl::unexpected(std::move(selectors.error()));
  return std::make_shared<const VerifiedToken>(VerifiedToken{std::move(*grant), std::move(*selectors)});
}

Verified verify(const PresentedToken& token, std::span<const auth::Key> keys,
                std::vector<std::string> auth::Grant::*list, TokenCache& cache, const Request& request,
                const Environment& environment) {
  if (environment.settings.requireTls && !request.isEncrypted()) {
    return tl::unexpected(unauthorized(
        hub::Refusal::NotEncrypted,
        "a token over clear text, which MercureRequireTLS refuses: use https, and a new token, for this one "
        "could be read on its way"));
  }
  if (auto known = cache.find(token.text, keys, environment.now)) return known;
  auto verified = verifyAnew(token, keys, list, environment);
  if (verified) cache.keep(token.text, *verified);
  return verified;
}

}  // namespace

Verified authorizePublisher(const Request& request, Query query, const Environment& environment) {
  const Settings& settings = environment.settings;
  auto token = find(request, query, settings);
  if (!token) return tl::unexpected(std::move(token.error()));
  if (!*token) return tl::unexpected(noToken(settings));
  if ((*token)->source == TokenSource::Cookie) {
    auto refused = checkSource(request, settings);
    if (refused) return tl::unexpected(std::move(*refused));
  }
  return verify(**token, settings.publisherKeys, &auth::Grant::publish, *settings.publisherTokens, request,
                environment);
}

Verified authorizeSubscriber(const Request& request, Query query, const Environment& environment) {
  const Settings& settings = environment.settings;
  // Without a key no token means anything; such a hub is served to anonymous subscribers only (P0-ANON-05).
  if (settings.subscriberKeys.empty()) return nullptr;
  auto token = find(request, query, settings);
  if (!token) return tl::unexpected(std::move(token.error()));
  if (!*token) {
    if (settings.anonymous) return nullptr;
    return tl::unexpected(noToken(settings));
  }
  return verify(**token, settings.subscriberKeys, &auth::Grant::subscribe, *settings.subscriberTokens,
                request, environment);
}

}  // namespace mercure::endpoint

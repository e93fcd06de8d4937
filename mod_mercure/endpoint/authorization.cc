#include "endpoint/authorization.h"

#include <chrono>

#include "auth/compact_jws.h"
#include "auth/generation.h"
#include "endpoint/cross_site.h"
#include "endpoint/explanation.h"
#include "endpoint/grants.h"
#include "endpoint/token_source.h"
#include "endpoint/verification.h"

namespace mercure::endpoint {

namespace {

using protocol::Generation;
using protocol::Protocol;

hub::Refusal reasonOf(auth::TokenFault fault) {
  const bool isTime = fault == auth::TokenFault::Expired || fault == auth::TokenFault::NotYetValid;
  return isTime ? hub::Refusal::ExpiredToken : hub::Refusal::InvalidToken;
}

std::string describe(const PresentedToken& token) {
  switch (token.source) {
    case TokenSource::Field:
      return "Authorization field";
    case TokenSource::Parameter:
      return "authorization parameter";
    case TokenSource::Cookie:
      break;
  }
  return "cookie " + token.cookie;
}

std::string describeAbsence(const Settings& settings) {
  switch (settings.protocol) {
    case Protocol::V0:
      return "no token: neither an Authorization field, nor an authorization parameter, nor a cookie named " +
             settings.oldCookie;
    case Protocol::V1:
      return "no token: neither an Authorization field nor a cookie named " + settings.newCookie;
    case Protocol::Any:
      break;
  }
  return "no token: neither an Authorization field, nor an authorization parameter of 0.x, nor a cookie "
         "named " +
         settings.newCookie + " or " + settings.oldCookie;
}

/// By whose rules a request is judged whose token can't be read at all (ANY-12, ANY-16).
Generation generationOfUnreadable(const Settings& settings) {
  return settings.protocol == Protocol::V0 ? Generation::V0 : Generation::V1;
}

/// What is no JWS at all is judged by 1.0's rules, a broken one by its header (ANY-16).
Generation generationOfBroken(std::string_view token, const Settings& settings) {
  const Generation unreadable = generationOfUnreadable(settings);
  if (settings.protocol != Protocol::Any) return unreadable;
  return auth::generationByHeader(token).value_or(unreadable);
}

/// One client's way in.
class Entrance {
 public:
  Entrance(Role role, const Request& request, const Environment& environment)
      : role_(role),
        request_(request),
        environment_(environment),
        client_{nullptr, Manner(request, environment.settings)} {}

  [[nodiscard]] const Settings& settings() const { return environment_.settings; }

  /// The token that counts, if there is one.
  tl::expected<std::optional<PresentedToken>, Answer> find(Query query) {
    auto found =
        findToken(request_, query, {settings().protocol, settings().oldCookie, settings().newCookie});
    if (found) return std::move(*found);
    client_.manner.generation = generationOfUnreadable(settings());
    return tl::unexpected(wronglyPresented(client_.manner, hub::Refusal::InvalidToken, found.error()));
  }

  [[nodiscard]] Answer refuseWithoutToken() const {
    return withoutToken(client_.manner, describeAbsence(settings()));
  }

  [[nodiscard]] Client anonymous() const { return client_; }

  /// What `token` allows.
  tl::expected<Client, Answer> admit(const PresentedToken& token) {
    const auto since = std::chrono::steady_clock::now();
    const std::uint64_t stamp = freshen(trust());
    client_.token = cache().find(token.text, stamp, environment_.now);
    const auto jws = client_.token == nullptr ? read(token) : auth::CompactJws{};
    if (client_.token != nullptr) client_.manner.generation = client_.token->grant.generation;

    // Before anything is said of the token: whoever made a browser send a cookie is to learn nothing.
    if (role_ == Role::Publisher && token.source == TokenSource::Cookie)
      if (auto refused = checkSource(request_, settings(), client_.manner))
        return tl::unexpected(std::move(*refused));
    if (settings().requireTls && !request_.isEncrypted()) return tl::unexpected(refuseClearText());
    if (!jws) return tl::unexpected(refuse(token, jws.error()));
    return client_.token != nullptr ? client_ : verify(token, *jws, stamp, since);
  }

 private:
  [[nodiscard]] const Trust& trust() const {
    return role_ == Role::Publisher ? settings().publishers : settings().subscribers;
  }
  [[nodiscard]] TokenCache& cache() const {
    return role_ == Role::Publisher ? *settings().publisherTokens : *settings().subscriberTokens;
  }

  /// Takes the token apart; from here on the client is answered by the rules of its generation.
  tl::expected<auth::CompactJws, auth::TokenError> read(const PresentedToken& token) {
    client_.manner.generation = generationOfUnreadable(settings());
    auto jws = auth::CompactJws::read(token.text);
    if (!jws) {
      client_.manner.generation = generationOfBroken(token.text, settings());
      return tl::unexpected(auth::TokenError{auth::TokenFault::Malformed, std::move(jws.error())});
    }
    const auto generation = auth::generationOf(*jws, settings().protocol);
    if (!generation) return tl::unexpected(generation.error());
    client_.manner.generation = *generation;
    return std::move(*jws);
  }

  tl::expected<Client, Answer> verify(const PresentedToken& token, const auth::CompactJws& jws,
                                      std::uint64_t stamp, RemoteKeySet::Moment since) {
    auto grant =
        verifyToken(jws, client_.manner.generation, trust(), settings().identity, environment_.now, since);
    if (!grant) return tl::unexpected(refuse(token, grant.error()));
    auto matchers = compileGrant(*grant, role_, settings().identity.url, environment_.matchers);
    if (!matchers) return tl::unexpected(refuse(token, matchers.error()));
    client_.token =
        std::make_shared<const VerifiedToken>(VerifiedToken{std::move(*grant), std::move(*matchers)});
    // Verified with keys no older than those of the stamp.
    cache().keep(token.text, stamp, client_.token);
    return client_;
  }

  [[nodiscard]] Answer refuse(const PresentedToken& token, const auth::TokenError& error) const {
    return invalidToken(client_.manner, reasonOf(error.fault),
                        describe(token) + ": " + error.explanation + explain(error.fault));
  }

  /// What an administrator can't tell from the token's fault alone.
  [[nodiscard]] std::string explain(auth::TokenFault fault) const {
    using auth::TokenFault;
    if (fault == TokenFault::WrongAudience)
      return ", expected " + excerpt(settings().identity.resourceFor(request_));
    const bool isAboutKeys = fault == TokenFault::UnsupportedAlgorithm || fault == TokenFault::UnknownKey ||
                             fault == TokenFault::BadSignature;
    // Many authorization servers write another typ than 1.0 asks for.
    if (isAboutKeys && client_.manner.isOld() && settings().servesMetadata())
      return " (judged as a token of 0.x, since its typ is not at+jwt)";
    return {};
  }

  [[nodiscard]] Answer refuse(const PresentedToken& token, const MatcherObjection& objection) const {
    const std::string explanation = describe(token) + ": what the token grants: " + objection.explanation;
    if (objection.reason == hub::MatcherRefusal::Reason::OutOfMemory)
      return refusal(503, hub::Refusal::Limit, explanation);
    return invalidToken(client_.manner, hub::Refusal::InvalidToken, explanation);
  }

  [[nodiscard]] Answer refuseClearText() const {
    return invalidToken(
        client_.manner, hub::Refusal::NotEncrypted,
        "a token over clear text, which MercureRequireTLS refuses: use https, and a new token, for this one "
        "could be read on its way");
  }

  Role role_;
  const Request& request_;
  const Environment& environment_;
  Client client_;
};

}  // namespace

tl::expected<Client, Answer> authorizePublisher(const Request& request, Query query,
                                                const Environment& environment) {
  Entrance entrance(Role::Publisher, request, environment);
  const auto token = entrance.find(query);
  if (!token) return tl::unexpected(token.error());
  if (!*token) return tl::unexpected(entrance.refuseWithoutToken());
  return entrance.admit(**token);
}

tl::expected<Client, Answer> authorizeSubscriber(const Request& request, Query query,
                                                 const Environment& environment) {
  Entrance entrance(Role::Subscriber, request, environment);
  // Without a key no token means anything; such a hub is served to anonymous subscribers only (P0-ANON-05).
  if (environment.settings.subscribers.empty()) return entrance.anonymous();
  const auto token = entrance.find(query);
  if (!token) return tl::unexpected(token.error());
  if (*token) return entrance.admit(**token);
  if (environment.settings.anonymous) return entrance.anonymous();
  return tl::unexpected(entrance.refuseWithoutToken());
}

}  // namespace mercure::endpoint

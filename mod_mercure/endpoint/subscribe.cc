#include "endpoint/subscribe.h"

#include <algorithm>
#include <string>

#include "endpoint/authorization.h"
#include "endpoint/cursor.h"
#include "endpoint/form_body.h"
#include "endpoint/matcher_parameters.h"
#include "endpoint/overload.h"
#include "endpoint/refusal.h"
#include "endpoint/stream_head.h"
#include "protocol/event_stream.h"
#include "protocol/form.h"
#include "protocol/identifier.h"
#include "protocol/notice.h"

namespace mercure::endpoint {

namespace {

/// A QUERY's body says the same as a query does (draft 08, "Subscription"); a body of any other request is
/// none of the hub's business.
tl::expected<std::vector<protocol::FormField>, Answer> readBodyOf(Request& request,
                                                                  const Environment& environment) {
  if (request.method() != "QUERY") return {};
  const Manner manner(request, environment.settings);
  auto form = readFormBody(request, environment.settings, manner);
  if (!form) return tl::unexpected(std::move(form.error()));
  if (!form->whyUnread) return std::move(form->fields);
  // Whoever declares no body may have none.
  const bool isDeclared = !request.fields("Content-Type").empty();
  if (!isDeclared && request.readBody(1).value_or("?").empty()) return {};
  return tl::unexpected(explainedRefusal(manner, 415, hub::Refusal::BadRequest, *form->whyUnread));
}

tl::expected<Matchers, Answer> compile(const MatcherParameters& parameters, const Manner& manner,
                                       const Environment& environment) {
  return compileMatchers(parameters.matchers, environment.settings.identity.url, environment.matchers)
      .map_error([&](const MatcherObjection& objection) {
        if (objection.reason == hub::MatcherRefusal::Reason::OutOfMemory)
          return refusal(503, hub::Refusal::Limit, objection.explanation);
        return explainedRefusal(manner, 400, hub::Refusal::BadRequest, objection.explanation);
      });
}

/// Whoever asks for the past must not be served without it, nor be told by a status after which a browser
/// never comes back.
Answer cannotReplay(const Request& request, const Settings& settings, const std::string& why) {
  return turnAway(request, settings, 503, hub::Refusal::Unavailable,
                  "what the subscriber missed can't be read from the history: " + why);
}

CursorAskers askersOf(const MatcherParameters& parameters, const Settings& settings) {
  return {parameters.hasTopics, parameters.hasMatchers, settings.protocol == protocol::Protocol::Any};
}

/// What the stream says of itself before anything else, where that is wanted.
std::string noticesOf(const hub::Subscription& subscription, const Cursor& cursor,
                      const Resumption& resumption) {
  std::string notices;
  if (!subscription.key) notices += protocol::encodeAnonymousNotice();
  if (cursor.asksForOne() && !resumption.isKnown) notices += protocol::encodeGapNotice();
  return notices;
}

}  // namespace

Answer subscribe(Request& request, const Environment& environment) {
  // Before anything is answered: what is published from now on must reach the stream.
  const auto end = environment.hub.end();
  const auto body = readBodyOf(request, environment);
  if (!body) return body.error();
  const auto query = protocol::decodeForm(request.query());
  const auto client = authorizeSubscriber(request, query, environment);
  if (!client) return client.error();

  hub::Subscription subscription;
  subscription.subscriberId = protocol::makeSubscriberId();
  if (client->token != nullptr) {
    subscription.rights = client->token->matchers;
    subscription.expires = client->token->grant.expires;
    subscription.key = client->token->grant.key;
    if (const auto mark = markOf(client->token->grant.issuer)) subscription.issuer = hub::beginningOf(*mark);
  }
  auto fields = query;
  fields.insert(fields.end(), body->begin(), body->end());
  const auto parameters = readMatcherParameters(fields, environment.settings);
  if (!parameters) return explainedRefusal(client->manner, 400, hub::Refusal::BadRequest, parameters.error());
  auto matchers = compile(*parameters, client->manner, environment);
  if (!matchers) return std::move(matchers.error());
  subscription.matchers = std::move(*matchers);

  const auto cursor = Cursor::read(request, fields);
  const auto resumption = resume(cursor, end, environment.hub);
  if (!resumption) return cannotReplay(request, environment.settings, resumption.error());
  subscription.start = resumption->start;

  Answer answer;
  answer.response = streamHead();
  answerCursor(cursor, *resumption, askersOf(*parameters, environment.settings), answer.response);
  if (request.method() == "HEAD") return answer;
  answer.response.body = protocol::kHeartbeat;
  if (environment.settings.streamNotices) {
    answer.response.body += noticesOf(subscription, cursor, *resumption);
    if (subscription.expires)
      subscription.noticesSince =
          std::clamp(client->token->grant.issued.value_or(environment.now), {}, environment.now);
  }
  answer.subscription = std::move(subscription);
  return answer;
}

}  // namespace mercure::endpoint

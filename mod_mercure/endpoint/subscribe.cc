#include "endpoint/subscribe.h"

#include <algorithm>
#include <string>

#include "endpoint/authorization.h"
#include "endpoint/cursor.h"
#include "endpoint/overload.h"
#include "endpoint/refusal.h"
#include "endpoint/selectors.h"
#include "endpoint/stream_head.h"
#include "protocol/event_stream.h"
#include "protocol/form.h"
#include "protocol/identifier.h"
#include "protocol/notice.h"

namespace mercure::endpoint {

namespace {

tl::expected<Selectors, Answer> readSelectors(Query query, const Environment& environment) {
  std::vector<std::string> texts;
  for (const auto& parameter : query) {
    if (parameter.name == "topic") texts.push_back(parameter.value);
  }
  if (texts.empty()) {
    return tl::unexpected(explainedRefusal(
        400, hub::Refusal::BadRequest, "missing \"topic\" parameter: expected at least one topic selector"));
  }
  const auto most = environment.settings.maxSelectors;
  if (texts.size() > most) {
    return tl::unexpected(explainedRefusal(400, hub::Refusal::BadRequest,
                                           std::to_string(texts.size()) + " \"topic\" parameters: at most " +
                                               std::to_string(most) + " are expected (MercureMaxSelectors)"));
  }
  return compileRequested(texts, environment.selectors);
}

/// Whoever asks for the past must not be served without it, nor be told by a status after which a browser
/// never comes back.
Answer cannotReplay(const Request& request, const Settings& settings, const std::string& why) {
  return turnAway(request, settings, 503, hub::Refusal::Unavailable,
                  "what the subscriber missed can't be read from the history: " + why);
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

Answer subscribe(const Request& request, const Environment& environment) {
  // Before anything is answered: what is published from now on must reach the stream.
  const auto end = environment.hub.end();
  const auto query = protocol::decodeForm(request.query());
  const auto token = authorizeSubscriber(request, query, environment);
  if (!token) return token.error();

  hub::Subscription subscription;
  subscription.subscriberId = protocol::makeSubscriberId();
  if (*token != nullptr) {
    subscription.rights = (*token)->selectors;
    subscription.expires = (*token)->grant.expires;
    subscription.key = (*token)->grant.key;
  }
  auto selectors = readSelectors(query, environment);
  if (!selectors) return std::move(selectors.error());
  subscription.selectors = std::move(*selectors);

  const auto cursor = Cursor::read(request, query);
  const auto resumption = resume(cursor, end, environment.hub);
  if (!resumption) return cannotReplay(request, environment.settings, resumption.error());
  subscription.start = resumption->start;

  Answer answer;
  answer.response = streamHead();
  answerCursor(cursor, *resumption, true, false, answer.response);
  if (request.method() == "HEAD") return answer;
  answer.response.body = protocol::kHeartbeat;
  if (environment.settings.streamNotices) {
    answer.response.body += noticesOf(subscription, cursor, *resumption);
    if (subscription.expires)
      subscription.noticesSince =
          std::clamp((*token)->grant.issued.value_or(environment.now), {}, environment.now);
  }
  answer.subscription = std::move(subscription);
  return answer;
}

}  // namespace mercure::endpoint

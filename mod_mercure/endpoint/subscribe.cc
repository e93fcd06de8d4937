#include "endpoint/subscribe.h"

#include <algorithm>
#include <string>

#include "endpoint/authorization.h"
#include "endpoint/refusal.h"
#include "endpoint/selectors.h"
#include "endpoint/stream_head.h"
#include "protocol/event_stream.h"
#include "protocol/form.h"
#include "protocol/identifier.h"

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

bool isPresent(Query query, std::string_view name) {
  return std::any_of(query.begin(), query.end(), [&](const protocol::FormField& parameter) {
    return parameter.name == name && !parameter.value.empty();
  });
}

// ANY-04. Without a history nothing can be replayed, whatever the cursor (P0-REC-12).
void answerCursor(const Request& request, Query query, Response& response) {
  const auto fields = request.fields("Last-Event-ID");
  const bool inField =
      std::any_of(fields.begin(), fields.end(), [](std::string_view value) { return !value.empty(); });
  const bool inNewParameter = isPresent(query, "last_event_id");
  if (inField || inNewParameter || isPresent(query, "lastEventID")) {
    response.fields.emplace_back("Last-Event-ID", "earliest");
  }
  if (inNewParameter) response.fields.emplace_back("Mercure-Last-Event-ID", "earliest");
}

}  // namespace

Answer subscribe(const Request& request, const Environment& environment) {
  // Before anything is answered: what is published from now on must reach the stream.
  const auto from = environment.hub.position();
  const auto query = protocol::decodeForm(request.query());
  const auto token = authorizeSubscriber(request, query, environment);
  if (!token) return token.error();

  hub::Subscription subscription;
  subscription.subscriberId = protocol::makeSubscriberId();
  subscription.from = from;
  if (*token != nullptr) {
    subscription.rights = (*token)->selectors;
    subscription.expires = (*token)->grant.expires;
    subscription.key = (*token)->grant.key;
  }
  auto selectors = readSelectors(query, environment);
  if (!selectors) return std::move(selectors.error());
  subscription.selectors = std::move(*selectors);

  Answer answer;
  answer.response = streamHead();
  answerCursor(request, query, answer.response);
  if (request.method() == "HEAD") return answer;
  answer.response.body = protocol::kHeartbeat;
  answer.subscription = std::move(subscription);
  return answer;
}

}  // namespace mercure::endpoint

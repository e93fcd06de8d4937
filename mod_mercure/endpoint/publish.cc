#include "endpoint/publish.h"

#include <algorithm>
#include <string>

#include "endpoint/authorization.h"
#include "endpoint/explanation.h"
#include "endpoint/form_body.h"
#include "endpoint/grants.h"
#include "endpoint/refusal.h"
#include "protocol/event_stream.h"
#include "protocol/form.h"
#include "protocol/publication.h"

namespace mercure::endpoint {

namespace {

/// ANY-18, ANY-23.
int statusOf(protocol::PublicationFault fault, const Manner& manner) {
  using Fault = protocol::PublicationFault;
  if (fault == Fault::ReservedTopic) return manner.isOld() ? 403 : 400;
  if (fault == Fault::TooManyTopics || fault == Fault::FieldTooLong) return manner.isOld() ? 400 : 413;
  return 400;
}

hub::Refusal reasonOf(protocol::PublicationFault fault, int status) {
  if (fault == protocol::PublicationFault::ReservedTopic) return hub::Refusal::ReservedTopic;
  return status == 413 ? hub::Refusal::TooLarge : hub::Refusal::BadRequest;
}

Answer refusePublication(const protocol::PublicationError& error, const FormBody& form,
                         const Manner& manner) {
  const int status = statusOf(error.fault, manner);
  std::string explanation = error.explanation;
  if (form.whyUnread) explanation += " (the body was not read: " + *form.whyUnread + ")";
  return explainedRefusal(manner, status, reasonOf(error.fault, status), explanation);
}

tl::expected<protocol::Publication, Answer> readUpdate(Request& request, const Settings& settings,
                                                       const Manner& manner) {
  const auto form = readFormBody(request, settings, manner);
  if (!form) return tl::unexpected(form.error());
  const protocol::PublicationRules rules{settings.maxTopics, settings.path, manner.generation,
                                         settings.protocol};
  return protocol::readPublication(form->fields, rules)
      .map_error(
          [&](const protocol::PublicationError& error) { return refusePublication(error, *form, manner); });
}

// Every topic must be covered (P0-TOK-11, P1-PUB-30).
tl::expected<void, Answer> checkRights(const Client& client, const std::vector<std::string>& topics) {
  const VerifiedToken& token = *client.token;
  const auto isCovered = [&](const std::string& topic) {
    protocol::TopicReading reading(topic);
    return std::any_of(token.matchers.begin(), token.matchers.end(),
                       [&](const hub::Matcher& matcher) { return matcher->matches(reading); });
  };
  const auto uncovered = std::find_if_not(topics.begin(), topics.end(), isCovered);
  if (uncovered == topics.end()) return {};
  return tl::unexpected(withoutRight(client.manner, "the token may publish to " +
                                                        describeGrant(token.grant, Role::Publisher) +
                                                        ", not to " + excerpt(*uncovered)));
}

Answer refusePublishing(const hub::PublishError& error, const Manner& manner) {
  using Kind = hub::PublishError::Kind;
  switch (error.kind) {
    case Kind::TooLargeForLog:
      return explainedRefusal(manner, 413, hub::Refusal::TooLarge,
                              "the update takes more than half of this hub's log (MercureLogSize)");
    case Kind::TooLargeForHistory:
      return explainedRefusal(manner, 413, hub::Refusal::TooLarge,
                              "the update is too large for this hub's history (MercureHistorySize)");
    case Kind::LogUnusable:
      return refusal(500, hub::Refusal::Unavailable, "the lock of this hub's log is unusable");
    case Kind::HistoryUnusable:
      break;
  }
  Answer answer = explainedRefusal(manner, 503, hub::Refusal::Unavailable,
                                   "the update could not be stored, so nobody receives it; try again later");
  answer.refused->explanation += ": " + hub::describe(error);
  answer.response.fields.emplace_back("Retry-After", kAfterMending);
  return answer;
}

Answer append(const protocol::Publication& update, hub::Hub& hub, const Manner& manner) {
  // Nobody reads a retired log any more: its hub has gone or lives on in another segment.
  if (hub.isRetired()) return refusal(500, hub::Refusal::Unavailable, "a reload has replaced this hub's log");
  const std::string event = protocol::encodeEvent(update);
  hub::RecordFlags flags;
  flags.isPrivate = update.isPrivate;
  const auto sequence = hub.publish({update.topics, update.id, event, flags});
  if (!sequence) return refusePublishing(sequence.error(), manner);

  Answer answer;
  answer.response.fields = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "private"}};
  answer.response.body = update.id;
  return answer;
}

}  // namespace

Answer publish(Request& request, const Environment& environment) {
  const auto query = protocol::decodeForm(request.query());
  const auto client = authorizePublisher(request, query, environment);
  if (!client) return client.error();
  const auto update = readUpdate(request, environment.settings, client->manner);
  if (!update) return update.error();
  const auto allowed = checkRights(*client, update->topics);
  if (!allowed) return allowed.error();
  return append(*update, environment.hub, client->manner);
}

}  // namespace mercure::endpoint

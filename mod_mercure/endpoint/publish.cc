#include "endpoint/publish.h"

#include <algorithm>
#include <string>

#include "endpoint/authorization.h"
#include "endpoint/explanation.h"
#include "endpoint/media_type.h"
#include "endpoint/refusal.h"
#include "endpoint/selectors.h"
#include "protocol/event_stream.h"
#include "protocol/form.h"
#include "protocol/publication.h"

namespace mercure::endpoint {

namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

/// A body read as a form; empty, and why, when it is none.
struct Form {
  std::vector<protocol::FormField> fields;
  std::string whyUnread;
};

Answer badRequest(std::string_view explanation) {
  return explainedRefusal(400, hub::Refusal::BadRequest, explanation);
}

Answer refuseBody(BodyFault fault, const Settings& settings) {
  switch (fault) {
    case BodyFault::TooLarge:
      return explainedRefusal(413, hub::Refusal::TooLarge,
                              "the body is larger than the " + std::to_string(settings.maxUpdateSize) +
                                  " bytes that this hub takes (MercureMaxUpdateSize)");
    case BodyFault::TimedOut:
      return explainedRefusal(408, hub::Refusal::BadRequest, "the body did not arrive in time");
    case BodyFault::Incomplete:
      return badRequest("the body ended early, so nothing was published");
    case BodyFault::Malformed:
      break;
  }
  return badRequest("the body's framing is broken");
}

tl::expected<Form, Answer> readForm(Request& request, const Settings& settings) {
  const auto types = request.fields("Content-Type");
  if (types.empty()) return Form{{}, "there is no Content-Type field"};
  const auto type = types.size() == 1 ? mediaTypeOf(types.front()) : std::nullopt;
  if (!type) return tl::unexpected(badRequest("the Content-Type field is not one media type"));
  if (*type != kFormType) return Form{{}, "the Content-Type is " + excerpt(*type)};
  const auto body = request.readBody(settings.maxUpdateSize);
  if (!body) return tl::unexpected(refuseBody(body.error(), settings));
  return Form{protocol::decodeForm(*body), {}};
}

Answer refusePublication(const protocol::PublicationError& error, const std::string& whyUnread) {
  if (error.fault == protocol::PublicationFault::ReservedTopic) {
    return explainedRefusal(403, hub::Refusal::ReservedTopic, error.explanation);
  }
  if (whyUnread.empty()) return badRequest(error.explanation);
  return badRequest(error.explanation + " (the body was not read: " + whyUnread + ", not " +
                    std::string(kFormType) + ")");
}

tl::expected<protocol::Publication, Answer> readUpdate(Request& request, const Settings& settings) {
  const auto form = readForm(request, settings);
  if (!form) return tl::unexpected(form.error());
  const protocol::PublicationRules rules{settings.maxTopics, settings.path};
  return protocol::readPublication(form->fields, rules)
      .map_error(
          [&](const protocol::PublicationError& error) { return refusePublication(error, form->whyUnread); });
}

// Every topic must be covered (P0-TOK-11). In 0.x a missing right is a 401 too (P0-PUB-34).
tl::expected<void, Answer> checkRights(const VerifiedToken& token, const std::vector<std::string>& topics) {
  const auto isCovered = [&](const std::string& topic) {
    return std::any_of(token.selectors.begin(), token.selectors.end(),
                       [&](const hub::Selector& selector) { return selector->matches(topic); });
  };
  const auto uncovered = std::find_if_not(topics.begin(), topics.end(), isCovered);
  if (uncovered == topics.end()) return {};
  return tl::unexpected(
      unauthorized(hub::Refusal::MissingGrant, "the token may publish to " + listing(token.grant.publish) +
                                                   " (mercure.publish), not to " + excerpt(*uncovered)));
}

Answer refusePublishing(const hub::PublishError& error) {
  using Kind = hub::PublishError::Kind;
  switch (error.kind) {
    case Kind::TooLargeForLog:
      return explainedRefusal(413, hub::Refusal::TooLarge,
                              "the update takes more than half of this hub's log (MercureLogSize)");
    case Kind::TooLargeForHistory:
      return explainedRefusal(413, hub::Refusal::TooLarge,
                              "the update is too large for this hub's history (MercureHistorySize)");
    case Kind::LogUnusable:
      return refusal(500, hub::Refusal::Unavailable, "the lock of this hub's log is unusable");
    case Kind::HistoryUnusable:
      break;
  }
  Answer answer = explainedRefusal(503, hub::Refusal::Unavailable,
                                   "the update could not be stored, so nobody receives it; try again later");
  answer.refused->explanation += ": " + hub::describe(error);
  answer.response.fields.emplace_back("Retry-After", kAfterMending);
  return answer;
}

Answer append(const protocol::Publication& update, hub::Hub& hub) {
  // Nobody reads a retired log any more: its hub has gone or lives on in another segment.
  if (hub.isRetired()) return refusal(500, hub::Refusal::Unavailable, "a reload has replaced this hub's log");
  const std::string event = protocol::encodeEvent(update);
  hub::RecordFlags flags;
  flags.isPrivate = update.isPrivate;
  const auto sequence = hub.publish({update.topics, update.id, event, flags});
  if (!sequence) return refusePublishing(sequence.error());

  Answer answer;
  answer.response.fields = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "private"}};
  answer.response.body = update.id;
  return answer;
}

}  // namespace

Answer publish(Request& request, const Environment& environment) {
  const auto query = protocol::decodeForm(request.query());
  const auto token = authorizePublisher(request, query, environment);
  if (!token) return token.error();
  const auto update = readUpdate(request, environment.settings);
  if (!update) return update.error();
  const auto allowed = checkRights(**token, update->topics);
  if (!allowed) return allowed.error();
  return append(*update, environment.hub);
}

}  // namespace mercure::endpoint

#include "mercurectl/match.h"

#include <new>
#include <utility>

#include "protocol/form.h"
#include "protocol/generation.h"
#include "protocol/matcher_text.h"
#include "protocol/reserved_topic.h"
#include "protocol/topic.h"
#include "protocol/topic_matcher.h"
#include "protocol/url.h"
#include "protocol/utf8.h"

namespace mercure::mercurectl {

namespace {

using protocol::FormField;
using protocol::Generation;
using protocol::MatcherType;
using protocol::TopicMatcher;

/// A text as it is once it has come to the hub in a form.
FormField fieldOf(std::string name, std::string_view text) {
  return {std::move(name), protocol::replaceBrokenUtf8(std::string(text)), protocol::isValidUtf8(text)};
}

std::string objectionTo(const FormField& pattern, protocol::MatcherTextFault fault) {
  switch (fault) {
    case protocol::MatcherTextFault::TooLong:
      return "the pattern has " + std::to_string(pattern.value.size()) + " bytes, at most " +
             std::to_string(protocol::kDefaultMaxMatcherLength) +
             " are expected where MercureMaxMatcherLength is not set";
    case protocol::MatcherTextFault::NotUtf8:
      return "the pattern is not UTF-8";
    case protocol::MatcherTextFault::ControlOrFormat:
      break;
  }
  return "the pattern holds a control or format character";
}

tl::expected<TopicMatcher, std::string> compile(MatcherType type, const FormField& pattern,
                                                const HubUrl& hub) {
  if (type != MatcherType::Selector) {
    const auto fault = protocol::checkMatcherText(pattern, protocol::kDefaultMaxMatcherLength);
    if (fault) return tl::unexpected(objectionTo(pattern, *fault));
  }
  try {
    auto matcher = TopicMatcher::compile(type, pattern.value, hub.text);
    if (!matcher) return tl::unexpected("the pattern is refused: " + matcher.error().explanation);
    return *std::move(matcher);
  } catch (const std::bad_alloc&) {
    return tl::unexpected<std::string>("there is no memory left for the pattern");
  }
}

}  // namespace

std::optional<HubUrl> readHubUrl(std::string_view text) {
  const auto url = protocol::parseUrl(text);
  if (!url || (url->scheme != "http" && url->scheme != "https")) return std::nullopt;
  return HubUrl{url->href(), url->path == "/" ? std::string(protocol::kDefaultHubPath) : url->path};
}

std::optional<MatcherType> readMatcherType(std::string_view name) {
  if (name == "exact") return MatcherType::Exact;
  if (name == "urlpattern") return MatcherType::UrlPattern;
  if (name == "template") return MatcherType::Selector;
  return std::nullopt;
}

tl::expected<bool, std::string> judge(const Question& question, const HubUrl& hub) {
  const auto generation = question.type == MatcherType::Selector ? Generation::V0 : Generation::V1;
  const auto matcher = compile(question.type, fieldOf("match", question.pattern), hub);
  if (!matcher) return tl::unexpected(matcher.error());
  const FormField topic = fieldOf("topic", question.topic);
  if (const auto objection = protocol::checkTopic(topic, hub.path, generation))
    return tl::unexpected("the topic is refused: " + objection->explanation);
  return matcher->matches(topic.value);
}

}  // namespace mercure::mercurectl

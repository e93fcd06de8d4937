// A line with a selector of 0.x, and a topic.
#include <string>

#include "protocol/topic_matcher.h"
#include "target.h"

namespace mercure::fuzz {

namespace {

using protocol::TopicMatcher;

constexpr std::string_view kHub = "https://www.example.com/.well-known/mercure";
constexpr std::size_t kMostMemory = std::size_t{2} * 1024 * 1024;

}  // namespace

void tryInput(std::string_view input) {
  const auto [text, topic] = splitLine(input);
  const auto matcher = TopicMatcher::compile(protocol::MatcherType::Selector, text, kHub);
  if (!matcher) return require(text.find('{') != std::string_view::npos, "only a template is refused");
  require(matcher->text() == text, "a selector keeps its text");
  require(matcher->matches(text), "a selector covers its own text");
  require(matcher->memory() <= kMostMemory + 2 * text.size(), "a selector stays small");
  require(matcher->kind() == TopicMatcher::Kind::Everything || topic == text || !matcher->matches(topic) ||
              topic.starts_with(matcher->literalPrefix()),
          "what it covers begins with its literal prefix");
  require(matcher->kind() != TopicMatcher::Kind::Exact || matcher->matches(topic) == (topic == text),
          "an exact selector covers its own text alone");
}

}  // namespace mercure::fuzz

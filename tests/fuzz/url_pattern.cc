// A line with a pattern, and a topic: both compile the same twice, and a URL matches however it is written.
#include "protocol/url_pattern.h"

#include <string>

#include "protocol/matcher_text.h"
#include "target.h"

namespace mercure::fuzz {

namespace {

using protocol::UrlPattern;

constexpr std::string_view kHub = "https://www.example.com/.well-known/mercure";
constexpr std::size_t kMostMemory = std::size_t{2} * 1024 * 1024;

void checkError(const protocol::UrlPatternError& error) {
  require(!error.explanation.empty() && error.explanation.find_first_of("\r\n") == std::string::npos,
          "an explanation is one line");
}

void checkMatching(const UrlPattern& pattern, const UrlPattern& twin, std::string_view topic) {
  const auto hub = protocol::parseUrl(kHub);
  const bool matches = pattern.matches(topic);
  require(twin.matches(topic) == matches, "a pattern compiles the same twice");
  protocol::TopicReading reading(topic);
  const auto* const url = reading.url(&*hub);
  require(url != nullptr || !matches, "what is no URL matches no pattern");
  if (url == nullptr) return;
  require(url->path.starts_with(pattern.pathPrefix()) || !matches, "the paths begin as the pattern says");
  require(pattern.matches(url->href()) == matches, "it matches whichever way it is written");
}

}  // namespace

void tryInput(std::string_view input) {
  const auto [text, topic] = splitLine(input);
  if (text.size() > protocol::kDefaultMaxMatcherLength) return;
  const auto pattern = UrlPattern::compile(text, kHub);
  const auto twin = UrlPattern::compile(text, kHub);
  require(pattern.has_value() == twin.has_value(), "a pattern compiles twice or never");
  if (!pattern) return checkError(pattern.error());
  require(pattern->memory() <= kMostMemory, "a pattern stays small");
  checkMatching(*pattern, *twin, topic);
}

}  // namespace mercure::fuzz

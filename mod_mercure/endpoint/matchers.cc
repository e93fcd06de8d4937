#include "endpoint/matchers.h"

#include "endpoint/explanation.h"

namespace mercure::endpoint {

namespace {

std::string_view nameOf(protocol::MatcherType type) {
  switch (type) {
    case protocol::MatcherType::Selector:
      return "topic selector ";
    case protocol::MatcherType::UrlPattern:
      return "URL pattern ";
    case protocol::MatcherType::Exact:
      break;
  }
  return "matcher ";
}

std::string explain(const protocol::MatcherText& matcher, const hub::MatcherRefusal& refusal) {
  using Reason = hub::MatcherRefusal::Reason;
  const std::string which = std::string(nameOf(matcher.type)) + excerpt(matcher.text);
  switch (refusal.reason) {
    case Reason::Invalid:
      return "the " + which + " is not valid: " + refusal.explanation;
    case Reason::TooComplex:
      return "the " + which + " is too complex to match";
    case Reason::OutOfMemory:
      break;
  }
  return "this process has no memory left for the " + which;
}

}  // namespace

tl::expected<Matchers, MatcherObjection> compileMatchers(std::span<const protocol::MatcherText> texts,
                                                         std::string_view hubUrl, hub::MatcherCache& cache) {
  Matchers matchers;
  matchers.reserve(texts.size());
  for (const protocol::MatcherText& each : texts) {
    auto matcher = cache.get(each.type, each.text, hubUrl);
    if (!matcher)
      return tl::unexpected(MatcherObjection{matcher.error().reason, explain(each, matcher.error())});
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

}  // namespace mercure::endpoint

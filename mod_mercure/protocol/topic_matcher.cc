#include "protocol/topic_matcher.h"

#include <utility>

#include "protocol/uri_template.h"
#include "protocol/url_pattern.h"

namespace mercure::protocol {

TopicMatcher::TopicMatcher(Kind kind, std::string_view text) : kind_(kind), text_(text) {
  if (kind == Kind::Exact) prefixLength_ = text.size();
}
TopicMatcher::TopicMatcher(TopicMatcher&&) noexcept = default;
TopicMatcher& TopicMatcher::operator=(TopicMatcher&&) noexcept = default;
TopicMatcher::~TopicMatcher() = default;

tl::expected<TopicMatcher, MatcherError> TopicMatcher::compile(MatcherType type, std::string_view text,
                                                               std::string_view hubUrl) {
  if (text == "*") return TopicMatcher(Kind::Everything, text);
  switch (type) {
    case MatcherType::Selector:
      return compileTemplate(text);
    case MatcherType::UrlPattern:
      return compileUrlPattern(text, hubUrl);
    case MatcherType::Exact:
      break;
  }
  return TopicMatcher(Kind::Exact, text);
}

tl::expected<TopicMatcher, MatcherError> TopicMatcher::compileTemplate(std::string_view text) {
  if (text.find('{') == std::string_view::npos) return TopicMatcher(Kind::Exact, text);
  const MatcherError tooComplex{MatcherFault::TooComplex, "the URI Template is too complex to match"};

  const auto uriTemplate =
      translateUriTemplate(text, LinearExpression::instructionsFor(LinearExpression::kMaxMemory));
  if (!uriTemplate) {
    if (uriTemplate.error() == UriTemplateFault::NotATemplate) return TopicMatcher(Kind::Exact, text);
    return tl::make_unexpected(tooComplex);
  }
  auto expression = LinearExpression::compile(uriTemplate->pattern, uriTemplate->instructions);
  if (!expression) return tl::make_unexpected(tooComplex);

  TopicMatcher matcher(Kind::Template, text);
  matcher.prefixLength_ = uriTemplate->prefixLength;
  matcher.patternMemory_ = expression->memory();
  matcher.template_ = *std::move(expression);
  return matcher;
}

tl::expected<TopicMatcher, MatcherError> TopicMatcher::compileUrlPattern(std::string_view text,
                                                                         std::string_view hubUrl) {
  auto pattern = UrlPattern::compile(text, hubUrl);
  if (!pattern) {
    const bool isInvalid = pattern.error().fault == UrlPatternFault::Invalid;
    return tl::make_unexpected(MatcherError{isInvalid ? MatcherFault::Invalid : MatcherFault::TooComplex,
                                            std::move(pattern.error().explanation)});
  }
  TopicMatcher matcher(Kind::UrlPattern, text);
  matcher.patternMemory_ = pattern->memory();
  matcher.urlPattern_ = std::make_unique<const UrlPattern>(std::move(*pattern));
  return matcher;
}

bool TopicMatcher::matches(std::string_view topic) const {
  TopicReading reading(topic);
  return matches(reading);
}

bool TopicMatcher::matches(TopicReading& topic) const {
  switch (kind_) {
    case Kind::Everything:
      return true;
    case Kind::UrlPattern:
      return urlPattern_->matches(topic);
    case Kind::Exact:
    case Kind::Template:
      break;
  }
  const std::string_view text = topic.text();
  if (text == text_) return true;  // whatever kind of selector it is (draft 07, "Topic Selectors")
  if (kind_ == Kind::Exact || !text.starts_with(literalPrefix())) return false;
  return template_->matches(text.substr(prefixLength_));
}

std::string_view TopicMatcher::literalPrefix() const noexcept {
  return std::string_view(text_).substr(0, prefixLength_);
}

std::size_t TopicMatcher::memory() const noexcept {
  return sizeof(TopicMatcher) + text_.capacity() + 1 + patternMemory_;
}

}  // namespace mercure::protocol

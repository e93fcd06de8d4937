#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/linear_expression.h"
#include "protocol/matcher_type.h"
#include "protocol/topic_reading.h"

namespace mercure::protocol {

class UrlPattern;

enum class MatcherFault {
  Invalid,     ///< the text is no pattern
  TooComplex,  ///< it would need more memory than a single matcher may have
};

struct MatcherError {
  MatcherFault fault;
  std::string explanation;  ///< one line for whoever wrote the matcher; never a compiler's own words
};

/// What a subscription asks for or a token grants: a topic selector of the 0.x protocol (draft 07, "Topic
/// Selectors") or a matcher of 1.0 ("Matcher Types"). Immutable once made, so any thread may match with it.
class TopicMatcher {
 public:
  enum class Kind { Everything, Exact, Template, UrlPattern };

  /// Reads `text` and compiles it when it is a template or a pattern; relative patterns, and relative topics
  /// under a pattern, are resolved against `hubUrl` (ANY-47). A selector that is no valid template is an
  /// exact topic. Matching time is linear in the topic, whatever the text says.
  [[nodiscard]] static tl::expected<TopicMatcher, MatcherError> compile(MatcherType type,
                                                                        std::string_view text,
                                                                        std::string_view hubUrl);

  TopicMatcher(TopicMatcher&&) noexcept;
  TopicMatcher& operator=(TopicMatcher&&) noexcept;
  TopicMatcher(const TopicMatcher&) = delete;
  TopicMatcher& operator=(const TopicMatcher&) = delete;
  ~TopicMatcher();

  /// Whether it covers `topic`: anything, an equal one byte for byte, one that the template can produce (or
  /// that is its text), or one that the pattern matches as a URL.
  [[nodiscard]] bool matches(std::string_view topic) const;

  /// The same for a topic that others are asked about too.
  [[nodiscard]] bool matches(TopicReading& topic) const;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// What every topic that it covers begins with: the whole text of an exact one, the beginning of a
  /// template, nothing for the others. Lives as long as this object.
  [[nodiscard]] std::string_view literalPrefix() const noexcept;

  /// The pattern that it is, if it is one. Lives as long as this object.
  [[nodiscard]] const UrlPattern* urlPattern() const noexcept { return urlPattern_.get(); }

  /// The bytes it may come to use, at most: what a cache charges for it.
  [[nodiscard]] std::size_t memory() const noexcept;

 private:
  TopicMatcher(Kind kind, std::string_view text);

  static tl::expected<TopicMatcher, MatcherError> compileTemplate(std::string_view text);
  static tl::expected<TopicMatcher, MatcherError> compileUrlPattern(std::string_view text,
                                                                    std::string_view hubUrl);

  Kind kind_;
  std::string text_;
  std::size_t prefixLength_ = 0;
  std::size_t patternMemory_ = 0;
  std::optional<LinearExpression> template_;
  std::unique_ptr<const UrlPattern> urlPattern_;
};

}  // namespace mercure::protocol

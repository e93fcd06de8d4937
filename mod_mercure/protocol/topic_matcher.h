#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace re2 {
class RE2;
}

namespace mercure::protocol {

/// Why a selector cannot be served; the only one there is: the template would need more memory than a
/// single selector may have.
enum class SelectorFault { TooComplex };

/// A topic selector of the 0.x protocol: `*`, an exact topic, or a URI Template (RFC 6570, all four levels).
/// A text that is not a valid template is an exact topic (draft 07, "Topic Selectors").
/// Immutable once made, so any thread may match with it.
class TopicSelector {
 public:
  enum class Kind { Everything, Exact, Template };

  /// Reads `text` and compiles it when it is a template. Matching time is linear in the topic, whatever
  /// the template says.
  [[nodiscard]] static tl::expected<TopicSelector, SelectorFault> compile(std::string_view text);

  TopicSelector(TopicSelector&&) noexcept;
  TopicSelector& operator=(TopicSelector&&) noexcept;
  TopicSelector(const TopicSelector&) = delete;
  TopicSelector& operator=(const TopicSelector&) = delete;
  ~TopicSelector();

  /// Whether the selector covers `topic`: equal byte for byte, or producible by the template.
  [[nodiscard]] bool matches(std::string_view topic) const;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// What every topic that the template can produce begins with (the whole text of an exact selector, empty
  /// for `*`). The template's own text, which it matches too, begins with it as well. Lives as long as this
  /// object.
  [[nodiscard]] std::string_view literalPrefix() const noexcept;

  /// The bytes this selector may come to use, at most: what a cache charges for it.
  [[nodiscard]] std::size_t memory() const noexcept;

 private:
  TopicSelector(Kind kind, std::string text);

  Kind kind_;
  std::string text_;
  std::size_t prefixLength_ = 0;
  std::size_t patternMemory_ = 0;
  std::unique_ptr<re2::RE2> pattern_;
};

}  // namespace mercure::protocol

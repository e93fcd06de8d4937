#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "protocol/linear_expression.h"
#include "protocol/url_pattern_error.h"
#include "protocol/url_pattern_parts.h"

namespace mercure::protocol {

/// What a pattern says of one component of a URL (URL Pattern standard,
/// https://urlpattern.spec.whatwg.org/#component). Immutable; any thread may match with it.
class UrlPatternComponent {
 public:
  /// "Compile a component" (https://urlpattern.spec.whatwg.org/#compile-a-component), into no more than about
  /// `memory` bytes. May throw std::bad_alloc.
  [[nodiscard]] static tl::expected<UrlPatternComponent, UrlPatternError> compile(
      std::string_view pattern, const UrlPatternOptions& options, const EncodingCallback& encode,
      std::size_t memory);

  /// `text` is the component as a URL record has it, which is ASCII. Linear in its length.
  [[nodiscard]] bool matches(std::string_view text) const;

  /// What every text that it matches begins with. Lives as long as this object.
  [[nodiscard]] std::string_view literalPrefix() const noexcept { return prefix_; }

  /// "Protocol component matches a special scheme": whether it matches any.
  [[nodiscard]] bool matchesSpecialScheme() const;

  /// The bytes that it may come to use on the heap, at most.
  [[nodiscard]] std::size_t memory() const noexcept;

 private:
  // What follows the prefix. Most components need no expression, which takes thousands of bytes.
  enum class Rest { Nothing, Anything, Segment, Expression };

  UrlPatternComponent() = default;

  static Rest restOf(const std::vector<UrlPatternPart>& parts);

  std::string prefix_;
  Rest rest_ = Rest::Nothing;
  char delimiter_ = '\0';  // what ends a segment; no component holds a NUL
  std::optional<LinearExpression> expression_;
};

}  // namespace mercure::protocol

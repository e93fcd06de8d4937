#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace mercure::protocol {

/// A URI Template (RFC 6570, all levels) made ready for matching: the text that every expansion begins with,
/// and a regular expression for all that follows it.
struct UriTemplate {
  std::size_t prefixLength = 0;  ///< bytes of the template, before its first expression or non-ASCII literal
  std::string pattern;           ///< in RE2's syntax, for Latin-1: one character is one byte
  std::size_t instructions = 0;  ///< no fewer than RE2 compiles the pattern to
};

enum class UriTemplateFault { NotATemplate, TooComplex };

/// Reads `text`, which has to hold an expression; an error of syntax makes it no template. Of a pattern of
/// more than `maxInstructions` not even the text is made. The pattern accepts what the template can produce
/// and, as each value is judged by its bytes alone, a little more: names and prefix lengths are not looked
/// at, and one variable may have two values in two places. Non-ASCII literals match raw and percent-encoded.
[[nodiscard]] tl::expected<UriTemplate, UriTemplateFault> translateUriTemplate(std::string_view text,
                                                                               std::size_t maxInstructions);

}  // namespace mercure::protocol

#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace mercure::protocol {

enum class UrlPatternFault {
  Invalid,     ///< the standard does not let it compile, or it needs what linear matching can't give
  TooComplex,  ///< it would need more memory than a single pattern may have
};

/// Why a URL pattern cannot be served.
struct UrlPatternError {
  UrlPatternFault fault;
  std::string explanation;  ///< one line for whoever wrote the pattern; nothing of the pattern is in it
};

[[nodiscard]] inline tl::unexpected<UrlPatternError> invalidUrlPattern(std::string_view explanation) {
  return tl::make_unexpected(UrlPatternError{UrlPatternFault::Invalid, std::string(explanation)});
}

[[nodiscard]] inline tl::unexpected<UrlPatternError> tooComplexUrlPattern() {
  return tl::make_unexpected(
      UrlPatternError{UrlPatternFault::TooComplex, "the URL pattern is too complex to match"});
}

}  // namespace mercure::protocol

#pragma once

#include <string>

namespace mercure::protocol {

/// How a matcher's text is read.
enum class MatcherType {
  Selector,    ///< 0.x: `*`, a URI Template (RFC 6570, all four levels), or else an exact topic
  Exact,       ///< 1.0: `*`, or else an exact topic, whatever braces it holds
  UrlPattern,  ///< 1.0: `*`, or else a pattern of the URL Pattern standard
};

/// A matcher as a subscriber or an issuer wrote it, not compiled.
struct MatcherText {
  MatcherType type;
  std::string text;
};

}  // namespace mercure::protocol

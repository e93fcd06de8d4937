#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "hub/matcher_cache.h"

namespace mercure::endpoint {

using Matchers = std::vector<hub::Matcher>;

/// Why a list of matchers can't be served.
struct MatcherObjection {
  hub::MatcherRefusal::Reason reason;
  std::string explanation;  ///< one line that names the matcher
};

/// Compiles `texts`, or takes from `cache` what is compiled already, in their order. Relative patterns are
/// below `hubUrl`.
[[nodiscard]] tl::expected<Matchers, MatcherObjection> compileMatchers(
    std::span<const protocol::MatcherText> texts, std::string_view hubUrl, hub::MatcherCache& cache);

}  // namespace mercure::endpoint

#pragma once

#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "endpoint/endpoint.h"
#include "protocol/form.h"
#include "protocol/matcher_type.h"

namespace mercure::endpoint {

/// What a subscriber asks for, not compiled (ANY-02).
struct MatcherParameters {
  std::vector<protocol::MatcherText> matchers;  ///< at least one, in the request's order
  bool hasTopics = false;                       ///< 0.x: `topic`
  bool hasMatchers = false;                     ///< 1.0: `match`, `match_exact`, `match_urlpattern`
};

/// Reads the parameters of a subscription by the rules of the generations that are served. Names that begin
/// with `match` in any case are 1.0's own, so that others of them are errors (draft 08, "Subscription"). The
/// error is one line for the client.
[[nodiscard]] tl::expected<MatcherParameters, std::string> readMatcherParameters(
    std::span<const protocol::FormField> fields, const Settings& settings);

}  // namespace mercure::endpoint

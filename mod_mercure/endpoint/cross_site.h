#pragma once

#include <optional>

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/refusal.h"
#include "endpoint/request.h"

namespace mercure::endpoint {

/// Protects publishing with a cookie, which a browser sends along whichever site asks it to, from cross-site
/// request forgery (drafts 07 and 08, "Security Considerations"): the page must come from the hub's own
/// origin or a listed one, by `Origin` or else by `Referer`. The refusal, or none when the source may
/// publish.
[[nodiscard]] std::optional<Answer> checkSource(const Request& request, const Settings& settings,
                                                const Manner& manner);

}  // namespace mercure::endpoint

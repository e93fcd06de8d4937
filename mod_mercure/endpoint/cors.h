#pragma once

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"

namespace mercure::endpoint {

/// Whether the request is a preflight (Fetch standard, "CORS-preflight request") that this hub answers:
/// without a list of origins it answers none.
[[nodiscard]] bool isServedPreflight(const Request& request, const Settings& settings);

/// The answer to a preflight: what was asked for, or no permission at all.
[[nodiscard]] Answer answerPreflight(const Request& request, const Settings& settings);

/// Lets pages of the allowed origins read `response`, an answer to anything but a preflight; nothing without
/// a list of origins.
void addCorsFields(const Request& request, const Settings& settings, Response& response);

}  // namespace mercure::endpoint

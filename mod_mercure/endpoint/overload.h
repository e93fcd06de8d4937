#pragma once

#include <string_view>

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"

namespace mercure::endpoint {

/// Sends a subscriber away for a while, since a limit is reached or what it asks for can't be had now. With
/// Overload::Retry, who asked for an event stream gets one that only says when to come back, for a browser's
/// EventSource never does after an error. Everybody else gets `status`, and when to come back in
/// `Retry-After`.
[[nodiscard]] Answer turnAway(const Request& request, const Settings& settings, int status,
                              hub::Refusal reason, std::string_view explanation);

}  // namespace mercure::endpoint

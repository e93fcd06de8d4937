#pragma once

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"

namespace mercure::endpoint {

/// Authorises a subscription and gives the head of its stream (draft 07, "Subscription"): what a `GET` asks
/// for, or for a `HEAD` the head alone.
[[nodiscard]] Answer subscribe(const Request& request, const Environment& environment);

}  // namespace mercure::endpoint

#pragma once

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"

namespace mercure::endpoint {

/// Authorises a subscription and gives the head of its stream (drafts 07 and 08, "Subscription"): what a
/// `GET` or a `QUERY` asks for, or for a `HEAD` the head alone.
[[nodiscard]] Answer subscribe(Request& request, const Environment& environment);

}  // namespace mercure::endpoint

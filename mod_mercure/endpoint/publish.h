#pragma once

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"

namespace mercure::endpoint {

/// Publishes what a `POST` asks for (drafts 07 and 08, "Publication"), in the order of ANY-44: origin, token,
/// form and size, every input rule, rights, then the log.
[[nodiscard]] Answer publish(Request& request, const Environment& environment);

}  // namespace mercure::endpoint

#pragma once

#include "endpoint/answer.h"

namespace mercure::endpoint {

/// The head of an event stream, with an empty body: nothing on the way may keep or change what is streamed.
[[nodiscard]] Response streamHead();

}  // namespace mercure::endpoint

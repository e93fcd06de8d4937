#pragma once

#include "mercurectl/arguments.h"

namespace mercure::mercurectl {

/// Prints "match" or "no match", or on the standard error why there is no answer. The exit status: 0, 1 or 2.
[[nodiscard]] int runMatch(const MatchCommand& command);

/// Answers the lines of the standard input. The exit status: 0, or 2 when input or output failed.
[[nodiscard]] int runMatchBatch();

}  // namespace mercure::mercurectl

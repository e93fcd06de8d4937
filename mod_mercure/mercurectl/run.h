#pragma once

#include "mercurectl/arguments.h"

namespace mercure::mercurectl {

inline constexpr int kDone = 0;
inline constexpr int kBadOrUnreadable = 1;
inline constexpr int kMisused = 2;

/// Runs a command, as the directory's owner and in a process of its own, which a damaged history may crash;
/// prints to the standard output, and to the standard error what went wrong. The exit status.
[[nodiscard]] int run(const HistoryCommand& command);

}  // namespace mercure::mercurectl

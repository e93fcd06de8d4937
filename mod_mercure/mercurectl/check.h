#pragma once

#include <string>

#include "history/verify.h"

namespace mercure::mercurectl {

/// Checks a hub's history; Good with a reason: so far as that can be said beside a process that has it open.
/// See verifyExisting() for who may call this.
[[nodiscard]] history::Verdict check(const std::string& directory);

}  // namespace mercure::mercurectl

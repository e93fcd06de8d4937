#pragma once

#include <cstdio>
#include <string>

#include "history/verify.h"

namespace mercure::mercurectl {

/// Prints what there is in a hub's directory, a "Name: value" a line; see openArchive() for who may call
/// this.
[[nodiscard]] history::Verdict printStats(const std::string& directory, std::FILE* out);

}  // namespace mercure::mercurectl

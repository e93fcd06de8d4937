#pragma once

#include <cstdio>
#include <string>

#include "history/verify.h"

namespace mercure::mercurectl {

/// Prints every update of a hub's directory as lineOf() has it, the oldest first, up to the one that is the
/// newest now. Keeps a slice of them in memory, and none of them from being pruned. See openArchive() for who
/// may call this.
[[nodiscard]] history::Verdict printDump(const std::string& directory, std::FILE* out);

}  // namespace mercure::mercurectl

#pragma once

#include <string>

#include <tl/expected.hpp>

#include "history/archive.h"
#include "history/verify.h"

namespace mercure::mercurectl {

/// Good, or InUse, when there is a sound history in a directory: it was looked at as a whole unless a process
/// has it open, which looked at it before. A directory without a history is Unchecked. Must be called by the
/// directory's owner, in a process that has it not open and that may crash.
[[nodiscard]] history::Verdict verifyExisting(const std::string& directory);

/// The same, then opens it to read only.
[[nodiscard]] tl::expected<history::Archive, history::Verdict> openArchive(const std::string& directory);

/// What a fault of an open archive means.
[[nodiscard]] history::Verdict verdictOn(const history::Fault& fault);

}  // namespace mercure::mercurectl

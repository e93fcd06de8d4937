#pragma once

#include <string>

namespace mercure::history {

struct Verdict {
  enum class Kind {
    Good,       ///< it may be opened; also when there is nothing yet
    Bad,        ///< it must not be: moveAside() makes way for a new one
    InUse,      ///< a process has it open: it was checked before that did
    Unchecked,  ///< the check itself could not be done
  };
  Kind kind = Kind::Unchecked;
  std::string reason = {};  ///< for the log; empty when it is good
};

/// Checks an archive that nobody has open as a whole: its files, every page, every record and what the other
/// trees say of it. Where the disk fails, or the files are changed meanwhile, it ends the process:
/// checkApart() is for everyone whose process matters. Never in a process that has the archive open.
[[nodiscard]] Verdict verify(const std::string& directory);

}  // namespace mercure::history

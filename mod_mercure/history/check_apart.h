#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

#include "history/verify.h"

namespace mercure::history {

/// Whom a process becomes; without root's rights it must be that user already.
struct User {
  uid_t user;
  gid_t group;
};

/// Verifies an archive in a process of its own, which may crash on what it finds: that is a bad verdict. Run
/// by root, that process first becomes the user who will open the archive. Waits for it, at most `limit`. No
/// child is left behind; nobody else in this process may wait for just any child meanwhile.
[[nodiscard]] Verdict checkApart(const std::string& directory, User user, std::chrono::milliseconds limit);

/// As checkApart(), with another check.
[[nodiscard]] Verdict runApart(const std::function<Verdict()>& check, User user,
                               std::chrono::milliseconds limit);

}  // namespace mercure::history

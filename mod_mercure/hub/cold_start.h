#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include <tl/expected.hpp>

// What httpd's parent does with a hub's history before any process opens it, for the user and the group that
// its children run as: the parent itself, mostly root, never opens one. Call these from one thread, while
// nobody in this process waits for just any child.
namespace mercure::hub {

/// Makes the history's directory where it is missing, and looks whether `user` can read and write there: at
/// every start and reload. What is wrong, and what was expected.
[[nodiscard]] tl::expected<void, std::string> provideDirectory(const std::string& directory, uid_t user,
                                                               gid_t group);

/// Whether provideDirectory() would succeed; makes nothing.
[[nodiscard]] tl::expected<void, std::string> canProvideDirectory(const std::string& directory, uid_t user,
                                                                  gid_t group);

/// What came out of a look at what is in the directory.
struct ColdStart {
  enum class Kind {
    Ready,       ///< sound, or there is nothing yet
    InUse,       ///< other processes have it open, and it was checked before they did
    MovedAside,  ///< it was damaged; the hub begins with an empty one
    Unchecked,   ///< nobody knows; it may be opened nevertheless
    Impossible,  ///< it is damaged and cannot be moved aside
  };
  Kind kind = Kind::Unchecked;
  std::string reason = {};   ///< for the log; empty when it is ready
  std::string movedTo = {};  ///< the damaged file's new path, where it was moved aside
};

/// Checks, in a process of its own that may crash on it, what is in a directory that provideDirectory() found
/// right, and moves it aside if it is damaged. Only while no process of this server opens it: at the start of
/// a hub. Waits, at most `limit`, and longer the larger it is: some tenths of a second for 256 MiB.
[[nodiscard]] ColdStart startCold(const std::string& directory, uid_t user, gid_t group,
                                  std::chrono::milliseconds limit);

}  // namespace mercure::hub

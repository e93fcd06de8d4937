#include "hub/cold_start.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "history/check_apart.h"
#include "history/make_directory.h"
#include "history/move_aside.h"
#include "hub/descriptor.h"

namespace mercure::hub {
namespace {

using Outcome = tl::expected<void, std::string>;
using Kind = ColdStart::Kind;

constexpr std::chrono::seconds kLongestLook{10};

std::string lastError() {
  return std::generic_category().message(errno);
}

bool isThere(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

/// Whether `user` may do that with `directory`, as access(2) has it: permissions on the way count, and so do
/// read-only file systems.
Outcome checkAccess(const std::string& directory, int mode, const history::User& user) {
  const auto check = [&]() -> history::Verdict {
    if (access(directory.c_str(), mode) == 0) return {history::Verdict::Kind::Good};
    return {history::Verdict::Kind::Bad, lastError()};
  };
  const history::Verdict verdict = history::runApart(check, user, kLongestLook);
  if (verdict.kind != history::Verdict::Kind::Bad) return {};
  return tl::unexpected(directory + " is closed to user " + std::to_string(user.user) +
                        ", which httpd runs as: " + verdict.reason +
                        "; expected a directory that this user can use, and can get to");
}

/// The closest directory on the way that is there already.
std::string closestTo(const std::string& directory) {
  std::filesystem::path path(directory);
  do path = path.parent_path();
  while (path.has_relative_path() && !isThere(path.string()));
  return path.string();
}

/// Whether this process can make a directory in `parent`, and `user` get there.
Outcome canMakeIn(const std::string& parent, const history::User& user) {
  const Descriptor opened(open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return tl::unexpected(parent + " cannot be opened as a directory: " + lastError());
  if (faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    return tl::unexpected("nothing can be made in " + parent + ": " + lastError());
  return checkAccess(parent, X_OK, user);
}

ColdStart moveAside(const std::string& directory, std::string reason) {
  auto moved = history::moveAside(directory, std::time(nullptr));
  if (!moved) return {Kind::Impossible, std::move(reason) + "; " + moved.error()};
  return {Kind::MovedAside, std::move(reason), *std::move(moved)};
}

}  // namespace

tl::expected<void, std::string> provideDirectory(const std::string& directory, uid_t user, gid_t group) {
  auto made = history::makeDirectory(directory, user, group);
  if (!made) return made;
  return checkAccess(directory, R_OK | W_OK | X_OK, {user, group});
}

tl::expected<void, std::string> canProvideDirectory(const std::string& directory, uid_t user, gid_t group) {
  // Of one that is there, nothing is made.
  if (!directory.starts_with('/') || isThere(directory)) return provideDirectory(directory, user, group);
  return canMakeIn(closestTo(directory), {user, group});
}

ColdStart startCold(const std::string& directory, uid_t user, gid_t group, std::chrono::milliseconds limit) {
  history::Verdict verdict = history::checkApart(directory, {user, group}, limit);
  switch (verdict.kind) {
    case history::Verdict::Kind::Good:
      return {Kind::Ready};
    case history::Verdict::Kind::InUse:
      return {Kind::InUse, std::move(verdict.reason)};
    case history::Verdict::Kind::Bad:
      return moveAside(directory, std::move(verdict.reason));
    case history::Verdict::Kind::Unchecked:
      break;
  }
  return {Kind::Unchecked, std::move(verdict.reason)};
}

}  // namespace mercure::hub

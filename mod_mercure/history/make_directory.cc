#include "history/make_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "history/descriptor.h"
#include "history/files.h"

namespace mercure::history {

namespace {

constexpr mode_t kModeOnTheWay = 0755;
constexpr mode_t kModeOfTheLast = 0700;
constexpr mode_t kWritableByOthers = 022;

using Outcome = tl::expected<void, std::string>;

tl::unexpected<std::string> failed(const std::string& path, const char* what) {
  return tl::unexpected(path + " " + what + ": " + std::generic_category().message(errno));
}

std::vector<std::string> componentsOf(const std::string& path) {
  std::vector<std::string> components;
  for (std::size_t from = 0; from < path.size();) {
    const std::size_t to = std::min(path.find('/', from), path.size());
    if (to > from) components.push_back(path.substr(from, to - from));
    from = to + 1;
  }
  return components;
}

/// Makes a directory, or finds it there; whether it was made.
tl::expected<bool, std::string> make(const Descriptor& parent, const std::string& name,
                                     const std::string& path, mode_t mode) {
  if (mkdirat(parent.number(), name.c_str(), mode) == 0) return true;
  if (errno != EEXIST) return failed(path, "cannot be made");
  return false;
}

/// A directory on the way to the last one, made where it is missing.
tl::expected<Descriptor, std::string> pass(const Descriptor& parent, const std::string& name,
                                           const std::string& path) {
  const auto made = make(parent, name, path, kModeOnTheWay);
  if (!made) return tl::unexpected(made.error());
  const int how = *made ? O_RDONLY | O_NOFOLLOW : O_PATH;
  Descriptor directory(openat(parent.number(), name.c_str(), how | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return failed(path, "cannot be opened as a directory");
  if (!*made || fchmod(directory.number(), kModeOnTheWay) == 0) return directory;
  return failed(path, "cannot be opened to others");
}

Outcome checkLast(const std::string& path, const struct stat& status, uid_t user) {
  if (status.st_uid != user) {
    return tl::unexpected(path + " belongs to user " + std::to_string(status.st_uid) + ", expected " +
                          std::to_string(user) + ", which httpd runs as");
  }
  if ((status.st_mode & kWritableByOthers) != 0) {
    return tl::unexpected(path + " has mode " + octal(status.st_mode) +
                          ", so that others may write to it, expected " + octal(kModeOfTheLast));
  }
  return {};
}

Outcome makeLast(const Descriptor& parent, const std::string& name, const std::string& path, uid_t user,
                 gid_t group) {
  const auto made = make(parent, name, path, kModeOfTheLast);
  if (!made) return tl::unexpected(made.error());
  const Descriptor directory(
      openat(parent.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return failed(path, "cannot be opened, expected a directory and no symbolic link");
  struct stat status {};
  if (fstat(directory.number(), &status) != 0) return failed(path, "cannot be looked at");
  if (!*made) return checkLast(path, status, user);
  if (status.st_uid != geteuid()) return tl::unexpected(path + " was replaced while it was being made");
  if (fchown(directory.number(), user, group) != 0 || fchmod(directory.number(), kModeOfTheLast) != 0) {
    const auto refused = failed(path, "cannot be handed to the user that httpd runs as");
    unlinkat(parent.number(), name.c_str(), AT_REMOVEDIR);
    return refused;
  }
  return {};
}

}  // namespace

tl::expected<void, std::string> makeDirectory(const std::string& path, uid_t user, gid_t group) {
  auto components = componentsOf(path);
  if (!path.starts_with('/') || components.empty()) {
    return tl::unexpected(path + " is no absolute path of a directory, expected one like /var/lib/mercure");
  }
  const std::string last = std::move(components.back());
  components.pop_back();
  Descriptor parent(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return failed("/", "cannot be opened");
  std::string passed;
  for (const std::string& component : components) {
    passed += "/" + component;
    auto next = pass(parent, component, passed);
    if (!next) return tl::unexpected(next.error());
    parent = *std::move(next);
  }
  return makeLast(parent, last, path, user, group);
}

}  // namespace mercure::history

#include "mercurectl/owner.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mercure::mercurectl {

namespace {

std::string nameOf(uid_t user) {
  const passwd* const entry = getpwuid(user);
  return entry != nullptr ? entry->pw_name : "user " + std::to_string(user);
}

}  // namespace

tl::expected<history::User, std::string> ownerOf(const std::string& directory) {
  struct stat status {};
  if (lstat(directory.c_str(), &status) != 0) {
    const std::string hint = errno == EACCES ? "; run this as root" : "";
    return tl::unexpected(std::generic_category().message(errno) + hint);
  }
  if (!S_ISDIR(status.st_mode)) {
    return tl::unexpected<std::string>(
        "is no directory (nor may it be a link to one), expected a hub's, such as "
        "/var/lib/apache2/mercure/www.example.com");
  }
  const uid_t self = geteuid();
  if (self != 0 && self != status.st_uid) {
    return tl::unexpected("belongs to " + nameOf(status.st_uid) + ", and this is run by " + nameOf(self) +
                          ": run it as root or as " + nameOf(status.st_uid));
  }
  return history::User{status.st_uid, status.st_gid};
}

}  // namespace mercure::mercurectl

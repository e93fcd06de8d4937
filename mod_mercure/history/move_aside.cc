#include "history/move_aside.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "history/files.h"
#include "history/layout.h"

namespace mercure::history {

namespace {

constexpr std::string_view kMark = ".damaged-";

std::string stampOf(std::time_t now) {
  std::array<char, 32> text{};
  std::tm parts{};
  if (gmtime_r(&now, &parts) != nullptr) std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts);
  return text.data();
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { closedir(directory); }
};

/// The names of what was moved aside before.
std::vector<std::string> movedAside(const Descriptor& directory) {
  std::vector<std::string> names;
  const int copy = fcntl(directory.number(), F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, CloseDirectory> listing(copy < 0 ? nullptr : fdopendir(copy));
  if (!listing) return names;
  while (const dirent* entry = readdir(listing.get())) {
    for (const char* file : {kDataFile, kLockFile}) {
      if (std::string_view(entry->d_name).starts_with(std::string(file).append(kMark))) {
        names.emplace_back(entry->d_name);
      }
    }
  }
  return names;
}

}  // namespace

tl::expected<std::string, std::string> moveAside(const std::string& directory, std::time_t now) {
  const auto opened = openDirectory(directory);
  if (!opened) return tl::unexpected(opened.error().words);
  const int number = opened->number();
  for (const std::string& name : movedAside(*opened)) {
    // What cannot be deleted, a directory with something in it, was none of ours.
    if (unlinkat(number, name.c_str(), 0) != 0) unlinkat(number, name.c_str(), AT_REMOVEDIR);
  }
  const std::string ending = std::string(kMark) + stampOf(now);
  for (const char* file : {kDataFile, kLockFile}) {
    const std::string to = file + ending;
    if (renameat(number, file, number, to.c_str()) == 0 || errno == ENOENT) continue;
    const std::string why = std::generic_category().message(errno);
    std::string words = directory + "/" + file;
    words.append(" cannot be renamed to ").append(to).append(": ").append(why);
    return tl::unexpected(std::move(words));
  }
  return directory + "/" + kDataFile + ending;
}

}  // namespace mercure::history

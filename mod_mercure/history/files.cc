#include "history/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "history/layout.h"

namespace mercure::history {

namespace {

constexpr off_t kFirstPages = 64 << 10;  // of an empty data file
constexpr off_t kLockFileHead = 4096;    // more than LMDB's two locks take
constexpr off_t kReaderSlot = 64;        // LMDB's
constexpr off_t kFewReaders = 16;
constexpr off_t kReadersOfAnyHub = 4096;
constexpr mode_t kWritableByOthers = 022;
constexpr mode_t kOurs = 0600;

tl::unexpected<FileObjection> refuse(const std::string& name, int error) {
  static constexpr std::array kNotOurs = {EACCES, EPERM, ELOOP, EISDIR, ENOTDIR, ENXIO};
  Fault fault = faultOf(error);
  if (std::ranges::find(kNotOurs, error) != kNotOurs.end()) fault.code = FaultCode::NotOurs;
  const char* hint = error == ELOOP ? " (it is a symbolic link)" : "";
  return tl::unexpected(FileObjection{fault, name + ": " + std::generic_category().message(error) + hint});
}

tl::unexpected<FileObjection> notOurs(const std::string& name, const std::string& words) {
  return tl::unexpected(FileObjection{{FaultCode::NotOurs}, name + " " + words});
}

/// Reserves space for the first `size` bytes, whether the file is that long or not. The error, or 0; a file
/// system that cannot reserve is not to blame.
int reserve(const Descriptor& file, off_t size) noexcept {
  while (fallocate(file.number(), FALLOC_FL_KEEP_SIZE, 0, size) != 0) {
    if (errno != EINTR) return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : errno;
  }
  return 0;
}

/// Creates or opens one of the two.
tl::expected<Descriptor, Fault> makeFile(const Descriptor& directory, const char* name) {
  auto file = openOwnFile(directory.number(), name, O_RDWR | O_CREAT);
  if (!file) return tl::unexpected(file.error().fault);
  if (fchmod(file->number(), kOurs) != 0) return tl::unexpected(faultOf(errno));
  return *std::move(file);
}

/// Creates or opens one of the two, and reserves its beginning; the whole of it where it is longer.
tl::expected<void, Fault> prepareFile(const Descriptor& directory, const char* name, off_t size) {
  const auto file = makeFile(directory, name);
  if (!file) return tl::unexpected(file.error());
  return outcomeOf(reserve(*file, size));
}

constexpr off_t lockFileSize(off_t readers) noexcept {
  return kLockFileHead + kReaderSlot * readers;
}

}  // namespace

std::string octal(mode_t mode) {
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%04o", mode & 07777U);
  return digits.data();
}

tl::expected<Descriptor, FileObjection> openDirectory(const std::string& path) {
  Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return refuse(path, errno);
  return directory;
}

tl::expected<Descriptor, FileObjection> openOwnFile(int directory, const char* name, int flags) {
  Descriptor file(openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, kOurs));
  if (!file) {
    if (errno == ENOENT && (flags & O_CREAT) == 0) return Descriptor();
    return refuse(name, errno);
  }
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return refuse(name, errno);
  if (!S_ISREG(status.st_mode)) return notOurs(name, "is not a regular file");
  if (status.st_uid != geteuid()) {
    return notOurs(
        name, "belongs to user " + std::to_string(status.st_uid) + ", expected " + std::to_string(geteuid()));
  }
  if ((status.st_mode & kWritableByOthers) != 0 || (status.st_mode & kOurs) != kOurs) {
    return notOurs(name, "has mode " + octal(status.st_mode) + ", expected " + octal(kOurs));
  }
  return file;
}

tl::expected<void, Fault> prepareFiles(const std::string& directory, unsigned maxReaders) {
  const auto opened = openDirectory(directory);
  if (!opened) return tl::unexpected(opened.error().fault);
  const auto data = prepareFile(*opened, kDataFile, kFirstPages);
  if (!data) return data;
  return prepareFile(*opened, kLockFile, lockFileSize(maxReaders));
}

tl::expected<void, Fault> prepareLockFile(const std::string& directory) {
  const auto opened = openDirectory(directory);
  if (!opened) return tl::unexpected(opened.error().fault);
  const auto file = makeFile(*opened, kLockFile);
  if (!file) return tl::unexpected(file.error());
  struct stat status {};
  if (fstat(file->number(), &status) != 0) return tl::unexpected(faultOf(errno));
  // LMDB takes the table as large as it finds it.
  if (status.st_size == 0 && ftruncate(file->number(), lockFileSize(kReadersOfAnyHub)) != 0) {
    return tl::unexpected(faultOf(errno));
  }
  return outcomeOf(reserve(*file, lockFileSize(kFewReaders)));
}

}  // namespace mercure::history

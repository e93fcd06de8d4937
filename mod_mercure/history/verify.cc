#include "history/verify.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "history/content_check.h"
#include "history/files.h"
#include "history/layout.h"
#include "history/mapped_file.h"
#include "history/page_walk.h"

namespace mercure::history {

namespace {

using Kind = Verdict::Kind;

Verdict verdictOn(const FileObjection& objection) {
  const bool isNotOurs = objection.fault.code == FaultCode::NotOurs;
  return {isNotOurs ? Kind::Bad : Kind::Unchecked, objection.words};
}

/// The process that holds LMDB's lock on the lock file, as each does that has the archive open; 0: none.
pid_t holderOf(const Descriptor& lockFile) noexcept {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  if (fcntl(lockFile.number(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

Verdict verifyContent(const Descriptor& file) {
  const auto mapped = MappedFile::map(file);
  if (!mapped) return {Kind::Unchecked, std::generic_category().message(mapped.error())};
  if (mapped->bytes().empty()) return {Kind::Good};
  ContentCheck content;
  const auto damage =
      findDamage(mapped->bytes(), [&](std::string_view tree) { return content.visitorOf(tree); });
  std::string finding = damage ? *damage : content.finish();
  return {finding.empty() ? Kind::Good : Kind::Bad, std::move(finding)};
}

}  // namespace

Verdict verify(const std::string& directory) {
  const auto opened = openDirectory(directory);
  if (!opened) return {Kind::Unchecked, opened.error().words};
  const auto lockFile = openOwnFile(opened->number(), kLockFile, O_RDWR);
  if (!lockFile) return verdictOn(lockFile.error());
  if (*lockFile) {
    const pid_t holder = holderOf(*lockFile);
    if (holder != 0) return {Kind::InUse, "process " + std::to_string(holder) + " has it open"};
  }
  const auto file = openOwnFile(opened->number(), kDataFile, O_RDONLY);
  if (!file) return verdictOn(file.error());
  if (!*file) return {Kind::Good};
  return verifyContent(*file);
}

}  // namespace mercure::history

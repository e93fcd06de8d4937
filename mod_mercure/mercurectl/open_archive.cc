#include "mercurectl/open_archive.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "history/files.h"
#include "history/layout.h"

namespace mercure::mercurectl {

namespace {

using history::Verdict;
using Kind = Verdict::Kind;

constexpr const char* kExpected = ", expected the directory of a hub that has kept an update";

/// What keeps a directory from being one with a history; empty: nothing does.
std::string objectionTo(const std::string& directory) {
  const auto opened = history::openDirectory(directory);
  if (!opened) return opened.error().words;
  const auto file = history::openOwnFile(opened->number(), history::kDataFile, O_RDONLY);
  if (!file) return file.error().words;
  if (!*file) return "there is no " + std::string(history::kDataFile) + kExpected;
  struct stat status {};
  const bool isEmpty = fstat(file->number(), &status) == 0 && status.st_size == 0;
  return isEmpty ? history::kDataFile + std::string(" is empty") + kExpected : std::string();
}

}  // namespace

Verdict verifyExisting(const std::string& directory) {
  std::string objection = objectionTo(directory);
  if (!objection.empty()) return {Kind::Unchecked, std::move(objection)};
  return history::verify(directory);
}

tl::expected<history::Archive, Verdict> openArchive(const std::string& directory) {
  Verdict verdict = verifyExisting(directory);
  if (verdict.kind != Kind::Good && verdict.kind != Kind::InUse) return tl::unexpected(std::move(verdict));
  auto archive = history::Archive::openReadOnly(directory);
  if (!archive) return tl::unexpected(verdictOn(archive.error()));
  return *std::move(archive);
}

Verdict verdictOn(const history::Fault& fault) {
  const bool isBad =
      fault.code == history::FaultCode::Damaged || fault.code == history::FaultCode::OtherLayout;
  return {isBad ? Kind::Bad : Kind::Unchecked, describe(fault)};
}

}  // namespace mercure::mercurectl

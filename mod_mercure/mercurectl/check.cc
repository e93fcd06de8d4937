#include "mercurectl/check.h"

#include <cstdint>

#include "history/archive.h"
#include "mercurectl/open_archive.h"

namespace mercure::mercurectl {

namespace {

using history::Verdict;
using Kind = Verdict::Kind;

/// Reads on, once more where pages may have been exchanged under the first reading.
tl::expected<void, history::Fault> readTwiceIfNeeded(const history::Archive& archive, std::uint64_t after,
                                                     history::Slice& slice) {
  auto read = archive.read(after, slice);
  if (!read && read.error().code == history::FaultCode::Damaged) read = archive.read(after, slice);
  return read;
}

Verdict checkBeside(const std::string& directory, const std::string& whoHasItOpen) {
  const auto archive = history::Archive::openReadOnly(directory);
  if (!archive) return verdictOn(archive.error());
  const auto newest = archive->newest();
  if (!newest) return verdictOn(newest.error());
  const std::uint64_t last = *newest ? (*newest)->sequence : 0;

  history::Slice slice;
  std::uint64_t checked = 0;
  std::uint64_t after = 0;
  do {
    const auto read = readTwiceIfNeeded(*archive, after, slice);
    if (!read) return verdictOn(read.error());
    checked += slice.records().size();
    if (!slice.records().empty()) after = slice.records().back().sequence;
  } while (slice.hasMore() && after < last);
  return {Kind::Good, whoHasItOpen + ", so that only updates were checked, " + std::to_string(checked) +
                          " of them; pages are checked when nobody has it open"};
}

}  // namespace

Verdict check(const std::string& directory) {
  Verdict verdict = verifyExisting(directory);
  return verdict.kind == Kind::InUse ? checkBeside(directory, verdict.reason) : verdict;
}

}  // namespace mercure::mercurectl

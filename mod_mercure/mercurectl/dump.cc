#include "mercurectl/dump.h"

#include <cstdint>

#include "mercurectl/open_archive.h"
#include "mercurectl/output.h"
#include "mercurectl/update_line.h"

namespace mercure::mercurectl {

namespace {

using history::Verdict;

/// Whether there is more to print.
bool printSlice(const history::Slice& slice, std::uint64_t last, Output& output) {
  for (const history::Record& record : slice.records()) {
    // A hub that publishes faster than this prints would never let it end.
    if (record.sequence > last || !output.put(lineOf(record))) return false;
  }
  return slice.hasMore();
}

}  // namespace

Verdict printDump(const std::string& directory, std::FILE* out) {
  const auto archive = openArchive(directory);
  if (!archive) return archive.error();
  const auto newest = archive->newest();
  if (!newest) return verdictOn(newest.error());
  const std::uint64_t last = *newest ? (*newest)->sequence : 0;

  Output output(out);
  history::Slice slice;
  std::uint64_t after = 0;
  do {
    const auto read = archive->read(after, slice);
    if (!read) return verdictOn(read.error());
    if (!slice.records().empty()) after = slice.records().back().sequence;
  } while (printSlice(slice, last, output));
  return output.end();
}

}  // namespace mercure::mercurectl

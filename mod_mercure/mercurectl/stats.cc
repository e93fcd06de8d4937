#include "mercurectl/stats.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "mercurectl/open_archive.h"
#include "mercurectl/output.h"
#include "mercurectl/timestamp.h"
#include "protocol/utf8.h"

namespace mercure::mercurectl {

namespace {

const std::string kNone = "none";

/// For a terminal, which an id's control characters must not reach.
std::string withoutControls(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const protocol::Utf8Step step = protocol::decodeUtf8Step(text);
    const bool isShown = step.valid && !protocol::isControl(step.codePoint);
    shown += isShown ? text.substr(0, step.size) : "\uFFFD";
    text.remove_prefix(step.size);
  }
  return shown;
}

std::string timeOrNone(std::int64_t time) {
  return time != 0 ? timestampOf(time) : kNone;
}

}  // namespace

history::Verdict printStats(const std::string& directory, std::FILE* out) {
  const auto archive = openArchive(directory);
  if (!archive) return archive.error();
  const auto statistics = archive->statistics();
  if (!statistics) return verdictOn(statistics.error());
  const auto oldest = archive->oldest();
  if (!oldest) return verdictOn(oldest.error());
  const auto newest = archive->newest();
  if (!newest) return verdictOn(newest.error());

  std::string text;
  const auto line = [&text](const char* name, const std::string& value) {
    text.append(name).append(": ").append(value).append("\n");
  };
  line("Records", std::to_string(statistics->records));
  line("Bytes in use", std::to_string(statistics->bytesInUse));
  line("File size", std::to_string(statistics->fileSize));
  line("Oldest time", timeOrNone(statistics->oldest));
  line("Newest time", timeOrNone(statistics->newest));
  line("Oldest sequence", *oldest ? std::to_string(**oldest) : kNone);
  line("Newest sequence", *newest ? std::to_string((*newest)->sequence) : kNone);
  line("Newest id", *newest ? withoutControls((*newest)->id) : kNone);
  Output output(out);
  static_cast<void>(output.put(text));
  return output.end();
}

}  // namespace mercure::mercurectl

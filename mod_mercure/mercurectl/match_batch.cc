#include "mercurectl/match_batch.h"

#include <unistd.h>

#include <cerrno>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "mercurectl/match.h"
#include "mercurectl/output.h"

namespace mercure::mercurectl {

namespace {

constexpr std::string_view kRefused = "refused";
constexpr std::size_t kFields = 4;

std::vector<std::string_view> fieldsOf(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t end = 0; (end = line.find('\t')) != std::string_view::npos; line.remove_prefix(end + 1)) {
    fields.push_back(line.substr(0, end));
  }
  fields.push_back(line);
  return fields;
}

/// Makes lines of what comes in pieces.
class Lines {
 public:
  explicit Lines(Output& output) : output_(output) {}

  /// Answers the lines that end in `piece`.
  void take(std::string_view piece) {
    for (std::size_t end = 0; (end = piece.find('\n')) != std::string_view::npos;
         piece.remove_prefix(end + 1)) {
      answer(begun_.append(piece.substr(0, end)));
      begun_.clear();
    }
    begun_.append(piece);
  }

  /// Answers a last line without an end.
  void end() {
    if (!begun_.empty()) answer(begun_);
  }

 private:
  void answer(std::string_view line) { static_cast<void>(output_.put(answerTo(line)) && output_.put("\n")); }

  Output& output_;
  std::string begun_;
};

/// How much was read; nothing when that failed.
std::optional<std::size_t> readSome(int in, std::span<char> buffer) {
  ssize_t size = 0;
  do {
    size = read(in, buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  return size < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(size));
}

std::optional<std::string> flush(Output& output) {
  history::Verdict written = output.end();
  if (written.kind == history::Verdict::Kind::Good) return std::nullopt;
  return std::move(written.reason);
}

}  // namespace

std::string_view answerTo(std::string_view line) {
  const auto fields = fieldsOf(line);
  if (fields.size() != kFields) return kRefused;
  const auto type = readMatcherType(fields[0]);
  const auto hub = readHubUrl(fields[1]);
  if (!type || !hub) return kRefused;
  const auto matches = judge({*type, fields[2], fields[3]}, *hub);
  if (!matches) return kRefused;
  return *matches ? "match" : "no match";
}

std::optional<std::string> answerAll(int in, std::FILE* out) {
  Output output(out);
  Lines lines(output);
  std::vector<char> buffer(std::size_t{64} * 1024);
  for (;;) {
    const auto size = readSome(in, buffer);
    if (!size) return "the input cannot be read: " + std::generic_category().message(errno);
    if (*size == 0) break;
    lines.take({buffer.data(), *size});
    if (auto failure = flush(output)) return failure;
  }
  lines.end();
  return flush(output);
}

}  // namespace mercure::mercurectl

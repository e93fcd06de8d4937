#include "mercurectl/match_command.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "mercurectl/match_batch.h"
#include "mercurectl/output.h"

namespace mercure::mercurectl {

namespace {

constexpr int kMatch = 0;
constexpr int kNoMatch = 1;
constexpr int kNoAnswer = 2;

int fail(const std::string& words) {
  std::fprintf(stderr, "mercurectl: match: %s\n", words.c_str());
  return kNoAnswer;
}

}  // namespace

int runMatch(const MatchCommand& command) {
  const auto matches = judge({command.type, command.pattern, command.topic}, command.hub);
  if (!matches) return fail(matches.error());
  Output output(stdout);
  static_cast<void>(output.put(*matches ? "match\n" : "no match\n"));
  const history::Verdict printed = output.end();
  if (printed.kind != history::Verdict::Kind::Good) return fail(printed.reason);
  return *matches ? kMatch : kNoMatch;
}

int runMatchBatch() {
  const auto failure = answerAll(STDIN_FILENO, stdout);
  return failure ? fail(*failure) : kMatch;
}

}  // namespace mercure::mercurectl

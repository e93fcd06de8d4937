#include "mercurectl/run.h"

#include <chrono>
#include <cstdio>

#include "history/check_apart.h"
#include "mercurectl/check.h"
#include "mercurectl/dump.h"
#include "mercurectl/output.h"
#include "mercurectl/owner.h"
#include "mercurectl/stats.h"

namespace mercure::mercurectl {

namespace {

using Action = HistoryCommand::Action;
using history::Verdict;
using Kind = Verdict::Kind;

constexpr std::chrono::hours kNoLimit{24 * 365};  // somebody may page through a dump for days

Verdict act(const HistoryCommand& command) {
  switch (command.action) {
    case Action::Stats:
      return printStats(command.directory, stdout);
    case Action::Dump:
      return printDump(command.directory, stdout);
    case Action::Verify:
      return check(command.directory);
  }
  return {};
}

int fail(const HistoryCommand& command, const std::string& words) {
  std::fprintf(stderr, "mercurectl: %s: %s\n", command.directory.c_str(), words.c_str());
  return kBadOrUnreadable;
}

/// What `verify` found is what it prints.
int tell(const HistoryCommand& command, const Verdict& verdict) {
  Output output(stdout);
  const std::string reason = verdict.reason.empty() ? "\n" : ": " + verdict.reason + "\n";
  static_cast<void>(output.put((verdict.kind == Kind::Good ? "good" : "bad") + reason));
  const Verdict printed = output.end();
  if (printed.kind != Kind::Good) return fail(command, printed.reason);
  return verdict.kind == Kind::Good ? kDone : kBadOrUnreadable;
}

}  // namespace

int run(const HistoryCommand& command) {
  const auto owner = ownerOf(command.directory);
  if (!owner) return fail(command, owner.error());
  const Verdict verdict = history::runApart([&command] { return act(command); }, *owner, kNoLimit);
  const bool isFinding = verdict.kind == Kind::Good || verdict.kind == Kind::Bad;
  if (command.action == Action::Verify && isFinding) return tell(command, verdict);
  if (verdict.kind == Kind::Good) return kDone;
  return fail(command, (verdict.kind == Kind::Bad ? "bad: " : "") + verdict.reason);
}

}  // namespace mercure::mercurectl

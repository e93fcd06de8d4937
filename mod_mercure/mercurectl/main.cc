#include <csignal>
#include <cstdio>
#include <exception>
#include <span>
#include <variant>

#include "mercurectl/arguments.h"
#include "mercurectl/match_command.h"
#include "mercurectl/run.h"

namespace mercure::mercurectl {

namespace {

int perform(const HistoryCommand& command) {
  return run(command);
}

int perform(const MatchCommand& command) {
  return runMatch(command);
}

int perform(const MatchBatch& /*batch*/) {
  return runMatchBatch();
}

int perform(const Help& help) {
  return std::fputs(help.text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kBadOrUnreadable : kDone;
}

int perform(const Misuse& misuse) {
  std::fprintf(stderr, "mercurectl: %s\n`mercurectl --help` says more.\n", misuse.words.c_str());
  return kMisused;
}

int start(std::span<const char* const> arguments) noexcept {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has left is a write error
  try {
    return std::visit([](const auto& request) { return perform(request); }, readArguments(arguments));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mercurectl: %s\n", error.what());
    return kBadOrUnreadable;
  }
}

}  // namespace

}  // namespace mercure::mercurectl

int main(int count, char** arguments) {
  return mercure::mercurectl::start(
      std::span<const char* const>(arguments, count).subspan(count > 0 ? 1 : 0));
}

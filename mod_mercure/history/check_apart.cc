#include "history/check_apart.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <optional>
#include <system_error>

#include "history/descriptor.h"

namespace mercure::history {

namespace {

using Kind = Verdict::Kind;
using Clock = std::chrono::steady_clock;

Verdict unchecked(const std::string& what, int error) {
  return {Kind::Unchecked, what + ": " + std::generic_category().message(error)};
}

/// Gives up root's rights for good.
int become(const User& user) noexcept {
  if (geteuid() != 0) return geteuid() == user.user ? 0 : EPERM;
  const bool done = setgroups(0, nullptr) == 0 && setgid(user.group) == 0 && setuid(user.user) == 0;
  return done ? 0 : errno;
}

/// In the child: a crash must be one, whatever the caller handles signals with, and leave nothing behind.
void letCrash() noexcept {
  for (const int number : {SIGBUS, SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGALRM}) {
    std::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit noCore{0, 0};
  setrlimit(RLIMIT_CORE, &noCore);
}

/// One write, which a pipe takes as a whole: the kind as a digit, then the reason.
void report(const Descriptor& pipe, const Verdict& verdict) {
  const std::string text =
      (std::to_string(static_cast<int>(verdict.kind)) + verdict.reason).substr(0, PIPE_BUF);
  static_cast<void>(!write(pipe.number(), text.data(), text.size()));
}

[[noreturn]] void runInChild(const std::function<Verdict()>& check, const User& user, pid_t parent,
                             const Descriptor& pipe) noexcept {
  letCrash();
  const int error = become(user);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // after it: a change of user takes it back
  if (getppid() != parent) _exit(1);
  try {
    report(pipe, error == 0 ? check() : unchecked("cannot become user " + std::to_string(user.user), error));
  } catch (...) {
    report(pipe, {Kind::Unchecked, "out of memory"});
  }
  _exit(0);
}

/// What was reported until `deadline`; none: nothing was.
std::optional<Verdict> awaitReport(const Descriptor& pipe, Clock::time_point deadline, bool& isLate) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd readable{.fd = pipe.number(), .events = POLLIN, .revents = 0};
    const int ready = poll(&readable, 1, static_cast<int>(std::clamp<long>(left.count(), 0, 60'000)));
    if (ready < 0 && errno == EINTR) continue;
    isLate = ready == 0 && Clock::now() >= deadline;
    if (ready == 0 && !isLate) continue;
    break;
  }
  std::array<char, PIPE_BUF> text{};
  const ssize_t size = isLate ? 0 : read(pipe.number(), text.data(), text.size());
  if (size <= 0) return std::nullopt;
  return Verdict{static_cast<Kind>(text[0] - '0'), std::string(text.data() + 1, size - 1)};
}

/// What a process's end says of the archive that it did not report on.
Verdict verdictOnEnd(pid_t child) {
  int status = 0;
  pid_t reaped = 0;
  do reaped = waitpid(child, &status, 0);
  while (reaped < 0 && errno == EINTR);
  if (reaped < 0) return unchecked("how the check ended is unknown", errno);
  if (!WIFSIGNALED(status)) {
    return {Kind::Bad, "the check broke off with status " + std::to_string(WEXITSTATUS(status))};
  }
  const int number = WTERMSIG(status);
  const bool isCrash =
      number == SIGBUS || number == SIGSEGV || number == SIGABRT || number == SIGFPE || number == SIGILL;
  return {isCrash ? Kind::Bad : Kind::Unchecked,
          std::string("the check died of signal: ") + strsignal(number)};
}

}  // namespace

Verdict checkApart(const std::string& directory, User user, std::chrono::milliseconds limit) {
  return runApart([&directory] { return verify(directory); }, user, limit);
}

Verdict runApart(const std::function<Verdict()>& check, User user, std::chrono::milliseconds limit) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return unchecked("no pipe", errno);
  const Descriptor readEnd(ends[0]);
  Descriptor writeEnd(ends[1]);
  const pid_t self = getpid();
  const auto deadline = Clock::now() + limit;
  const pid_t child = fork();
  if (child < 0) return unchecked("no process", errno);
  if (child == 0) runInChild(check, user, self, writeEnd);
  writeEnd = Descriptor();

  bool isLate = false;
  const auto reported = awaitReport(readEnd, deadline, isLate);
  if (isLate) kill(child, SIGKILL);
  Verdict end = verdictOnEnd(child);
  if (reported) return *reported;
  if (isLate) return {Kind::Unchecked, "the check took longer than " + std::to_string(limit.count()) + " ms"};
  return end;
}

}  // namespace mercure::history

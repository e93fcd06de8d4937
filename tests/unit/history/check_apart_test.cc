#include "history/check_apart.h"

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <new>
#include <string>
#include <vector>

#include "history/temporary_directory.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

using Kind = Verdict::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_GROUP(CheckApart) {
  TemporaryDirectory directory;

  static Verdict run(const std::function<Verdict()>& check, milliseconds limit = seconds(60)) {
    const Verdict verdict = runApart(check, {geteuid(), getegid()}, limit);
    LONGS_EQUAL(-1, waitpid(-1, nullptr, WNOHANG));  // no child is left
    return verdict;
  }
  static void check(Kind kind, const char* part, const Verdict& verdict) {
    LONGS_EQUAL(static_cast<int>(kind), static_cast<int>(verdict.kind));
    STRCMP_CONTAINS(part, verdict.reason.c_str());
  }
};

TEST(CheckApart, everyVerdictComesAcross) {
  for (const Kind kind : {Kind::Good, Kind::Bad, Kind::InUse, Kind::Unchecked}) {
    const Verdict verdict = run([kind] { return Verdict{kind, "so it is"}; });
    check(kind, "so it is", verdict);
  }
  check(Kind::Bad, "xxxx", run([] { return Verdict{Kind::Bad, std::string(100'000, 'x')}; }));
  check(Kind::Good, "", run([] { return Verdict{Kind::Good}; }));
}

TEST(CheckApart, aCrashIsABadVerdict) {
  for (const int number : {SIGBUS, SIGSEGV, SIGABRT, SIGFPE, SIGILL}) {
    // Whatever the caller does about signals.
    auto* before = std::signal(number, SIG_IGN);
    check(Kind::Bad, "died of signal", run([number] { return raise(number), Verdict{Kind::Good}; }));
    std::signal(number, before);
  }
  check(Kind::Bad, "status 3", run([]() -> Verdict { _exit(3); }));
}

TEST(CheckApart, aKilledCheckIsNone) {
  check(Kind::Unchecked, "died of signal", run([] { return raise(SIGKILL), Verdict{Kind::Good}; }));
  check(Kind::Unchecked, "out of memory", run([]() -> Verdict { throw std::bad_alloc(); }));
}

TEST(CheckApart, aCheckThatTakesTooLongIsNone) {
  check(Kind::Unchecked, "longer than 20 ms",
        run([] { return pause(), Verdict{Kind::Good}; }, milliseconds(20)));
}

TEST(CheckApart, noDirectoryIsNoVerdict) {
  const User self{geteuid(), getegid()};
  check(Kind::Unchecked, "No such file", checkApart(directory.path() + "/none", self, seconds(60)));
  check(Kind::Good, "", checkApart(directory.path(), self, seconds(60)));
}

TEST(CheckApart, rootsRightsAreGivenUp) {
  if (geteuid() != 0) {
    check(Kind::Unchecked, "cannot become user 0",
          runApart([] { return Verdict{Kind::Good}; }, {0, 0}, seconds(60)));
    return;
  }
  std::vector<gid_t> before(static_cast<std::size_t>(getgroups(0, nullptr)));
  static_cast<void>(getgroups(static_cast<int>(before.size()), before.data()));
  const gid_t another = 1;
  LONGS_EQUAL(0, setgroups(1, &another));
  const auto isNobody = [] {
    const bool gone = geteuid() == 65534 && getuid() == 65534 && getegid() == 65534 &&
                      getgroups(0, nullptr) == 0 && seteuid(0) != 0;
    return Verdict{gone ? Kind::Good : Kind::Bad};
  };
  const Verdict verdict = runApart(isNobody, {65534, 65534}, seconds(60));
  LONGS_EQUAL(0, setgroups(before.size(), before.data()));
  check(Kind::Good, "", verdict);
}

}  // namespace mercure::history::test

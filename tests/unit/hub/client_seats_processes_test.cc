#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <random>
#include <vector>

#include "hub/child_process.h"
#include "hub/client_seats.h"
#include "hub/shared_segment.h"
#include "hub/slot_claim.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Taken = ClientSeats::Taken;

constexpr std::uint64_t kNoLimit = ClientSeats::kNoLimit;
constexpr std::size_t kProcesses = 4;
constexpr std::size_t kClients = 6;
constexpr std::uint64_t kMost = 5;  // seats of a client

enum class Life { Long, Short, EndsWithTheLock };

/// What one process says of itself.
struct Report {
  std::atomic<std::uint64_t> changes;
  std::array<std::atomic<std::uint64_t>, kClients> held;
  std::atomic<bool> hasStopped;
  std::atomic<bool> faulty;
};

struct Reports {
  std::array<Report, kProcesses> of;
  std::atomic<bool> mayStop;
};

void clear(Report& report) {
  report.changes = 0;
  for (auto& held : report.held) held = 0;
  report.hasStopped = report.faulty = false;
}

/// How many clients still fit, each with one seat.
std::size_t room(Segment segment) {
  ClientSeats seats(segment);
  const auto client = [](std::size_t number) { return (number << 48U) + kClients + 1; };  // in all chains
  std::size_t count = 0;
  while (seats.take(client(count), segment.slots()[0], 1) == Taken::Yes) ++count;
  return count;
}

}  // namespace

// Processes take and give back as they like. Two live on and see others being killed.
TEST_GROUP(ClientSeatsCrowd) {
  SharedSegment shared{kSegmentPage, kProcesses};
  Segment segment = shared.segment();
  ClientSeats seats{segment};
  SharedObject<Reports> reports;
  std::mt19937 random{std::random_device{}()};
  std::vector<ChildProcess> children;
  std::size_t kills = 0;
  std::size_t killsAtWork = 0;

  void setup() override {
    segment.clients().multiplier = 1;  // all clients meet in one chain
    for (std::size_t i = 0; i < kProcesses; ++i)
      children.push_back(start(i, i < 2 ? Life::Long : Life::Short));
  }

  ChildProcess start(std::size_t which, Life life) {
    Report& report = reports->of[which];
    clear(report);
    return ChildProcess([this, life, &report, seed = random()] { return live(report, life, seed); });
  }

  /// In a child: until it is told to stop, or dies.
  bool live(Report & report, Life life, unsigned seed) {
    if (life == Life::Short && !dieIn(std::chrono::nanoseconds(1 + seed % 3'000'000))) return true;
    const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
    std::mt19937 choice(seed);
    while (claim && !reports->mayStop) {
      change(report, choice() % kClients, *claim.slot(), choice() % 2 == 0);
      ++report.changes;
      if (life == Life::EndsWithTheLock && report.changes == 100) dieHoldingTheLock();
    }
    report.hasStopped = true;
    pause();
    return true;
  }

  void change(Report & report, std::size_t which, const Slot& slot, bool isMore) {
    auto& held = report.held[which];
    const Client client = which + 1;
    if (isMore) {
      const Taken taken = seats.take(client, slot, kMost);
      if (taken == Taken::Yes) ++held;
      if (taken == Taken::Uncounted) report.faulty = true;
    } else if (held > 0) {
      --held;
      seats.giveBack(client, slot);
    }
    const std::uint64_t count = seats.count(client);
    if (count < held || count > kMost) report.faulty = true;
  }

  void dieHoldingTheLock() const {
    static_cast<void>(segment.clients().lock.lock());
    raise(SIGKILL);
  }

  /// Waits until one of those that are to die has, and puts another in its place.
  void seeOneDie() {
    const std::size_t which = 2 + kills % 2;
    Report& report = reports->of[which];
    CHECK_FALSE(children[which].succeeded());
    CHECK_FALSE(report.faulty);
    ++kills;
    killsAtWork += report.changes > 0 ? 1 : 0;
    if (random() % 2 == 0) freeDeadSlots(segment);  // else whoever claims it does
    children[which] = start(which, random() % 4 == 0 ? Life::EndsWithTheLock : Life::Short);
  }

  void kill(std::size_t which) {
    children[which].kill();
    clear(reports->of[which]);
    ++kills;
    freeDeadSlots(segment);
  }

  void checkCounts() {
    for (std::size_t i = 0; i < kClients; ++i) {
      std::uint64_t held = 0;
      for (const Report& report : reports->of) held += report.held[i];
      UNSIGNED_LONGS_EQUAL(held, seats.count(i + 1));
    }
  }
};

FORK_TEST(ClientSeatsCrowd, countsStayExactWhoeverIsKilled) {
  CHECK_TRUE(await([this] {
    seeOneDie();
    return kills >= 100 && killsAtWork >= 50;
  }));
  for (const std::size_t which : {2, 3}) kill(which);
  reports->mayStop = true;
  for (const std::size_t which : {0, 1}) {
    CHECK_TRUE(await([&] { return reports->of[which].hasStopped.load(); }));
    CHECK_FALSE(reports->of[which].faulty);
    CHECK_TRUE(reports->of[which].changes > 0);
  }
  checkCounts();
  for (const std::size_t which : {0, 1}) {
    kill(which);
    checkCounts();
  }
  // What each one may have lost is the entry that it was about to take or to give back.
  const std::size_t left = room(segment);
  CHECK_TRUE(left + kills >= kClientEntries && left <= kClientEntries);
}

// A process that does one thing is stopped after every instruction: as the table stands then, it would be
// left if the process was killed.
TEST_GROUP(ClientSeatsSteps) {
  SharedSegment shared{kSegmentPage, 2};
  Segment segment = shared.segment();
  ClientTable& table = segment.clients();
  ClientSeats seats{segment};
  static constexpr Client kHere = 4;  // clients that have seats beforehand, client 2 two of them
  static constexpr Client kNew = 5;
  Slot& mine = segment.slots()[0];
  Slot& others = segment.slots()[1];

  /// What is found without the lock.
  struct Found {
    std::vector<std::uint64_t> counts = std::vector<std::uint64_t>(kClients);  ///< the process's seats
    std::uint64_t seatsOfOthers = 0;
    std::size_t used = 0;
    std::size_t free = 0;
    std::size_t lost = 0;
    bool isWhole = true;  ///< every entry is in one place at most
    bool operator==(const Found&) const = default;
  };

  void setup() override {
    table.multiplier = 1;  // all clients meet in one chain
    for (Client client = 1; client <= kHere; ++client) {
      static_cast<void>(seats.take(client, mine, kNoLimit));
      static_cast<void>(seats.take(client, others, kNoLimit));
    }
    static_cast<void>(seats.take(2, mine, kNoLimit));
  }

  /// Follows links until their end, or until one that has been met before.
  std::vector<std::uint32_t> follow(std::uint32_t link, std::vector<bool> & met, bool& isWhole) const {
    std::vector<std::uint32_t> entries;
    while (link != 0 && isWhole) {
      isWhole = link <= table.fresh && !met[link];
      if (!isWhole) break;
      met[link] = true;
      entries.push_back(link - 1);
      link = table.entries[link - 1].next;
    }
    return entries;
  }

  Found look() const {
    Found found;
    std::vector<bool> met(table.fresh + 1);
    const auto used = follow(table.chains[0], met, found.isWhole);
    for (const auto number : used) {
      const ClientEntry& entry = table.entries[number];
      if (entry.slot == 0)
        found.counts.at(entry.client) += entry.seats;
      else
        found.seatsOfOthers += entry.seats;
    }
    found.used = used.size();
    found.free = follow(table.free, met, found.isWhole).size();
    found.lost = table.fresh - found.used - found.free;
    return found;
  }

  /// That the table, on its way from `before` to `after`, is one with which others can go on.
  void checkStep(const Found& now, const Found& before, const Found& after) const {
    CHECK_TRUE(now.isWhole);
    CHECK_TRUE(now.lost <= 1);
    UNSIGNED_LONGS_EQUAL(before.seatsOfOthers, now.seatsOfOthers);
    for (std::size_t client = 0; client < kClients; ++client)
      CHECK_TRUE(now.counts[client] == before.counts[client] || now.counts[client] == after.counts[client]);
  }

  /// Does `change` in a process that is looked at after each instruction; how often the table changed.
  template <typename Change>
  std::size_t step(const Found& after, Change change) {
    const Found before = look();
    const pid_t pid = fork();
    CHECK_TRUE(pid >= 0);
    if (pid == 0) {
      if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
      raise(SIGSTOP);
      change();
      _exit(0);
    }
    std::size_t changes = 0;
    Found last = before;
    int status = 0;
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
      const Found now = look();
      checkStep(now, before, after);
      changes += now == last ? 0 : 1;
      last = now;
      const bool isDone = now == after && WSTOPSIG(status) == SIGTRAP;
      ptrace(isDone ? PTRACE_DETACH : PTRACE_SINGLESTEP, pid, nullptr, nullptr);
    }
    CHECK_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_TRUE(look() == after);
    return changes;
  }
};

FORK_TEST(ClientSeatsSteps, theFirstSeatOfAClient) {
  Found after = look();
  after.counts[kNew] = 1;
  after.used += 1;
  // The entry is made, and then put into the chain.
  UNSIGNED_LONGS_EQUAL(2, step(after, [this] { static_cast<void>(seats.take(kNew, mine, kNoLimit)); }));
}

FORK_TEST(ClientSeatsSteps, theFirstSeatOfAClientInAnEntryThatWasGivenBack) {
  seats.giveBack(1, mine);
  Found after = look();
  after.counts[1] = 1;
  after.used += 1;
  after.free -= 1;
  UNSIGNED_LONGS_EQUAL(2, step(after, [this] { static_cast<void>(seats.take(1, mine, kNoLimit)); }));
}

FORK_TEST(ClientSeatsSteps, anotherSeatOfAClient) {
  Found after = look();
  after.counts[1] = 2;
  UNSIGNED_LONGS_EQUAL(1, step(after, [this] { static_cast<void>(seats.take(1, mine, kNoLimit)); }));
}

FORK_TEST(ClientSeatsSteps, aSeatThatIsGivenBack) {
  Found after = look();
  after.counts[2] = 1;
  UNSIGNED_LONGS_EQUAL(1, step(after, [this] { seats.giveBack(2, mine); }));
}

FORK_TEST(ClientSeatsSteps, theLastSeatThatIsGivenBack) {
  for (const Client client : {1, 3, 4}) {
    Found after = look();
    after.counts[client] = 0;
    after.used -= 1;
    after.free += 1;
    // The seat goes, the entry leaves the chain, and joins the free ones.
    UNSIGNED_LONGS_EQUAL(3, step(after, [this, client] { seats.giveBack(client, mine); }));
  }
}

FORK_TEST(ClientSeatsSteps, aSlotThatIsForgotten) {
  Found after = look();
  after.counts.assign(kClients, 0);
  after.used -= kHere;
  after.free += kHere;
  UNSIGNED_LONGS_EQUAL(2 * kHere, step(after, [this] { seats.forget(mine); }));
}

}  // namespace mercure::hub::test

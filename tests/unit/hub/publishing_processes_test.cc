#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "hub/archived_hub.h"

#include <CppUTest/TestHarness.h>

// Publishers of many processes, some of which get killed, and a disk that fails.
namespace mercure::hub::test {

namespace {

enum class Answer : std::uint8_t { None, Good, Refused };

constexpr std::size_t kMostUpdates = 1U << 16U;

/// What the publishers tell the test.
struct Publishers {
  std::atomic<std::uint32_t> next;
  std::array<std::atomic<Answer>, kMostUpdates> answers;
};

std::string idOf(std::uint32_t number) {
  return "urn:" + std::to_string(number);
}

std::map<std::string, int> counted(const std::vector<std::string>& ids) {
  std::map<std::string, int> counts;
  for (const std::string& id : ids) ++counts[id];
  return counts;
}

}  // namespace

TEST_GROUP(PublishingProcesses) {
  ArchivedHub archived{1U << 24U};
  SharedObject<Publishers> publishers;

  /// Publishes one update after the other, all of them numbered by all processes together, and notes what it
  /// is answered, until `goOn` says no.
  template <typename GoOn>
  bool publishWhile(GoOn goOn) {
    while (goOn()) {
      const std::uint32_t number = publishers->next++;
      if (number >= kMostUpdates) return false;
      publishers->answers[number] =
          archived.publish(idOf(number), number % 700) ? Answer::Good : Answer::Refused;
    }
    return true;
  }
  bool publishUntilKilled(std::uint32_t seed, std::chrono::nanoseconds life) {
    std::minstd_rand random(seed);
    archived.onSync = [&] { archived.syncError = random() % 4 == 0 ? EIO : 0; };
    archived.archive();
    return dieIn(life) && publishWhile([] { return true; });
  }

  /// Every update answered with success is stored and out, once; none that was refused is either; and what
  /// nobody was told of is both or neither.
  void checkAnswers() {
    CHECK_TRUE(archived.publish("urn:last").has_value());  // what waits is settled before it
    const auto stored = archived.archived();
    CHECK_TRUE(archived.released() == stored);
    const auto counts = counted(stored);
    const std::uint32_t end = publishers->next;
    for (std::uint32_t i = 0; i < end; ++i) {
      const auto found = counts.find(idOf(i));
      const int count = found == counts.end() ? 0 : found->second;
      const Answer answer = publishers->answers[i];
      if (answer == Answer::None) CHECK_TRUE(count <= 1);
      if (answer == Answer::Good) LONGS_EQUAL(1, count);
      if (answer == Answer::Refused) LONGS_EQUAL(0, count);
    }
  }
};

FORK_TEST(PublishingProcesses, everyAnswerIsTrueWhilePublishersAreKilled) {
  std::mt19937 random{std::random_device{}()};
  int rounds = 0;
  CHECK_TRUE(await([&] {
    std::vector<ChildProcess> children;
    for (int i = 0; i < 3; ++i) {
      const auto seed = static_cast<std::uint32_t>(random());
      const std::chrono::nanoseconds life(1 + random() % 10'000'000);
      children.emplace_back([&, seed, life] { return publishUntilKilled(seed, life); });
    }
    for (ChildProcess& child : children) CHECK_FALSE(child.succeeded());
    return ++rounds >= 60 && archived.counters().repairs >= 5;
  }));
  checkAnswers();
}

FORK_TEST(PublishingProcesses, manyProcessesShareCommits) {
  constexpr int kProcesses = 4;
  std::vector<ChildProcess> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.emplace_back([&] {
      int count = 0;
      archived.syncTime = std::chrono::milliseconds(1);
      return publishWhile([&] { return ++count <= 100; });
    });
  }
  for (ChildProcess& child : children) CHECK_TRUE(child.succeeded());
  checkAnswers();
  UNSIGNED_LONGS_EQUAL(kProcesses * 100, publishers->next);
  UNSIGNED_LONGS_EQUAL(kProcesses * 100 + 1, archived.archived().size());
  UNSIGNED_LONGS_EQUAL(0, archived.counters().repairs);
}

// A process is killed while its update waits for the disk: the next publisher stores both.
FORK_TEST(PublishingProcesses, whatAKilledPublisherHadAppendedIsStoredByTheNext) {
  ChildProcess child([&] {
    archived.onSync = [] { raise(SIGKILL); };
    return archived.publish("urn:killed").has_value();
  });
  CHECK_FALSE(child.succeeded());
  CHECK_TRUE(archived.released().empty());
  CHECK_TRUE(archived.publish("urn:next").has_value());
  const std::vector<std::string> both{"urn:killed", "urn:next"};
  CHECK_TRUE(archived.archived() == both);
  CHECK_TRUE(archived.released() == both);
  UNSIGNED_LONGS_EQUAL(1, archived.counters().repairs);
}

// A limit on the file's size stands for a full disk.
FORK_TEST(PublishingProcesses, aFullDiskLosesUpdatesFromTheHistoryButNotFromTheStreams) {
  ChildProcess child([&] {
    ArchivedHub beside(1U << 20U, {.directory = {}, .sync = false, .beforeSync = {}});
    std::uint64_t told = 0;
    beside.hub().observeTrouble([&](const HistoryTrouble& trouble) {
      if (trouble.kind == HistoryTrouble::Kind::Lost) told += trouble.count;
    });
    if (!beside.publish("urn:0")) return false;
    struct rlimit before {};
    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || getrlimit(RLIMIT_FSIZE, &before) != 0) return false;
    struct rlimit little = before;
    little.rlim_cur = 200'000;
    if (setrlimit(RLIMIT_FSIZE, &little) != 0) return false;
    std::uint32_t count = 1;
    for (; beside.counters().historyLost < 10; ++count)
      if (!beside.publish(idOf(count), 1000)) return false;
    if (told == 0 || beside.released().size() != count) return false;
    if (beside.archived().size() != count - 10) return false;
    if (setrlimit(RLIMIT_FSIZE, &before) != 0 || !beside.publish("urn:again")) return false;
    return beside.archived().back() == "urn:again" && beside.counters().historyLost == 10;
  });
  CHECK_TRUE(child.succeeded());
}

}  // namespace mercure::hub::test

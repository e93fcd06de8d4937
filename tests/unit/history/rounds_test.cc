#include "history/rounds.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "history/shared_object.h"
#include "hub/child_process.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

using hub::test::await;
using hub::test::ChildProcess;
using std::chrono::milliseconds;

TEST_GROUP(Rounds) {
  static constexpr milliseconds kLong{60'000};
};

TEST(Rounds, aRoundThatHasEndedIsNotWaitedFor) {
  Rounds rounds;
  const std::uint32_t seen = rounds.count();
  rounds.end();
  rounds.await(seen, kLong);
  CHECK_TRUE(rounds.count() != seen);
}

TEST(Rounds, nobodyWaitsForEver) {
  const Rounds rounds;
  rounds.await(rounds.count(), milliseconds(1));
  rounds.await(rounds.count(), milliseconds(0));
}

// Two threads that wake each other in turn: one wake-up lost, and they would sleep for the minute.
TEST(Rounds, noEndIsMissed) {
  constexpr std::uint32_t kTurns = 2000;
  Rounds ping;
  Rounds pong;
  const auto started = std::chrono::steady_clock::now();
  std::thread other([&] {
    for (std::uint32_t i = 0; i < kTurns; ++i) {
      while (ping.count() == i) ping.await(i, kLong);
      pong.end();
    }
  });
  for (std::uint32_t i = 0; i < kTurns; ++i) {
    ping.end();
    while (pong.count() == i) pong.await(i, kLong);
  }
  other.join();
  CHECK_TRUE(std::chrono::steady_clock::now() - started < kLong);
}

FORK_TEST(Rounds, everyWaiterOfEveryProcessWakes) {
  SharedObject<Rounds> rounds;
  SharedObject<std::atomic<int>> waiting;
  std::vector<ChildProcess> children;
  for (int i = 0; i < 5; ++i) {
    children.emplace_back([&] {
      const auto started = std::chrono::steady_clock::now();
      ++*waiting;
      while (rounds->count() == 0) rounds->await(0, kLong);
      return std::chrono::steady_clock::now() - started < kLong;
    });
  }
  CHECK_TRUE(await([&] { return *waiting == 5; }));
  rounds->end();
  for (ChildProcess& child : children) CHECK_TRUE(child.succeeded());
}

}  // namespace mercure::history::test

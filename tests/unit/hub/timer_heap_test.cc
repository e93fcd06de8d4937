#include "hub/timer_heap.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

struct TestTimer : Timed {};

MonotonicTime at(int milliseconds) {
  return MonotonicTime(std::chrono::milliseconds(milliseconds));
}

}  // namespace

TEST_GROUP(TimerHeap) {
  TimerHeap heap;
};

TEST(TimerHeap, emptyNothingIsEverDue) {
  POINTERS_EQUAL(nullptr, heap.due(kNever));
  CHECK_TRUE(heap.next() == kNever);
}

TEST(TimerHeap, theEarliestComesFirst) {
  TestTimer early;
  TestTimer late;
  heap.schedule(late, at(20));
  heap.schedule(early, at(10));
  CHECK_TRUE(heap.next() == at(10));
  POINTERS_EQUAL(nullptr, heap.due(at(9)));
  POINTERS_EQUAL(&early, heap.due(at(10)));
  heap.schedule(early, at(30));
  POINTERS_EQUAL(&late, heap.due(at(40)));
  heap.remove(late);
  heap.remove(late);
  POINTERS_EQUAL(&early, heap.due(at(40)));
}

TEST(TimerHeap, advancingNeverPutsOff) {
  TestTimer timer;
  heap.schedule(timer, at(20));
  heap.advance(timer, at(30));
  CHECK_TRUE(heap.next() == at(20));
  heap.advance(timer, at(10));
  CHECK_TRUE(heap.next() == at(10));
}

TEST(TimerHeap, keepsTheOrderWhateverComesAndGoes) {
  std::vector<TestTimer> timers(50);
  std::map<TestTimer*, MonotonicTime> known;
  std::minstd_rand random(3);
  for (int i = 0; i < 20'000; ++i) {
    TestTimer& timer = timers[random() % timers.size()];
    const auto due = at(static_cast<int>(random() % 1000));
    const auto found = known.find(&timer);
    if (random() % 4 == 0) {
      heap.remove(timer);
      known.erase(&timer);
    } else if (found != known.end() && random() % 2 == 0) {
      heap.advance(timer, due);
      found->second = std::min(found->second, due);
    } else {
      heap.schedule(timer, due);
      known[&timer] = due;
    }
    auto earliest = kNever;
    for (const auto& [each, itsDue] : known) earliest = std::min(earliest, itsDue);
    CHECK_TRUE(heap.next() == earliest);
    if (Timed* const first = heap.due(earliest); first != nullptr)
      CHECK_TRUE(known.at(static_cast<TestTimer*>(first)) == earliest);
  }
}

TEST_GROUP(Deadline){};

TEST(Deadline, neverGoesBeyondTheClocksRange) {
  CHECK_TRUE(later(at(5), std::chrono::milliseconds(7)) == at(12));
  CHECK_TRUE(later(at(5), std::chrono::milliseconds::max()) == kNever);
  CHECK_TRUE(later(kNever, std::chrono::milliseconds(1)) == kNever);
}

TEST(Deadline, theWallClockIsReachedWhenAsMuchTimeHasPassed) {
  const WallTime wall{std::chrono::hours(500'000)};
  CHECK_TRUE(whenWallClockReaches(wall + std::chrono::seconds(3), at(1000), wall) == at(4000));
  CHECK_TRUE(whenWallClockReaches(wall, at(1000), wall) == at(1000));
  CHECK_TRUE(whenWallClockReaches(WallTime::min(), at(1000), wall) == at(1000));
  CHECK_TRUE(whenWallClockReaches(WallTime::max(), at(1000), WallTime{}) >= at(1000));
}

TEST(Deadline, P0_TIME_01_aStepOfTheWallClockIsNoticedOnce) {
  const WallTime wall{std::chrono::hours(500'000)};
  ClockWatch watch;
  CHECK_TRUE(watch.moved(at(0), wall));
  CHECK_FALSE(watch.moved(at(1000), wall + std::chrono::milliseconds(1001)));
  CHECK_TRUE(watch.moved(at(2000), wall + std::chrono::minutes(5)));
  CHECK_FALSE(watch.moved(at(3000), wall + std::chrono::minutes(5) + std::chrono::seconds(1)));
  CHECK_TRUE(watch.moved(at(4000), wall));
}

}  // namespace mercure::hub::test

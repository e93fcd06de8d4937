#include "hub/slot_claim.h"

#include <array>
#include <atomic>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "hub/child_process.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::size_t kSlots = 3;

bool isFree(const Slot& slot) {
  return slot.pid == 0 && slot.kind == SlotKind::Free && slot.streams == 0 && slot.threadedStreams == 0 &&
         slot.tlsStreams == 0;
}

}  // namespace

TEST_GROUP(SlotClaim) {
  SharedSegment shared{kSegmentPage, kSlots};
  Segment segment = shared.segment();
  SharedObject<std::atomic<int>> ready;

  /// A process that claims a slot, counts streams in it and then waits to be killed.
  ChildProcess holder(std::int64_t streams) {
    const int before = *ready;
    ChildProcess child([this, streams] {
      const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
      if (!claim) return false;
      claim.slot()->streams = streams;
      claim.slot()->tlsStreams = streams;
      claim.slot()->threadedStreams = streams;
      ++*ready;
      pause();
      return false;
    });
    CHECK_TRUE(await([&] { return *ready > before; }));
    return child;
  }

  std::size_t freeSlots() const {
    std::size_t count = 0;
    for (const Slot& slot : segment.slots()) count += isFree(slot) ? 1 : 0;
    return count;
  }
};

TEST(SlotClaim, anEmptyOneHoldsNothing) {
  const SlotClaim none;
  CHECK_FALSE(static_cast<bool>(none));
  POINTERS_EQUAL(nullptr, none.slot());
}

TEST(SlotClaim, takesASlotAndGivesItBackEmpty) {
  {
    const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Keeper);
    CHECK_TRUE(static_cast<bool>(claim));
    LONGS_EQUAL(getpid(), claim.slot()->pid);
    CHECK_TRUE(claim.slot()->kind == SlotKind::Keeper);
    claim.slot()->streams = 5;
    claim.slot()->threadedStreams = 4;
    claim.slot()->tlsStreams = 3;
    UNSIGNED_LONGS_EQUAL(kSlots - 1, freeSlots());
  }
  UNSIGNED_LONGS_EQUAL(kSlots, freeSlots());
  UNSIGNED_LONGS_EQUAL(0, segment.counters().repairs);
}

TEST(SlotClaim, isEmptyWhenNoSlotIsLeft) {
  std::vector<SlotClaim> claims;
  for (std::size_t i = 0; i < kSlots; ++i) {
    claims.push_back(SlotClaim::claim(segment, SlotKind::Child));
    CHECK_TRUE(static_cast<bool>(claims.back()));
  }
  CHECK_FALSE(static_cast<bool>(SlotClaim::claim(segment, SlotKind::Child)));
  claims.pop_back();
  CHECK_TRUE(static_cast<bool>(SlotClaim::claim(segment, SlotKind::Child)));
}

TEST(SlotClaim, movesWithItsSlot) {
  SlotClaim first = SlotClaim::claim(segment, SlotKind::Child);
  Slot* const slot = first.slot();
  SlotClaim second(std::move(first));
  POINTERS_EQUAL(slot, second.slot());
  SlotClaim third = SlotClaim::claim(segment, SlotKind::Child);
  third = std::move(second);
  POINTERS_EQUAL(slot, third.slot());
  second = SlotClaim();
  UNSIGNED_LONGS_EQUAL(kSlots - 1, freeSlots());
}

TEST(SlotClaim, threadsGetSlotsOfTheirOwn) {
  std::atomic<std::size_t> claimed{0};
  std::array<Slot*, kSlots> slots{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kSlots; ++i) {
    threads.emplace_back([&, i] {
      const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
      slots[i] = claim.slot();
      ++claimed;
      static_cast<void>(await([&] { return claimed == kSlots; }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_TRUE(std::set<Slot*>(slots.begin(), slots.end()).size() == kSlots);
  CHECK_TRUE(slots[0] != nullptr && slots[1] != nullptr && slots[2] != nullptr);
  UNSIGNED_LONGS_EQUAL(kSlots, freeSlots());
}

TEST(SlotClaim, aLiveOwnersSlotIsNotFreed) {
  const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
  UNSIGNED_LONGS_EQUAL(0, freeDeadSlots(segment));
  std::thread([this] { UNSIGNED_LONGS_EQUAL(0, freeDeadSlots(segment)); }).join();
  LONGS_EQUAL(getpid(), claim.slot()->pid);
}

TEST(SlotClaim, aNamedSlotThatNobodyHoldsIsFreed) {
  segment.slots()[0].pid = 1;
  segment.slots()[0].streams = 9;
  UNSIGNED_LONGS_EQUAL(1, freeDeadSlots(segment));
  UNSIGNED_LONGS_EQUAL(kSlots, freeSlots());
  UNSIGNED_LONGS_EQUAL(0, freeDeadSlots(segment));

  segment.slots()[0].pid = 1;
  segment.slots()[0].streams = 9;
  const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
  LONGS_EQUAL(0, claim.slot()->streams);
}

FORK_TEST(SlotClaim, slotsOfKilledProcessesAreFreed) {
  ChildProcess first = holder(3);
  ChildProcess second = holder(4);
  UNSIGNED_LONGS_EQUAL(0, freeDeadSlots(segment));
  UNSIGNED_LONGS_EQUAL(1, freeSlots());
  first.kill();
  UNSIGNED_LONGS_EQUAL(1, freeDeadSlots(segment));
  UNSIGNED_LONGS_EQUAL(2, freeSlots());
  UNSIGNED_LONGS_EQUAL(1, segment.counters().repairs);
  second.kill();
  UNSIGNED_LONGS_EQUAL(1, freeDeadSlots(segment));
  UNSIGNED_LONGS_EQUAL(kSlots, freeSlots());
}

FORK_TEST(SlotClaim, aKilledProcessesSlotIsClaimedEmpty) {
  std::vector<ChildProcess> holders;
  for (std::size_t i = 0; i < kSlots; ++i) holders.push_back(holder(7));
  CHECK_FALSE(static_cast<bool>(SlotClaim::claim(segment, SlotKind::Child)));
  holders[1].kill();
  const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
  CHECK_TRUE(static_cast<bool>(claim));
  POINTERS_EQUAL(&segment.slots()[1], claim.slot());
  LONGS_EQUAL(0, claim.slot()->streams);
  LONGS_EQUAL(0, claim.slot()->threadedStreams);
  LONGS_EQUAL(0, claim.slot()->tlsStreams);
}

FORK_TEST(SlotClaim, aProcessThatExitsWithoutReleasingIsDeadToo) {
  ChildProcess child([this] {
    SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
    claim.slot()->streams = 2;
    _exit(0);
    return true;
  });
  CHECK_TRUE(child.succeeded());
  UNSIGNED_LONGS_EQUAL(1, freeDeadSlots(segment));
  UNSIGNED_LONGS_EQUAL(kSlots, freeSlots());
}

// More processes than slots come, go and get killed: no slot is ever shared, none is lost.
FORK_TEST(SlotClaim, churnNeitherSharesNorLosesASlot) {
  SharedObject<std::atomic<int>> shares;
  const auto claimAndRelease = [&] {
    for (;;) {
      const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
      if (!claim) continue;
      for (int i = 0; i < 50; ++i) {
        if (++claim.slot()->streams != i + 1 || claim.slot()->pid != getpid()) ++*shares;
        freeDeadSlots(segment);
      }
    }
    return false;
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<ChildProcess> children;
    for (std::size_t i = 0; i <= kSlots; ++i) children.emplace_back(claimAndRelease);
    CHECK_TRUE(await([&] { return freeSlots() < kSlots; }));
    for (ChildProcess& child : children) child.kill();
  }
  LONGS_EQUAL(0, *shares);
  freeDeadSlots(segment);
  UNSIGNED_LONGS_EQUAL(kSlots, freeSlots());
  for (Slot& slot : segment.slots()) CHECK_TRUE(slot.owner.tryLock() != RobustMutex::Locked::No);
  for (Slot& slot : segment.slots()) slot.owner.unlock();
}

}  // namespace mercure::hub::test

#include "hub/keepers.h"

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "hub/hub_fixture.h"
#include "hub/slot_claim.h"
#include "hub/stream.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::chrono::milliseconds kShort{20};
constexpr std::chrono::hours kLong{10};

}  // namespace

TEST_GROUP(Keepers) {
  SharedSegment first{kSegmentPage, 6};
  SharedSegment second{kSegmentPage, 6};
  std::vector<Segment> segments{first.segment(), second.segment()};

  static void occupy(Segment segment, pid_t pid, std::int64_t streams, SlotKind kind = SlotKind::Keeper) {
    for (Slot& slot : segment.slots()) {
      if (slot.pid != 0) continue;
      slot.pid = pid;
      slot.kind = kind;
      slot.streams = streams;
      return;
    }
    FAIL("no slot is left");
  }

  /// Which of the processes 10 to 50 is one too many; 0 when none is.
  pid_t tooMany(std::size_t most) const {
    pid_t found = 0;
    for (pid_t pid = 10; pid <= 50; pid += 10) {
      if (!isKeeperTooMany(segments, most, pid)) continue;
      LONGS_EQUAL(0, found);
      found = pid;
    }
    return found;
  }
};

TEST(Keepers, noneIsTooManyAsLongAsTheyAreFewEnough) {
  LONGS_EQUAL(0, tooMany(0));
  occupy(first.segment(), 20, 1);
  occupy(first.segment(), 30, 2);
  LONGS_EQUAL(0, tooMany(2));
  LONGS_EQUAL(0, tooMany(3));
}

TEST(Keepers, theOneWithTheFewestStreamsIsTooMany) {
  occupy(first.segment(), 10, 9);
  occupy(first.segment(), 20, 3);
  occupy(first.segment(), 30, 7);
  LONGS_EQUAL(20, tooMany(2));
  LONGS_EQUAL(20, tooMany(1));
  LONGS_EQUAL(20, tooMany(0));
}

TEST(Keepers, theirStreamsCountOverAllHubs) {
  occupy(first.segment(), 10, 5);
  occupy(second.segment(), 10, 5);
  occupy(first.segment(), 20, 1);
  occupy(second.segment(), 20, 20);
  occupy(first.segment(), 30, 20);
  occupy(second.segment(), 30, 1);
  LONGS_EQUAL(0, tooMany(3));
  LONGS_EQUAL(10, tooMany(2));
}

TEST(Keepers, oneThatServesOneHubOnlyCountsToo) {
  occupy(first.segment(), 10, 5);
  occupy(second.segment(), 20, 4);
  LONGS_EQUAL(20, tooMany(1));
}

TEST(Keepers, ofEqualsTheOneWithTheLeastPidIsTooMany) {
  occupy(first.segment(), 30, 4);
  occupy(first.segment(), 20, 4);
  occupy(first.segment(), 40, 4);
  LONGS_EQUAL(20, tooMany(2));
}

TEST(Keepers, childrenAndKeepersThatAreClosingDoNotCount) {
  occupy(first.segment(), 10, 1, SlotKind::Child);
  occupy(first.segment(), 20, 1, SlotKind::ClosingKeeper);
  occupy(first.segment(), 30, 7);
  occupy(first.segment(), 40, 8);
  LONGS_EQUAL(0, tooMany(2));
  LONGS_EQUAL(30, tooMany(1));
}

TEST(Keepers, thereAreNoneToWaitFor) {
  const SlotClaim child = SlotClaim::claim(first.segment(), SlotKind::Child);
  CHECK_TRUE(awaitNoKeepers(segments, std::chrono::milliseconds(0)));
  CHECK_TRUE(awaitNoKeepers({}, std::chrono::milliseconds(0)));
}

TEST(Keepers, aLiveOneIsWaitedForAsLongAsIsAsked) {
  for (const auto kind : {SlotKind::Keeper, SlotKind::ClosingKeeper}) {
    const SlotClaim keeper = SlotClaim::claim(second.segment(), kind);
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(awaitNoKeepers(segments, kShort));
    CHECK_TRUE(std::chrono::steady_clock::now() - start >= kShort);
  }
}

TEST(Keepers, theWaitEndsWhenTheLastOneLetsGo) {
  std::atomic<bool> claimed{false};
  std::atomic<bool> leave{false};
  std::thread keeper([&] {
    const SlotClaim claim = SlotClaim::claim(second.segment(), SlotKind::Keeper);
    claimed = true;
    static_cast<void>(await([&] { return leave.load(); }));
  });
  CHECK_TRUE(await([&] { return claimed.load(); }));
  CHECK_FALSE(awaitNoKeepers(segments, std::chrono::milliseconds(0)));
  leave = true;
  CHECK_TRUE(awaitNoKeepers(segments, kPatience));
  keeper.join();
}

FORK_TEST(Keepers, aKilledOneIsNotWaitedFor) {
  SharedObject<std::atomic<bool>> claimed;
  ChildProcess keeper([&] {
    const SlotClaim claim = SlotClaim::claim(second.segment(), SlotKind::Keeper);
    *claimed = true;
    pause();
    return false;
  });
  CHECK_TRUE(await([&] { return claimed->load(); }));
  CHECK_FALSE(awaitNoKeepers(segments, kShort));
  keeper.kill();
  CHECK_TRUE(awaitNoKeepers(segments, std::chrono::milliseconds(0)));
  UNSIGNED_LONGS_EQUAL(1, second.segment().counters().repairs);
}

TEST_GROUP(Epoch) {
  HubFixture fixture{1U << 20U, {.maxDispatchers = 3, .streamsBeforeAnother = 2, .streamEnded = {}}};
};

TEST(Epoch, aNewOneEndsEveryStreamWithARetry) {
  std::deque<StreamClient> clients(6);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  raiseEpoch(fixture.hub().segment());
  fixture.wake();
  for (auto& client : clients) {
    CHECK_TRUE(client.awaitEnd());
    CHECK_TRUE(retryIn(client.received()) > 0);
  }
  CHECK_TRUE(fixture.awaitEnds(clients.size()));
  for (const auto& end : fixture.ends()) CHECK_TRUE(end.reason == EndReason::ServerStopping);
}

TEST(Epoch, aStreamOfAnEarlierOneEndsThoughItOpensLater) {
  raiseEpoch(fixture.hub().segment());
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(retryIn(client.received()) > 0);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::ServerStopping);
}

TEST(Epoch, whoEntersItIsServed) {
  raiseEpoch(fixture.hub().segment());
  fixture.hub().enterEpoch();
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.wake();
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(Epoch, streamsThatWereSetAsideInAnEarlierOneEndWithTheirAdopter) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  auto streams = fixture.dispatchers().setAside();
  UNSIGNED_LONGS_EQUAL(1, streams.size());
  raiseEpoch(fixture.hub().segment());
  const auto keeper = fixture.moreDispatchers();
  keeper->adopt(std::move(streams.front()));
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(retryIn(client.received()) > 0);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::ServerStopping);
}

TEST_GROUP(Closing) {
  HubFixture fixture{
      1U << 20U,
      {.kind = SlotKind::Keeper, .maxDispatchers = 2, .streamsBeforeAnother = 4, .streamEnded = {}}};
};

TEST(Closing, endsEveryStreamWithARetryAndSaysSoInTheSlot) {
  std::deque<StreamClient> clients(8);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  const Slot* const slot = fixture.slotOf(SlotKind::Keeper);
  fixture.dispatchers().closeWithin(kShort);
  CHECK_TRUE(slot->kind == SlotKind::ClosingKeeper);
  LONGS_EQUAL(getpid(), slot->pid);
  for (auto& client : clients) {
    CHECK_TRUE(client.awaitEnd());
    CHECK_TRUE(retryIn(client.received()) > 0);
  }
  CHECK_TRUE(fixture.awaitEnds(clients.size()));
  for (const auto& end : fixture.ends()) CHECK_TRUE(end.reason == EndReason::TooManyKeepers);
  CHECK_TRUE(await([&] { return fixture.dispatchers().load() == 0; }));
  CHECK_TRUE(slot->kind == SlotKind::ClosingKeeper);
  LONGS_EQUAL(1, fixture.hub().gauges().keepers);
}

TEST(Closing, theEndsAreSpread) {
  std::deque<StreamClient> clients(200);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  fixture.dispatchers().closeWithin(kPatience);
  CHECK_TRUE(fixture.awaitEnds(3));
  CHECK_TRUE(fixture.ends().size() < clients.size());
}

TEST(Closing, streamsAreServedUntilTheirEnd) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.dispatchers().closeWithin(kLong);
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(Closing, aStreamWhoseOwnEndComesFirstEndsForThat) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}),
              std::chrono::steady_clock::now() + std::chrono::milliseconds(50));
  fixture.dispatchers().closeWithin(kLong);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(client.received().empty());
  CHECK_TRUE(fixture.awaitEnd() == EndReason::DurationReached);
}

TEST(Closing, aStreamThatWouldHaveGoneOnLongerEndsToo) {
  StreamClient client;
  auto subscription = fixture.subscription({"a"});
  subscription.expires = std::chrono::system_clock::now() + kLong;
  fixture.add(client, std::move(subscription), std::chrono::steady_clock::now() + kLong);
  fixture.dispatchers().closeWithin(std::chrono::milliseconds(0));
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(fixture.awaitEnd() == EndReason::TooManyKeepers);
}

TEST(Closing, threadedStreamsEndToo) {
  const auto stream = fixture.addThreaded(fixture.subscription({"a"}));
  fixture.dispatchers().closeWithin(std::chrono::milliseconds(0));
  CHECK_TRUE(await([&] { return stream->take(kShort).ended == EndReason::TooManyKeepers; }));
  stream->finish(EndReason::ClientGone);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::TooManyKeepers);
}

TEST(Closing, aStreamThatIsStillOnItsWayInEndsToo) {
  StreamClient other;
  StreamClient client;
  fixture.add(other, fixture.subscription({"a"}));
  const auto threaded = fixture.addThreaded(fixture.subscription({"a"}), std::chrono::steady_clock::now());
  CHECK_TRUE(await([&] { return threaded->take(kShort).ended.has_value(); }));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(other.awaitText("data: a\n\n"));  // in a round after the one that ended the threaded stream
  {
    const HubFixture::Stall stall(fixture);
    threaded->finish(EndReason::ClientGone);
    CHECK_TRUE(stall.await());  // in the middle of a round, which has looked for arrivals
    fixture.add(client, fixture.subscription({"a"}));
    fixture.dispatchers().closeWithin(std::chrono::milliseconds(0));
  }
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(other.awaitEnd());
  CHECK_TRUE(fixture.awaitEnds(3));
  CHECK_TRUE(fixture.ends()[2].reason == EndReason::TooManyKeepers);
}

TEST(Closing, anEndMayComeWhileTheyAreClosing) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.dispatchers().closeWithin(kLong);
  fixture.dispatchers().stop();
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(fixture.awaitEnd() == EndReason::ServerStopping);
  LONGS_EQUAL(0, fixture.hub().gauges().keepers);
}

}  // namespace mercure::hub::test

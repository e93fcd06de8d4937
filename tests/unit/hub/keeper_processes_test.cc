#include <sys/prctl.h>
#include <sys/types.h>

#include <atomic>
#include <deque>
#include <tuple>
#include <vector>

#include "hub/hub_fixture.h"
#include "hub/keepers.h"
#include "hub/slot_claim.h"
#include "hub/stream.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Streams = std::vector<std::unique_ptr<Stream>>;

/// How far the processes have come.
struct Progress {
  std::atomic<bool> opened{false};
  std::atomic<bool> setAside{false};
  std::atomic<bool> mayFork{false};
  std::atomic<bool> adopted{false};
  std::atomic<bool> letGo{false};
  std::atomic<bool> keeperEnded{false};
};

enum class End { Exit, BeKilled };

}  // namespace

// A child opens streams, sets them aside and forks a keeper, which carries them on.
TEST_GROUP(KeeperProcesses) {
  HubFixture fixture;
  SharedObject<Progress> progress;
  std::deque<StreamClient> clients;

  static bool reached(const std::atomic<bool>& mark) {
    return await([&mark] { return mark.load(); });
  }

  /// In the keeper: until the last stream has ended.
  bool keep(Streams streams) {
    prctl(PR_SET_PDEATHSIG, 0);  // it outlives the child
    auto dispatchers = fixture.moreDispatchers();
    for (auto& stream : streams) dispatchers->adopt(std::move(stream));
    progress->adopted = true;
    const bool ended = await([&] { return dispatchers->load() == 0; });
    dispatchers.reset();
    progress->keeperEnded = true;
    return ended;
  }

  /// In the child.
  bool openAndPassOn(End end) {
    for (auto& client : clients) {
      fixture.add(client, fixture.subscription({"a"}, {"a"}));
      client.close();  // or the client's going would not be seen
    }
    progress->opened = true;
    Streams streams = fixture.dispatchers().setAside();
    progress->setAside = true;
    if (!reached(progress->mayFork)) return false;
    const ChildProcess keeper([&] { return keep(std::move(streams)); });
    if (!reached(progress->adopted)) return false;
    if (end == End::BeKilled) pause();
    fixture.dispatchers().letGo();
    progress->letGo = true;
    _exit(0);  // without the keeper's end, which its destructor would bring
  }

  ChildProcess startChild(End end) {
    ChildProcess child([this, end] { return openAndPassOn(end); });
    for (auto& client : clients) std::ignore = client.takeServerEnd();
    return child;
  }

  void publishAlong() {
    CHECK_TRUE(reached(progress->opened));
    fixture.publish({"a"}, "data: 1\n\n", true);
    CHECK_TRUE(reached(progress->setAside));
    fixture.publish({"a"}, "data: 2\n\n");
    progress->mayFork = true;
    fixture.publish({"a"}, "data: 3\n\n", true);
    CHECK_TRUE(reached(progress->adopted));
    fixture.publish({"a"}, "data: 4\n\n");
  }
  bool allHaveGotAll() {
    for (auto& client : clients)
      if (!client.awaitText("data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n")) return false;
    return true;
  }
  void openEveryWire() {
    for (const auto wire : {StreamClient::Wire::Clear, StreamClient::Wire::Tls12, StreamClient::Wire::Tls13})
      clients.emplace_back(wire);
  }
  bool keeperGoesWithItsStreams() {
    clients.clear();
    return reached(progress->keeperEnded) && await([&] { return fixture.hub().gauges().processes == 0; });
  }
};

FORK_TEST(KeeperProcesses, streamsOutliveTheChildThatOpenedThem) {
  openEveryWire();
  ChildProcess child = startChild(End::Exit);
  publishAlong();
  CHECK_TRUE(child.succeeded());
  CHECK_TRUE(allHaveGotAll());
  const auto gauges = fixture.hub().gauges();
  LONGS_EQUAL(1, gauges.processes);
  LONGS_EQUAL(1, gauges.keepers);
  LONGS_EQUAL(3, gauges.streams);
  LONGS_EQUAL(2, gauges.tlsStreams);
  UNSIGNED_LONGS_EQUAL(0, fixture.counters().repairs);
  fixture.publish({"a"}, "data: 5\n\n");
  for (auto& client : clients) CHECK_TRUE(client.awaitPart("data: 5\n\n"));
  CHECK_TRUE(keeperGoesWithItsStreams());
  UNSIGNED_LONGS_EQUAL(3, fixture.counters().streamsOpened);
  UNSIGNED_LONGS_EQUAL(3, fixture.counters().streamsClosed);
}

FORK_TEST(KeeperProcesses, streamsOutliveAChildThatIsKilled) {
  openEveryWire();
  ChildProcess child = startChild(End::BeKilled);
  publishAlong();
  LONGS_EQUAL(2, fixture.hub().gauges().processes);
  child.kill();
  CHECK_TRUE(allHaveGotAll());
  CHECK_TRUE(await([&] { return fixture.hub().gauges().processes == 1; }));
  LONGS_EQUAL(3, fixture.hub().gauges().streams);
  fixture.publish({"a"}, "data: 5\n\n");
  for (auto& client : clients) CHECK_TRUE(client.awaitPart("data: 5\n\n"));
  CHECK_TRUE(keeperGoesWithItsStreams());
}

FORK_TEST(KeeperProcesses, aKilledKeepersStreamsAreCutAndItsSlotIsFree) {
  openEveryWire();
  ChildProcess child = startChild(End::Exit);
  publishAlong();
  CHECK_TRUE(child.succeeded());
  CHECK_TRUE(allHaveGotAll());
  const std::vector<Segment> segments{fixture.hub().segment()};
  CHECK_FALSE(awaitNoKeepers(segments, std::chrono::milliseconds(0)));
  LONGS_EQUAL(0, kill(fixture.slotOf(SlotKind::Keeper)->pid, SIGKILL));
  for (auto& client : clients) CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(awaitNoKeepers(segments, kPatience));
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
  LONGS_EQUAL(0, fixture.hub().gauges().streams);
  UNSIGNED_LONGS_EQUAL(1, fixture.counters().repairs);
}

FORK_TEST(KeeperProcesses, aNewEpochEndsAKeeper) {
  openEveryWire();
  ChildProcess child = startChild(End::Exit);
  progress->mayFork = true;
  CHECK_TRUE(child.succeeded());
  raiseEpoch(fixture.hub().segment());
  fixture.wake();
  for (auto& client : clients) {
    CHECK_TRUE(client.awaitEnd());
    CHECK_TRUE(retryIn(client.received()) > 0);
  }
  CHECK_TRUE(awaitNoKeepers(std::vector{fixture.hub().segment()}, kPatience));
}

FORK_TEST(KeeperProcesses, aKeeperWithoutASlotTouchesNobodyElses) {
  clients.emplace_back();
  std::vector<SlotClaim> others;
  for (std::size_t i = 1; i < fixture.hub().segment().slots().size(); ++i)
    others.push_back(SlotClaim::claim(fixture.hub().segment(), SlotKind::Child));
  ChildProcess child = startChild(End::BeKilled);
  publishAlong();
  CHECK_TRUE(allHaveGotAll());
  others.pop_back();  // so that the keeper does not take the child's
  CHECK_TRUE(await([&] { return fixture.slotOf(SlotKind::Keeper) != nullptr; }));
  child.kill();
  const SlotClaim reused = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
  CHECK_TRUE(static_cast<bool>(reused));
  reused.slot()->streams = 5;
  clients.clear();
  CHECK_TRUE(reached(progress->keeperEnded));
  LONGS_EQUAL(5, reused.slot()->streams);
}

}  // namespace mercure::hub::test

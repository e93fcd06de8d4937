#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hub/hub_fixture.h"
#include "hub/numbered_updates.h"
#include "hub/stream.h"

#include <CppUTest/PlatformSpecificFunctions.h>
#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

std::atomic<std::size_t> refusedFrom{0};  // sizes from here to refusedTo are refused to one thread; 0: none
std::atomic<std::size_t> refusedTo{0};
std::atomic<const char*> refusedThread{nullptr};

/// What the test framework's operator new calls in these tests.
void* allocate(std::size_t size) {
  if (refusedFrom == 0 || size < refusedFrom || size > refusedTo) return std::malloc(size);
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return std::string_view(name.data()) == refusedThread.load() ? nullptr : std::malloc(size);
}

}  // namespace

TEST_GROUP(AllocationFailure) {
  HubFixture fixture{1U << 25U};
  void* (*before)(std::size_t) = nullptr;

  void refuse(std::size_t from, std::size_t to, const char* thread = "mercure-disp") {
    refusedThread = thread;
    refusedTo = to;
    refusedFrom = from;
  }
  void setup() override {
    before = PlatformSpecificMalloc;
    PlatformSpecificMalloc = allocate;
  }
  void teardown() override {
    refusedFrom = 0;
    fixture.destroyDispatchers();
    PlatformSpecificMalloc = before;
  }

  /// Whether a stream that opens now is served.
  bool servesAnother() {
    refusedFrom = 0;
    StreamClient client;
    fixture.add(client, fixture.subscription({"z"}));
    fixture.publish({"z"}, "data: z\n\n");
    return client.awaitText("data: z\n\n");
  }
};

TEST(AllocationFailure, aStreamWhoseQueueCannotGrowIsCutAlone) {
  fixture.limits().sendBuffer = 1U << 24U;
  StreamClient slow;
  StreamClient quick;
  fixture.add(slow, fixture.subscription({"a", "b"}));
  fixture.add(quick, fixture.subscription({"b"}));
  fixture.publish({"a"}, "data: " + std::string(4U << 20U, 'x') + "\n\n");
  fixture.publish({"b"}, "data: b\n\n");
  fixture.publish({"b"}, "data: b\n\n");
  CHECK_TRUE(quick.awaitText("data: b\n\ndata: b\n\n"));
  // Two frames wait behind the one that is being written: a third needs room for four.
  refuse(4 * sizeof(std::shared_ptr<void>), 4 * sizeof(std::shared_ptr<void>));
  fixture.publish({"b"}, "data: c\n\n");
  CHECK_TRUE(fixture.awaitEnd() == EndReason::OutOfMemory);
  CHECK_TRUE(quick.awaitText("data: b\n\ndata: b\n\ndata: c\n\n"));
  CHECK_TRUE(slow.awaitEnd());
  UNSIGNED_LONGS_EQUAL(1, fixture.ends().size());
  CHECK_TRUE(servesAnother());
}

TEST(AllocationFailure, anUpdateThatCannotBeReadCutsTheHubsStreams) {
  StreamClient one;
  StreamClient two;
  fixture.add(one, fixture.subscription({"a"}));
  fixture.add(two, fixture.subscription({"b"}));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(one.awaitText("data: a\n\n"));
  refuse(1U << 20U, 1U << 30U);
  fixture.publish({"a"}, "data: " + std::string(2U << 20U, 'x') + "\n\n");
  CHECK_TRUE(one.awaitEnd());
  CHECK_TRUE(two.awaitEnd());
  CHECK_TRUE(fixture.awaitEnds(2));
  for (const auto& end : fixture.ends()) CHECK_TRUE(end.reason == EndReason::OutOfMemory);
  CHECK_TRUE(servesAnother());
}

TEST(AllocationFailure, aStreamThatCannotComeInIsCut) {
  std::size_t refusals = 0;
  // The smaller the first refused size, the fewer of the steps of coming in get what they ask for.
  for (std::size_t from = 4096; from > 4; from /= 2) {
    const std::size_t endsBefore = fixture.ends().size();
    const auto evaluatedBefore = fixture.counters().selectorsEvaluated.load();
    refuse(from, 1U << 30U);
    StreamClient client;
    fixture.add(client, fixture.subscription({"a", "b", "c{d}", "e", "f"}, {"a", "g"}));
    const bool settled = await([&] {
      fixture.publish({"other"}, ":\n");
      return fixture.counters().selectorsEvaluated > evaluatedBefore || fixture.ends().size() > endsBefore;
    });
    CHECK_TRUE(settled);
    refusedFrom = 0;
    // It may be cut now still, by an update that was refused its memory meanwhile.
    fixture.publish({"a"}, "data: a\n\n");
    const bool isIn = client.awaitText("data: a\n\n");
    if (isIn) {
      client.close();
    } else {
      CHECK_TRUE(client.awaitEnd());
      ++refusals;
    }
    CHECK_TRUE(fixture.awaitEnds(endsBefore + 1));
    CHECK_TRUE(isIn || fixture.ends().back().reason == EndReason::OutOfMemory);
  }
  CHECK_TRUE(refusals >= 3);
  CHECK_TRUE(servesAnother());
}

// The past comes whole, or the stream is cut, having got what came before; others are served.
TEST(AllocationFailure, aReplayThatGetsNoMemoryEndsItsStreamAlone) {
  HubFixture archived(16 * kSegmentPage, {},
                      HistoryOptions{.directory = {}, .sync = false, .beforeSync = {}});
  NumberedUpdates updates(archived, 100);
  updates.publish(3000);
  StreamClient live;
  archived.add(live, archived.subscription({"z"}));
  std::string toLive;
  for (const char* const thread : {"mercure-replay", "mercure-disp"}) {
    std::size_t refusals = 0;
    for (std::size_t from = 1U << 17U; from > 4; from /= 2) {
      const std::size_t endsBefore = archived.ends().size();
      StreamClient client;
      Subscription subscription = archived.subscription({"a", "b{c}"}, {"a", "g"});
      subscription.start = {};
      refuse(from, 1U << 30U, thread);
      archived.add(client, std::move(subscription));
      CHECK_TRUE(await([&] {
        client.readSome();
        return archived.ends().size() > endsBefore || client.received().size() == updates.from(0).size();
      }));
      refusedFrom = 0;
      CHECK_TRUE(updates.from(0).starts_with(client.received()));
      if (archived.ends().size() > endsBefore) {
        CHECK_TRUE(archived.ends().back().reason == EndReason::OutOfMemory);
        CHECK_TRUE(client.awaitEnd());
        ++refusals;
      } else {
        client.close();
        CHECK_TRUE(archived.awaitEnds(endsBefore + 1));
      }
      archived.publish({"z"}, "data: z\n\n");
      toLive += "data: z\n\n";
      CHECK_TRUE(live.awaitText(toLive));
    }
    CHECK_TRUE(refusals >= 3);
  }
  archived.destroyDispatchers();
}

TEST(AllocationFailure, whatCannotBeSetAsideEndsInOrder) {
  StreamClient client;
  const auto threaded = fixture.addThreaded(fixture.subscription({"a"}));
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
  CHECK_TRUE(fixture.awaitDelivered(1));  // the round is over
  refuse(1, 1U << 30U);
  CHECK_TRUE(fixture.dispatchers().setAside().empty());
  refusedFrom = 0;
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(threaded->take({}).ended == EndReason::ServerStopping);
  UNSIGNED_LONGS_EQUAL(2, fixture.ends().size());
  CHECK_TRUE(std::ranges::any_of(fixture.ends(),
                                 [](const auto& end) { return end.reason == EndReason::OutOfMemory; }));
  fixture.dispatchers().letGo();
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
}

TEST(AllocationFailure, anEndNeedsNoMemory) {
  StreamClient client;
  StreamClient overTls(StreamClient::Wire::Tls13);
  fixture.add(client, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  const auto threaded = fixture.addThreaded(fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
  refuse(1, 1U << 30U);
  fixture.dispatchers().requestEnd();
  CHECK_TRUE(fixture.dispatchers().awaitEnd(kPatience));
  refusedFrom = 0;
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(overTls.awaitEnd());
  CHECK_TRUE(threaded->take({}).ended.has_value());
}

}  // namespace mercure::hub::test

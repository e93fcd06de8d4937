#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "hub/hub_fixture.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

TEST_GROUP(Delivery) {
  HubFixture fixture{1U << 22U, {.maxDispatchers = 2, .streamsBeforeAnother = 4, .streamEnded = {}}};

  /// What the log holds from `position` on, one after the other.
  std::string eventsFrom(std::uint64_t position) {
    LogReader reader(fixture.hub().segment(), position);
    std::string result;
    for (Record record; reader.next(record) == LogReader::Outcome::Read;) result += record.event;
    return result;
  }
};

TEST(Delivery, P0_SUB_13_anUpdateReachesWhoeverWantsOneOfItsTopics) {
  StreamClient exact;
  StreamClient pattern;
  StreamClient everything;
  StreamClient other;
  fixture.add(exact, fixture.subscription({"https://example.com/books/1"}));
  fixture.add(pattern, fixture.subscription({"https://example.com/books/{id}"}));
  fixture.add(everything, fixture.subscription({"*"}));
  fixture.add(other, fixture.subscription({"https://example.com/books/2", "https://example.com/{a}/x"}));
  fixture.publish({"https://example.com/alternate", "https://example.com/books/1"}, "data: a\n\n");
  fixture.publish({"https://example.com/books/2"}, "data: b\n\n");
  CHECK_TRUE(exact.awaitText("data: a\n\n"));
  CHECK_TRUE(pattern.awaitText("data: a\n\ndata: b\n\n"));
  CHECK_TRUE(everything.awaitText("data: a\n\ndata: b\n\n"));
  CHECK_TRUE(other.awaitText("data: b\n\n"));
  CHECK_TRUE(fixture.awaitDelivered(6));
}

TEST(Delivery, P0_SUB_14_aPrivateUpdateNeedsARight) {
  StreamClient entitled;
  StreamClient other;
  fixture.add(entitled, fixture.subscription({"https://example.com/z"}, {"https://example.com/books/{id}"}));
  fixture.add(other, fixture.subscription({"https://example.com/z"}, {"https://example.com/y"}));
  fixture.publish({"https://example.com/z", "https://example.com/books/1"}, "data: private\n\n", true);
  fixture.publish({"https://example.com/z"}, "data: other\n\n", true);
  fixture.publish({"https://example.com/z"}, "data: public\n\n");
  CHECK_TRUE(entitled.awaitText("data: private\n\ndata: public\n\n"));
  CHECK_TRUE(other.awaitText("data: public\n\n"));
}

TEST(Delivery, chunkedStreamsGetEachEventAsAChunk) {
  StreamClient client(StreamClient::Wire::Clear, true);
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: 0123456789\n\n");
  fixture.publish({"a"}, "data: b\n\n");
  CHECK_TRUE(client.awaitText("12\r\ndata: 0123456789\n\n\r\n9\r\ndata: b\n\n\r\n"));
}

TEST(Delivery, ANY_48_hubsNeverMix) {
  PipeFixture pipes;
  const BroadcastPipe pipe = pipes.pipe();
  const SharedSegment firstMemory(1U << 16U);
  const SharedSegment secondMemory(1U << 16U);
  Hub first("example.com", firstMemory.bytes(), pipe);
  Hub second("example.org", secondMemory.bytes(), pipe);
  MatcherCache cache(1U << 20U);
  const std::vector<Hub*> hubs{&first, &second};
  Dispatchers dispatchers(hubs, pipe, {});
  StreamClient ofFirst;
  StreamClient ofSecond;
  const auto open = [&](Hub& hub, StreamClient& client) {
    Subscription subscription;
    subscription.subscriberId = "urn:x";
    subscription.matchers = {*cache.get(protocol::MatcherType::Selector, "*", {})};
    subscription.start = hub.end();
    dispatchers.add(*dispatchers.takeSeat(hub, {}), client.takeServerEnd(), std::move(subscription),
                    std::make_shared<const StreamLimits>(), std::nullopt);
  };
  open(first, ofFirst);
  open(second, ofSecond);
  const std::vector<std::string> topics{"a"};
  CHECK_TRUE(first.publish({topics, "first", "data: 1\n\n", {}}).has_value());
  CHECK_TRUE(second.publish({topics, "id", "data: 2\n\n", {}}).has_value());
  CHECK_TRUE(first.publish({topics, "id", "data: 3\n\n", {}}).has_value());
  CHECK_TRUE(ofFirst.awaitText("data: 1\n\ndata: 3\n\n"));
  CHECK_TRUE(ofSecond.awaitText("data: 2\n\n"));
  CHECK_TRUE(await([&] { return first.counters().delivered == 2 && second.counters().delivered == 1; }));
  LONGS_EQUAL(1, first.gauges().streams);
  LONGS_EQUAL(1, second.gauges().streams);
  CHECK_TRUE(first.placeAfter("first")->has_value());
  CHECK_FALSE(second.placeAfter("first")->has_value());
}

TEST(Delivery, P0_EVT_07_everyStreamOfEveryDispatcherGetsAllOnceAndInTheLogsOrder) {
  constexpr int kPublishers = 4;
  constexpr int kEach = 500;
  std::deque<StreamClient> clients(16);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"https://example.com/{id}"}));
  std::vector<std::thread> publishers;
  for (int who = 0; who < kPublishers; ++who) {
    publishers.emplace_back([this, who] {
      for (int i = 0; i < kEach; ++i)
        fixture.publish({"https://example.com/" + std::to_string(who)},
                        "data: " + std::to_string(who) + " " + std::to_string(i) + "\n\n");
    });
  }
  for (auto& publisher : publishers) publisher.join();
  const std::string expected = eventsFrom(0);
  for (auto& client : clients) CHECK_TRUE(client.awaitText(expected));
  CHECK_TRUE(fixture.awaitDelivered(kPublishers * kEach * clients.size()));
}

TEST(Delivery, P0_SUB_17_whatWasPublishedSinceTheStartComesFirst) {
  StreamClient live;
  fixture.add(live, fixture.subscription({"*"}));
  fixture.publish({"a"}, "data: before\n\n");
  auto late = fixture.subscription({"a", "{x}", "*"}, {"b"});
  auto latePrivate = fixture.subscription({"b"}, {"b"});
  fixture.publish({"a"}, "data: 1\n\n");
  fixture.publish({"b"}, "data: 2\n\n", true);
  fixture.publish({"c"}, "data: 3\n\n", true);
  CHECK_TRUE(live.awaitPart("data: 1\n\n"));
  StreamClient first;
  StreamClient second;
  fixture.add(first, std::move(late));
  fixture.add(second, std::move(latePrivate));
  CHECK_TRUE(first.awaitBytes(18));
  CHECK_TRUE(second.awaitBytes(9));
  fixture.publish({"b"}, "data: 4\n\n");
  CHECK_TRUE(first.awaitText("data: 1\n\ndata: 2\n\ndata: 4\n\n"));
  CHECK_TRUE(second.awaitText("data: 2\n\ndata: 4\n\n"));
}

TEST(Delivery, P0_SUB_17_aLongGapIsCaughtUpThroughASmallBuffer) {
  auto late = fixture.subscription({"*"});
  for (int i = 0; i < 500; ++i) fixture.publish({"a"}, "data: " + std::string(100, 'x') + "\n\n");
  fixture.limits().sendBuffer = 4096;
  StreamClient client;
  const std::string expected = eventsFrom(late.start.position);
  fixture.add(client, std::move(late));
  CHECK_TRUE(client.awaitText(expected));
}

TEST(Delivery, P0_SUB_17_joiningWhileOthersPublishLosesAndRepeatsNothing) {
  std::atomic<bool> enough{false};
  std::thread publisher([&] {
    for (int i = 0; !enough; ++i) {
      fixture.publish({"a"}, "data: " + std::to_string(i) + "\n\n");
      std::this_thread::yield();
    }
  });
  bool right = true;
  for (int i = 0; i < 2000 && right; ++i) {
    auto subscription = fixture.subscription({"*"});
    const std::uint64_t from = subscription.start.position;
    StreamClient client;
    fixture.add(client, std::move(subscription));
    right = client.awaitBytes(30) && eventsFrom(from).starts_with(client.received());
  }
  enough = true;
  publisher.join();
  CHECK_TRUE(right);
}

TEST(Delivery, aStreamWhoseStartTheLogHasOverrunIsCut) {
  HubFixture small(kSegmentPage * 4);
  auto late = small.subscription({"*"});
  for (int i = 0; i < 100; ++i) small.publish({"a"}, std::string(500, 'x'));
  StreamClient client;
  StreamClient intime;
  auto stillThere = small.subscription({"*"});
  small.publish({"a"}, "data: new\n\n");
  small.add(client, std::move(late));
  small.add(intime, std::move(stillThere));
  CHECK_TRUE(small.awaitEnd() == EndReason::Overrun);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(client.received().empty());
  CHECK_TRUE(intime.awaitText("data: new\n\n"));
}

TEST(Delivery, aDispatcherThatTheLogHasOverrunCutsItsStreams) {
  HubFixture small(kSegmentPage * 4);
  StreamClient goes;
  StreamClient stays;
  small.add(goes, small.subscription({"*"}));
  small.add(stays, small.subscription({"*"}));
  {
    const HubFixture::Stall stall(small);
    goes.close();
    CHECK_TRUE(stall.await());
    for (int i = 0; i < 100; ++i) small.publish({"a"}, std::string(500, 'x'));
  }
  CHECK_TRUE(stays.awaitEnd());
  CHECK_TRUE(small.awaitEnds(2));
  CHECK_TRUE(small.ends()[1].reason == EndReason::Overrun);
  UNSIGNED_LONGS_EQUAL(1, small.counters().overruns);
  // Who comes back is served.
  StreamClient back;
  small.add(back, small.subscription({"*"}));
  small.publish({"a"}, "data: new\n\n");
  CHECK_TRUE(back.awaitText("data: new\n\n"));
}

TEST(Delivery, theCostOfAnUpdateDoesNotGrowWithStreamsThatDoNotWantIt) {
  std::deque<StreamClient> clients(200);
  for (std::size_t i = 0; i < clients.size(); ++i)
    fixture.add(clients[i], fixture.subscription({"https://example.com/users/" + std::to_string(i)}));
  StreamClient wants;
  fixture.add(wants, fixture.subscription({"b", "{x}c"}));
  fixture.publish({"b"}, "data: warm\n\n");  // all have joined when one after them is served...
  CHECK_TRUE(wants.awaitText("data: warm\n\n"));
  for (std::size_t i = 0; i < clients.size(); ++i)
    fixture.publish({"https://example.com/users/" + std::to_string(i)}, "data: in\n\n");
  CHECK_TRUE(fixture.awaitDelivered(201));  // ...and each of them was
  // The last two are with one dispatcher each: when both are served, both dispatchers have come so far.
  fixture.publish({"https://example.com/users/198", "https://example.com/users/199"}, "data: both\n\n");
  CHECK_TRUE(fixture.awaitDelivered(203));
  const auto before = fixture.counters().selectorsEvaluated.load();
  fixture.publish({"b"}, "data: x\n\n");
  CHECK_TRUE(fixture.awaitDelivered(204));
  // Each of the two dispatchers looks the topic up once, and one compares the one template.
  CHECK_TRUE(await([&] { return fixture.counters().selectorsEvaluated - before == 3; }));
}

}  // namespace mercure::hub::test

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "hub/hub_fixture.h"
#include "hub/numbered_updates.h"
#include "hub/stream.h"

#include <CppUTest/TestHarness.h>

// What streams missed, through dispatchers and their replay thread.
namespace mercure::hub::test {

namespace {

constexpr std::size_t kSmallLog = 16 * kSegmentPage;

const HistoryOptions kWritten{.directory = {}, .sync = false, .beforeSync = {}};

Place startOf(tl::expected<Place, history::Fault> place) {
  if (!place) FAIL(history::describe(place.error()).c_str());
  return *place;
}

/// Takes from a threaded stream what has been queued for it.
struct ThreadedReader {
  std::string text;
  std::size_t most = 0;  // bytes in one taking

  [[nodiscard]] bool readUntil(ThreadedStream& stream, std::size_t size) {
    return await([&] {
      const auto taken = stream.take(std::chrono::milliseconds(10));
      const std::size_t before = text.size();
      for (const auto& event : taken.events) text += *event;
      most = std::max(most, text.size() - before);
      return text.size() >= size || taken.ended;
    });
  }
};

}  // namespace

TEST_GROUP(Replay) {
  HubFixture fixture{
      kSmallLog, {.maxDispatchers = 2, .streamsBeforeAnother = 2, .streamEnded = {}}, kWritten};
  NumberedUpdates updates{fixture};

  Subscription everything() {
    Subscription subscription = fixture.subscription({"*"});
    subscription.start = startOf(fixture.hub().begin());
    return subscription;
  }
  Subscription after(std::size_t number) {
    Subscription subscription = fixture.subscription({"a"});
    const auto place = fixture.hub().placeAfter(idOf(number));
    CHECK_TRUE(place && *place);
    subscription.start = **place;
    return subscription;
  }
  bool isServed(StreamClient & client, std::string expected) {
    updates.publish(1);
    expected += numbered(updates.count() - 1);
    return client.awaitText(expected);
  }
};

TEST(Replay, P0_REC_04_P1_REC_04_theWholeHistoryComesFirstThenLiveUpdates) {
  updates.publish(10'000);
  CHECK_TRUE(fixture.hub().segment().log().tail > 0);
  StreamClient client;
  fixture.add(client, everything());
  CHECK_TRUE(client.awaitText(updates.from(0)));
  CHECK_TRUE(isServed(client, updates.from(0)));
  UNSIGNED_LONGS_EQUAL(1, fixture.counters().replays);
}

TEST(Replay, P0_REC_03_SUB_17_P1_REC_02_nothingIsLostOrRepeatedWhileAPublisherGoesOn) {
  updates.publish(10'000);
  for (int i = 0; i < 5; ++i) {
    const std::size_t known = updates.count() / 2;
    StreamClient all;
    StreamClient some;
    {
      const Going going(updates);
      fixture.add(all, everything());
      fixture.add(some, after(known));
      CHECK_TRUE(all.awaitPart(numbered(updates.count() + 100)));
      CHECK_TRUE(some.awaitPart(numbered(updates.count() + 100)));
    }
    CHECK_TRUE(all.awaitText(updates.from(0)));
    CHECK_TRUE(some.awaitText(updates.from(known + 1)));
  }
}

TEST(Replay, P0_REC_03_updatesThatTheLogStillHoldsAreReplayedFromItAlone) {
  HubFixture without(1U << 20U);
  NumberedUpdates own(without, 100);
  const auto start = without.subscription({"*"}).start;
  own.publish(5000);
  StreamClient client;
  Subscription subscription = without.subscription({"*"});
  subscription.start = start;
  without.add(client, std::move(subscription));
  CHECK_TRUE(client.awaitText(own.from(0)));
  UNSIGNED_LONGS_EQUAL(1, without.counters().replays);
}

TEST(Replay, whatIsAlmostThereIsNoReplay) {
  updates.publish(100);
  StreamClient client;
  fixture.add(client, after(9));
  CHECK_TRUE(client.awaitText(updates.from(10)));
  UNSIGNED_LONGS_EQUAL(0, fixture.counters().replays);
}

TEST(Replay, P0_REC_05_14_P1_REC_02_03_selectorsAndPresentRightsDecide) {
  std::string ofPublic;
  std::string ofEntitled;
  for (int i = 0; i < 3000; ++i) {
    const std::string event = numbered(static_cast<std::size_t>(i));
    const bool isPrivate = i % 3 == 0;
    const bool isOther = i % 5 == 0;
    fixture.publish({isOther ? "https://example.com/z" : "https://example.com/books/" + std::to_string(i)},
                    event, isPrivate);
    if (isOther) continue;
    ofEntitled += event;
    if (!isPrivate) ofPublic += event;
  }
  StreamClient entitled;
  StreamClient anonymous;
  StreamClient otherwise;
  for (const auto& [client, rights] :
       {std::pair{&entitled, Topics{"https://example.com/{kind}/{id}"}}, std::pair{&anonymous, Topics{}},
        std::pair{&otherwise, Topics{"https://example.com/z"}}}) {
    Subscription subscription = fixture.subscription({"https://example.com/books/{id}"}, rights);
    subscription.start = startOf(fixture.hub().begin());
    fixture.add(*client, std::move(subscription));
  }
  CHECK_TRUE(entitled.awaitText(ofEntitled));
  CHECK_TRUE(anonymous.awaitText(ofPublic));
  CHECK_TRUE(otherwise.awaitText(ofPublic));
}

TEST(Replay, aStreamThatNothingMatchesComesToLiveUpdates) {
  for (int i = 0; i < 5000; ++i) fixture.publish({"other"}, numbered(0));
  StreamClient client;
  Subscription subscription = fixture.subscription({"a"});
  subscription.start = startOf(fixture.hub().begin());
  fixture.add(client, std::move(subscription));
  CHECK_TRUE(isServed(client, ""));
}

TEST(Replay, chunkedAndEncryptedStreamsReplayToo) {
  updates.publish(5000);
  std::string chunked;
  for (std::size_t i = 0; i < updates.count(); ++i)
    chunked += Frame(numbered(i), Frame::Kind::Event).bytes(true);
  StreamClient overTls(StreamClient::Wire::Tls13);
  StreamClient overOldTls(StreamClient::Wire::Tls12, true);
  fixture.add(overTls, everything());
  fixture.add(overOldTls, everything());
  CHECK_TRUE(overTls.awaitText(updates.from(0)));
  CHECK_TRUE(overOldTls.awaitText(chunked));
}

TEST(Replay, eventsOfEverySizeAreReplayed) {
  fixture.limits().sendBuffer = 10;
  std::string expected;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string event = numbered(i, i * 97 % 30'000);
    fixture.publish({"a"}, event);
    expected += event;
  }
  StreamClient client;
  fixture.add(client, everything());
  CHECK_TRUE(client.awaitText(expected));
}

TEST(Replay, P0_TIME_05_aSubscriberThatStopsReadingHoldsLittleAndIsCutInTime) {
  constexpr std::size_t kEvent = 1000;
  NumberedUpdates large(fixture, kEvent);
  large.publish(5000);
  fixture.limits().sendTimeout = std::chrono::milliseconds(300);
  StreamClient client;
  const auto before = fixture.counters().selectorsEvaluated.load();
  fixture.add(client, everything());
  CHECK_TRUE(fixture.awaitEnd() == EndReason::SendTimeout);
  // Of each update the topic is looked up, and then compared with the template.
  const std::size_t read = (fixture.counters().selectorsEvaluated - before) / 2;
  const std::size_t sent = fixture.ends()[0].bytes / kEvent;
  CHECK_TRUE(sent > 0);
  // A batch in its queue, and perhaps another that nobody waits for any more.
  CHECK_TRUE(read >= sent && read < sent + 3 * (1U << 16U) / kEvent);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(large.from(0).starts_with(client.received()));
}

TEST(Replay, aSlowReaderHoldsUpNeitherLiveUpdatesNorOtherReplays) {
  NumberedUpdates large(fixture, 1000);
  large.publish(5000);
  StreamClient live;
  fixture.add(live, fixture.subscription({"*"}));
  std::deque<StreamClient> slow(6);
  for (auto& client : slow) fixture.add(client, everything());
  for (auto& client : slow) CHECK_TRUE(client.awaitBytes(1));
  StreamClient other;
  fixture.add(other, everything());
  CHECK_TRUE(other.awaitText(large.from(0)));
  large.publish(1);
  CHECK_TRUE(live.awaitText(large.from(5000)));
  CHECK_TRUE(other.awaitText(large.from(0)));
  for (auto& client : slow) CHECK_TRUE(client.awaitText(large.from(0)));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(Replay, threadedStreamsReplayThroughASmallQueue) {
  updates.publish(20'000);
  const auto stream = fixture.addThreaded(everything());
  ThreadedReader reader;
  {
    const Going going(updates);
    CHECK_TRUE(reader.readUntil(*stream, updates.from(0).size() + 1));
  }
  CHECK_TRUE(reader.readUntil(*stream, updates.from(0).size()));
  CHECK_TRUE(reader.text == updates.from(0));
  CHECK_TRUE(reader.most < 3U << 16U);
  stream->finish(EndReason::ClientGone);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::ClientGone);
}

TEST(Replay, manyStreamsFromRandomPlacesGetExactlyTheirs) {
  HubFixture single(kSmallLog, {.maxDispatchers = 1, .streamEnded = {}}, kWritten);
  NumberedUpdates own(single, 200);
  std::minstd_rand random(7);
  own.publish(4000);
  std::deque<StreamClient> clients;
  std::vector<std::size_t> firsts;
  const auto readAll = [&](std::size_t least) {
    return await([&] {
      for (auto& client : clients) client.readSome();
      return std::ranges::all_of(clients, [&](auto& client) { return client.received().size() >= least; });
    });
  };
  {
    const Going going(own);
    for (int i = 0; i < 20; ++i) {
      firsts.push_back(random() % 3000);
      Subscription subscription = single.subscription({"a"});
      subscription.start = startOf(single.hub().placeAfter(idOf(firsts.back())).map([](auto place) {
        return place.value_or(Place{});
      }));
      single.add(clients.emplace_back(), std::move(subscription));
    }
    CHECK_TRUE(readAll(own.from(3000).size()));
  }
  for (std::size_t i = 0; i < clients.size(); ++i) CHECK_TRUE(clients[i].awaitText(own.from(firsts[i] + 1)));
}

TEST(Replay, streamsThatAreHandedOnInTheMiddleOfItGoOnExactly) {
  NumberedUpdates large(fixture, 200);
  large.publish(5000);
  fixture.limits().sendBuffer = 1U << 26U;
  StreamClient all;
  StreamClient encrypted(StreamClient::Wire::Tls13);
  StreamClient live;
  fixture.add(all, everything());
  fixture.add(encrypted, everything());
  fixture.add(live, fixture.subscription({"a"}));
  CHECK_TRUE(all.awaitBytes(1));
  std::unique_ptr<Dispatchers> last;
  {
    const Going going(large);
    auto streams = fixture.dispatchers().setAside();
    for (int i = 0; i < 20; ++i) {
      UNSIGNED_LONGS_EQUAL(3, streams.size());
      auto next = fixture.moreDispatchers();
      for (auto& stream : streams) next->adopt(std::move(stream));
      last = std::move(next);
      CHECK_TRUE(all.awaitBytes(all.received().size() + 20'000));
      encrypted.readSome();
      live.readSome();
      if (i < 19) streams = last->setAside();
    }
  }
  CHECK_TRUE(all.awaitText(large.from(0)));
  CHECK_TRUE(encrypted.awaitText(large.from(0)));
  CHECK_TRUE(live.awaitText(large.from(5000)));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(Replay, aStreamMayEndWhileTheThreadHasItsReplay) {
  updates.publish(5000);
  for (std::size_t i = 0; i < 200; ++i) {
    StreamClient client;
    fixture.add(client, everything());
    if (i % 2 == 0) client.close();
  }
  CHECK_TRUE(fixture.awaitEnds(200));
  for (const auto& end : fixture.ends()) CHECK_TRUE(end.reason == EndReason::ClientGone);
  StreamClient client;
  fixture.add(client, everything());
  CHECK_TRUE(isServed(client, updates.from(0)));
}

// Also: what the thread has read, and nobody takes any more, is freed.
TEST(Replay, dispatchersMayStopMeanwhile) {
  updates.publish(5000);
  for (int i = 0; i < 20; ++i) {
    std::deque<StreamClient> clients(8);
    const auto dispatchers = fixture.moreDispatchers(SlotKind::Child);
    for (auto& client : clients) {
      auto seat = dispatchers->takeSeat(fixture.hub(), {});
      CHECK_TRUE(seat.has_value());
      dispatchers->add(*std::move(seat), client.takeServerEnd(), everything(),
                       std::make_shared<const StreamLimits>(fixture.limits()), std::nullopt);
    }
    const auto threaded =
        dispatchers->addThreaded(*dispatchers->takeSeat(fixture.hub(), {}), everything(),
                                 std::make_shared<const StreamLimits>(fixture.limits()), std::nullopt);
    if (i % 2 == 0) CHECK_TRUE(clients[0].awaitBytes(1));
    if (i % 4 < 2)
      dispatchers->stop();
    else
      dispatchers->setAside().clear();
    for (auto& client : clients) CHECK_TRUE(client.awaitEnd());
    threaded->finish(EndReason::ServerStopping);
  }
  StreamClient client;
  fixture.add(client, everything());
  CHECK_TRUE(isServed(client, updates.from(0)));
}

TEST(Replay, whatNobodyKeepsAnyMoreCutsTheStream) {
  HistoryOptions few = kWritten;
  few.maxCount = 100;
  HubFixture small(2 * kSegmentPage, {}, few);
  NumberedUpdates own(small);
  own.publish(10);
  const auto early = small.hub().placeAfter(idOf(5));
  CHECK_TRUE(early && *early);
  own.publish(1000);
  StreamClient client;
  Subscription subscription = small.subscription({"a"});
  subscription.start = **early;
  small.add(client, std::move(subscription));
  CHECK_TRUE(small.awaitEnd() == EndReason::Overrun);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(client.received().empty());
  // From the beginning is from what is kept.
  StreamClient all;
  subscription = small.subscription({"a"});
  subscription.start = startOf(small.hub().begin());
  small.add(all, std::move(subscription));
  CHECK_TRUE(all.awaitPart(numbered(1009)));
  CHECK_TRUE(own.from(0).ends_with(all.received()));
  CHECK_TRUE(all.received().size() >= own.from(910).size());
}

TEST(Replay, aDispatcherThatTheLogHasOverrunReadsOnFromTheHistory) {
  updates.publish(1);
  fixture.limits().sendBuffer = 1U << 26U;
  StreamClient goes;
  StreamClient stays;
  fixture.add(goes, fixture.subscription({"*"}));
  fixture.add(stays, fixture.subscription({"*"}));
  updates.publish(1);
  CHECK_TRUE(stays.awaitText(updates.from(1)));
  StreamClient comes;
  {
    const HubFixture::Stall stall(fixture);
    goes.close();
    CHECK_TRUE(stall.await());
    updates.publish(3000);
    fixture.add(comes, fixture.subscription({"a"}));
    updates.publish(2);
  }
  CHECK_TRUE(stays.awaitText(updates.from(1)));
  CHECK_TRUE(comes.awaitText(updates.from(3002)));
  CHECK_TRUE(isServed(stays, updates.from(1)));
  UNSIGNED_LONGS_EQUAL(1, fixture.counters().overruns);
  UNSIGNED_LONGS_EQUAL(1, fixture.ends().size());
}

TEST(Replay, streamsMayJoinAFeedThatReadsFromTheHistory) {
  HubFixture single(kSmallLog, {.maxDispatchers = 1, .streamEnded = {}}, kWritten);
  NumberedUpdates own(single);
  own.publish(1);
  single.limits().sendBuffer = 1U << 26U;
  StreamClient goes;
  StreamClient stays;
  single.add(goes, single.subscription({"*"}));
  single.add(stays, single.subscription({"*"}));
  own.publish(1);
  CHECK_TRUE(stays.awaitText(own.from(1)));
  std::deque<StreamClient> clients;
  std::vector<std::size_t> firsts;
  {
    std::optional<HubFixture::Stall> stall(single);
    goes.close();
    CHECK_TRUE(stall->await());
    own.publish(10'000);
    stall.reset();
    CHECK_TRUE(await([&] { return single.counters().overruns == 1; }));
    const Going going(own);
    for (int i = 0; i < 20; ++i) {
      Subscription subscription = single.subscription({"a"});
      firsts.push_back(subscription.start.sequence);
      single.add(clients.emplace_back(), std::move(subscription));
    }
  }
  CHECK_TRUE(stays.awaitText(own.from(1)));
  // Sequence numbers begin with 1, and these updates with 0.
  for (std::size_t i = 0; i < clients.size(); ++i) CHECK_TRUE(clients[i].awaitText(own.from(firsts[i])));
}

TEST(Replay, P1_REC_02_whatTheLogLosesWhileAStreamWaitsToJoinSuchAFeedIsReplayed) {
  HubFixture single(kSmallLog, {.maxDispatchers = 1, .streamEnded = {}}, kWritten);
  NumberedUpdates own(single);
  single.limits().sendBuffer = 1U << 26U;
  std::deque<StreamClient> goers(3);
  StreamClient stays;
  StreamClient comes;
  for (StreamClient& client : goers) single.add(client, single.subscription({"*"}));
  single.add(stays, single.subscription({"*"}));
  own.publish(1);
  CHECK_TRUE(stays.awaitText(own.from(0)));
  {
    const HubFixture::Stall stall(single);
    goers[0].close();
    CHECK_TRUE(stall.await());
    own.publish(3000);
    goers[1].close();
    stall.pass();  // so that the feed reads from the history
    CHECK_TRUE(stall.await());
    single.add(comes, single.subscription({"a"}));
    goers[2].close();
    stall.pass();  // so that the stream waits for it
    CHECK_TRUE(stall.await());
    own.publish(3000);
  }
  CHECK_TRUE(comes.awaitText(own.from(3001)));
  CHECK_TRUE(stays.awaitText(own.from(0)));
}

// What is in the log, but not out, must not get out by their joining.
TEST(Replay, streamsThatJoinSuchAFeedGetNothingThatWasNotReleased) {
  std::atomic<int> syncError{0};
  HubFixture synced(kSmallLog, {.maxDispatchers = 1, .streamEnded = {}},
                    HistoryOptions{.directory = {}, .beforeSync = [&] { return syncError.load(); }});
  synced.limits().sendBuffer = 1U << 26U;
  const std::vector<std::string> topics{"a"};
  StreamClient goes;
  StreamClient goesLater;
  StreamClient stays;
  StreamClient comes;
  synced.publish(topics, numbered(0));
  for (StreamClient* const client : {&goes, &goesLater, &stays})
    synced.add(*client, synced.subscription({"a"}));
  synced.publish(topics, numbered(1));
  CHECK_TRUE(stays.awaitText(numbered(1)));
  std::string expected = numbered(1);
  {
    const HubFixture::Stall stall(synced);
    goes.close();
    CHECK_TRUE(stall.await());
    for (std::size_t i = 2; i < 302; ++i) {
      synced.publish(topics, numbered(i, 1000));
      expected += numbered(i, 1000);
    }
    goesLater.close();
    stall.pass();  // it goes round once
    CHECK_TRUE(await([&] { return synced.counters().overruns == 1; }));
    CHECK_TRUE(stall.await());
    synced.add(comes, synced.subscription({"a"}));
    CHECK_TRUE(Log(synced.hub().segment()).append({topics, "urn:bad", "data: bad\n\n", {}}).has_value());
  }
  CHECK_TRUE(stays.awaitText(expected));
  syncError = ENOSPC;
  CHECK_FALSE(synced.hub().publish({topics, "urn:bad", "data: bad\n\n", {}}).has_value());
  syncError = 0;
  synced.publish(topics, "data: good\n\n");
  CHECK_TRUE(comes.awaitText("data: good\n\n"));
  CHECK_TRUE(stays.awaitText(expected + "data: good\n\n"));
}

}  // namespace mercure::hub::test

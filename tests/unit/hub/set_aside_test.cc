#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "hub/hub_fixture.h"
#include "hub/slot_claim.h"
#include "hub/stream.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Streams = std::vector<std::unique_ptr<Stream>>;

constexpr std::array kWires{StreamClient::Wire::Clear, StreamClient::Wire::Tls12, StreamClient::Wire::Tls13};

/// More than a socket pair takes without a reader.
const std::string kHuge = "data: " + std::string(4U << 20U, 'x') + "\n\n";

std::string framed(std::string_view event, bool chunked) {
  return std::string(Frame(event, Frame::Kind::Event).bytes(chunked));
}

MonotonicTime soon() {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
}

void adoptAll(Dispatchers& adopter, Streams streams) {
  for (auto& stream : streams) adopter.adopt(std::move(stream));
}

}  // namespace

TEST_GROUP(SetAside) {
  HubFixture fixture{1U << 26U};

  /// Calls setAside() while the dispatcher is stalled, and then lets it go on.
  Streams setAsideBehind(std::optional<HubFixture::Stall> & stall) {
    Streams streams;
    std::thread asking([&] { streams = fixture.dispatchers().setAside(); });
    CHECK_TRUE(await([&] { return !fixture.dispatchers().takeSeat(fixture.hub(), {}).has_value(); }));
    stall.reset();
    asking.join();
    return streams;
  }

  /// The streams go from the first dispatchers to `adopter`, as from a child to its keeper.
  void handOn(Dispatchers & adopter) {
    adoptAll(adopter, fixture.dispatchers().setAside());
    fixture.dispatchers().letGo();
  }

  /// Whether what is published now reaches `client`.
  bool isGoingOn(StreamClient & client) {
    fixture.publish({"a"}, "data: last\n\n");
    return client.awaitPart("data: last\n\n");
  }
};

TEST(SetAside, streamsOfEveryWireGetAllOnceAndInOrder) {
  for (const bool chunked : {false, true}) {
    HubFixture fresh(1U << 20U, {.maxDispatchers = 2, .streamsBeforeAnother = 2, .streamEnded = {}});
    std::deque<StreamClient> clients;
    for (int i = 0; i < 2; ++i)
      for (const auto wire : kWires) clients.emplace_back(wire, chunked);
    for (auto& client : clients) fresh.add(client, fresh.subscription({"{x}"}));
    fresh.publish({"a"}, "data: 1\n\n");
    Streams streams = fresh.dispatchers().setAside();
    UNSIGNED_LONGS_EQUAL(clients.size(), streams.size());
    fresh.publish({"b"}, "data: 2\n\n");
    const auto adopter = fresh.moreDispatchers();
    for (auto& stream : streams) {
      adopter->adopt(std::move(stream));
      fresh.publish({"c"}, "data: 3\n\n");
    }
    fresh.dispatchers().letGo();
    fresh.publish({"d"}, "data: 4\n\n");
    std::string expected = framed("data: 1\n\n", chunked) + framed("data: 2\n\n", chunked);
    for (std::size_t i = 0; i < clients.size(); ++i) expected += framed("data: 3\n\n", chunked);
    expected += framed("data: 4\n\n", chunked);
    for (auto& client : clients) CHECK_TRUE(client.awaitText(expected));
    CHECK_TRUE(fresh.ends().empty());
  }
}

TEST(SetAside, streamsThatAreHandedOnAgainAndAgainWhileOthersPublishLoseAndRepeatNothing) {
  fixture.limits().sendBuffer = 1U << 26U;
  std::deque<StreamClient> clients;
  for (const auto wire : kWires) clients.emplace_back(wire);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  std::atomic<bool> enough{false};
  std::string expected;
  std::thread publisher([&] {
    for (int i = 0; !enough; ++i) {
      const std::string event = "data: " + std::to_string(i) + "\n\n";
      fixture.publish({"a"}, event);
      expected += event;
      std::this_thread::yield();
    }
  });
  std::unique_ptr<Dispatchers> last;
  Streams streams = fixture.dispatchers().setAside();
  for (int i = 0; i < 30 && streams.size() == clients.size(); ++i) {
    auto next = fixture.moreDispatchers();
    adoptAll(*next, std::move(streams));
    last = std::move(next);  // the one before is destroyed without having let go
    for (auto& client : clients) client.readSome();
    if (i + 1 < 30) streams = last->setAside();
  }
  enough = true;
  publisher.join();
  for (auto& client : clients) CHECK_TRUE(client.awaitText(expected));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(SetAside, whatASlowReaderHasNotTakenYetStillComes) {
  for (const auto wire : kWires) {
    for (const bool chunked : {false, true}) {
      HubFixture fresh(1U << 24U);
      StreamClient client(wire, chunked);
      fresh.add(client, fresh.subscription({"a"}));
      fresh.publish({"a"}, kHuge);
      fresh.publish({"a"}, "data: waits\n\n");
      CHECK_TRUE(client.awaitBytes(1));
      const auto adopter = fresh.moreDispatchers();
      adoptAll(*adopter, fresh.dispatchers().setAside());
      fresh.dispatchers().letGo();
      CHECK_TRUE(client.awaitText(framed(kHuge, chunked) + framed("data: waits\n\n", chunked)));
      CHECK_TRUE(fresh.awaitDelivered(2));
    }
  }
}

TEST(SetAside, aSlowReadersQueueIsFollowedByWhatIsPublishedLater) {
  for (const auto wire : kWires) {
    HubFixture fresh(1U << 24U);
    fresh.limits().sendBuffer = 1U << 23U;
    StreamClient client(wire, true);
    fresh.add(client, fresh.subscription({"a"}));
    fresh.publish({"a"}, kHuge);
    CHECK_TRUE(client.awaitBytes(1));
    Streams streams = fresh.dispatchers().setAside();
    fresh.publish({"a"}, "data: between\n\n");
    const auto adopter = fresh.moreDispatchers();
    adoptAll(*adopter, std::move(streams));
    fresh.publish({"a"}, "data: later\n\n");
    CHECK_TRUE(client.awaitText(framed(kHuge, true) + framed("data: between\n\n", true) +
                                framed("data: later\n\n", true)));
  }
}

TEST(SetAside, aSlowReaderIsStillCutInTime) {
  fixture.limits().sendTimeout = std::chrono::milliseconds(500);
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, kHuge);
  const auto adopter = fixture.moreDispatchers();
  handOn(*adopter);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::SendTimeout);
  CHECK_TRUE(client.awaitEnd());
}

TEST(SetAside, streamsThatWereNotAdmittedYetGoOnToo) {
  StreamClient leaves;
  fixture.add(leaves, fixture.subscription({"a"}));
  std::optional<HubFixture::Stall> stall(fixture);
  leaves.close();
  CHECK_TRUE(stall->await());
  StreamClient client(StreamClient::Wire::Tls13);
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: 1\n\n");
  Streams streams = setAsideBehind(stall);
  UNSIGNED_LONGS_EQUAL(1, streams.size());
  fixture.publish({"a"}, "data: 2\n\n");
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  fixture.publish({"a"}, "data: 3\n\n");
  CHECK_TRUE(client.awaitText("data: 1\n\ndata: 2\n\ndata: 3\n\n"));
}

TEST(SetAside, streamsThatWereNotAdmittedYetAreCountedOnce) {
  StreamClient leaves;
  fixture.add(leaves, fixture.subscription({"a"}));
  std::optional<HubFixture::Stall> stall(fixture);
  leaves.close();
  CHECK_TRUE(stall->await());
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, setAsideBehind(stall));
  CHECK_TRUE(isGoingOn(client));
  UNSIGNED_LONGS_EQUAL(2, fixture.counters().streamsOpened);
  UNSIGNED_LONGS_EQUAL(1, fixture.counters().streamsClosed);
}

TEST(SetAside, P0_SUB_17_P1_REC_02_aStreamThatStartsAheadOfItsDispatcherGetsNothingOlder) {
  StreamClient stays;
  StreamClient first;
  StreamClient second;
  for (StreamClient* const client : {&stays, &first, &second})
    fixture.add(*client, fixture.subscription({"b"}));
  fixture.publish({"b"}, "data: in\n\n");
  for (StreamClient* const client : {&stays, &first, &second}) CHECK_TRUE(client->awaitBytes(10));
  std::optional<HubFixture::Stall> stall(fixture);
  first.close();
  CHECK_TRUE(stall->await());
  for (int i = 0; i < 100; ++i) fixture.publish({"a"}, "data: old\n\n");
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  second.close();
  stall->pass();  // a round in which the stream comes in, and not all of the log is read
  CHECK_TRUE(stall->await());
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, setAsideBehind(stall));
  fixture.publish({"a"}, "data: new\n\n");
  CHECK_TRUE(client.awaitText("data: new\n\n"));
}

TEST(SetAside, aStreamThatTheLogOverrunsBeforeItsAdoptionIsCut) {
  HubFixture small(kSegmentPage * 4);
  StreamClient client;
  small.add(client, small.subscription({"a"}));
  Streams streams = small.dispatchers().setAside();
  for (int i = 0; i < 100; ++i) small.publish({"a"}, std::string(500, 'x'));
  const auto adopter = small.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(small.awaitEnd() == EndReason::Overrun);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(client.received().empty());
}

TEST(SetAside, privateRightsSurvive) {
  StreamClient entitled;
  StreamClient other;
  fixture.add(entitled, fixture.subscription({"a", "{x}"}, {"b", "books/{id}"}));
  fixture.add(other, fixture.subscription({"a"}, {"c"}));
  const auto adopter = fixture.moreDispatchers();
  handOn(*adopter);
  fixture.publish({"a", "books/1"}, "data: 1\n\n", true);
  fixture.publish({"a"}, "data: 2\n\n", true);
  fixture.publish({"a"}, "data: 3\n\n");
  CHECK_TRUE(other.awaitText("data: 3\n\n"));
  CHECK_TRUE(entitled.awaitText("data: 1\n\ndata: 3\n\n"));
}

TEST(SetAside, heartbeatsGoOn) {
  fixture.limits().heartbeat = std::chrono::milliseconds(10);
  StreamClient plain;
  StreamClient chunked(StreamClient::Wire::Tls13, true);
  fixture.add(plain, fixture.subscription({"a"}));
  fixture.add(chunked, fixture.subscription({"a"}));
  Streams streams = fixture.dispatchers().setAside();
  for (StreamClient* const client : {&plain, &chunked}) client->readSome();
  const auto plainBefore = plain.received().size();
  const auto chunkedBefore = chunked.received().size();
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(plain.awaitBytes(plainBefore + 6));
  CHECK_TRUE(chunked.awaitBytes(chunkedBefore + 14));
  CHECK_TRUE(plain.received().ends_with(":\n"));
  CHECK_TRUE(chunked.received().ends_with("2\r\n:\n\r\n"));
}

TEST(SetAside, aStreamsPlannedEndSurvives) {
  StreamClient client;
  const auto end = std::chrono::steady_clock::now() + std::chrono::hours(1);
  fixture.add(client, fixture.subscription({"a"}), end);
  Streams streams = fixture.dispatchers().setAside();
  CHECK_TRUE(streams.front()->deadline() == end);
  streams.front()->endBy(soon(), EndReason::DurationReached);
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(fixture.awaitEnd() == EndReason::DurationReached);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(client.received().empty());
}

TEST(SetAside, aTokensExpirySurvives) {
  StreamClient client;
  auto subscription = fixture.subscription({"a"});
  subscription.expires = std::chrono::system_clock::now() + std::chrono::hours(1);
  fixture.add(client, std::move(subscription));
  fixture.publish({"a"}, "data: in\n\n");
  CHECK_TRUE(client.awaitText("data: in\n\n"));
  Streams streams = fixture.dispatchers().setAside();
  Stream& stream = *streams.front();
  CHECK_TRUE(stream.expires());
  CHECK_TRUE(stream.deadline() > std::chrono::steady_clock::now() + std::chrono::minutes(50));
  CHECK_TRUE(stream.deadline() < std::chrono::steady_clock::now() + std::chrono::minutes(61));
  stream.subscription().expires = std::chrono::system_clock::now() + std::chrono::milliseconds(20);
  stream.retime(std::chrono::steady_clock::now(), std::chrono::system_clock::now());
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(fixture.awaitEnd() == EndReason::TokenExpired);
  CHECK_TRUE(client.awaitEnd());
}

TEST(SetAside, whatIsOverBeforeTheAdoptionEndsAtOnce) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  Streams streams = fixture.dispatchers().setAside();
  streams.front()->endBy(std::chrono::steady_clock::now(), EndReason::DurationReached);
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(fixture.awaitEnd() == EndReason::DurationReached);
}

TEST(SetAside, aClientThatGoesBetweenIsFound) {
  StreamClient goes;
  StreamClient overTls(StreamClient::Wire::Tls12);
  fixture.add(goes, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  Streams streams = fixture.dispatchers().setAside();
  goes.close();
  overTls.close();
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(fixture.awaitEnds(2));
  for (const auto& end : fixture.ends()) CHECK_TRUE(end.reason == EndReason::ClientGone);
}

TEST(SetAside, aStreamIsCountedOnceHoweverManyCarryIt) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: 1\n\n");
  CHECK_TRUE(client.awaitText("data: 1\n\n"));
  const auto second = fixture.moreDispatchers();
  const auto third = fixture.moreDispatchers();
  handOn(*second);
  fixture.publish({"a"}, "data: 2\n\n");
  CHECK_TRUE(client.awaitText("data: 1\n\ndata: 2\n\n"));
  adoptAll(*third, second->setAside());
  fixture.publish({"a"}, "data: 3\n\n");
  CHECK_TRUE(client.awaitText("data: 1\n\ndata: 2\n\ndata: 3\n\n"));
  CHECK_TRUE(fixture.awaitDelivered(3));
  client.close();
  CHECK_TRUE(fixture.awaitEnds(1));
  STRCMP_EQUAL("urn:uuid:1", fixture.ends()[0].subscriberId.c_str());
  UNSIGNED_LONGS_EQUAL(3, fixture.ends()[0].events);
  UNSIGNED_LONGS_EQUAL(27, fixture.ends()[0].bytes);
  UNSIGNED_LONGS_EQUAL(1, fixture.counters().streamsOpened);
  UNSIGNED_LONGS_EQUAL(1, fixture.counters().streamsClosed);
}

TEST(SetAside, threadedStreamsEnd) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  const auto threaded = fixture.addThreaded(fixture.subscription({"a"}));
  const Streams streams = fixture.dispatchers().setAside();
  UNSIGNED_LONGS_EQUAL(1, streams.size());
  CHECK_TRUE(streams.front()->descriptor() >= 0);
  const auto taken = threaded->take(kPatience);
  CHECK_TRUE(taken.ended == EndReason::ServerStopping);
  UNSIGNED_LONGS_EQUAL(1, fixture.ends().size());
  CHECK_TRUE(fixture.ends()[0].reason == EndReason::ServerStopping);
  threaded->finish(EndReason::ServerStopping);
}

TEST(SetAside, threadedStreamsThatWereNotAdmittedYetEnd) {
  StreamClient leaves;
  fixture.add(leaves, fixture.subscription({"a"}));
  std::optional<HubFixture::Stall> stall(fixture);
  leaves.close();
  CHECK_TRUE(stall->await());
  const auto threaded = fixture.addThreaded(fixture.subscription({"a"}));
  CHECK_TRUE(setAsideBehind(stall).empty());
  const auto taken = threaded->take(kPatience);
  CHECK_TRUE(taken.ended == EndReason::ServerStopping);
  UNSIGNED_LONGS_EQUAL(1, taken.events.size());
  CHECK_TRUE(retryIn(*taken.events[0]) > 0);
  UNSIGNED_LONGS_EQUAL(2, fixture.counters().streamsClosed);
}

TEST(SetAside, aStreamThatIsEndingIsNotGiven) {
  StreamClient ending;
  StreamClient client;
  fixture.add(ending, fixture.subscription({"a"}));
  fixture.add(client, fixture.subscription({"a"}));
  std::optional<HubFixture::Stall> stall(fixture);
  ending.close();
  CHECK_TRUE(stall->await());
  const Streams streams = setAsideBehind(stall);
  UNSIGNED_LONGS_EQUAL(1, streams.size());
  UNSIGNED_LONGS_EQUAL(1, fixture.ends().size());
  CHECK_TRUE(fixture.ends()[0].reason == EndReason::ClientGone);
}

TEST(SetAside, theSlotStaysClaimedUntilItIsLetGoOf) {
  StreamClient clear;
  StreamClient overTls(StreamClient::Wire::Tls13);
  fixture.add(clear, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  const Slot* const old = fixture.slotOf(SlotKind::Child);
  Streams streams = fixture.dispatchers().setAside();
  LONGS_EQUAL(2, fixture.hub().gauges().streams);
  LONGS_EQUAL(1, fixture.hub().gauges().processes);
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  const Slot* const now = fixture.slotOf(SlotKind::Keeper);
  CHECK_TRUE(now != nullptr && now != old);
  LONGS_EQUAL(2, now->streams);
  LONGS_EQUAL(1, now->tlsStreams);
  CHECK_TRUE(old->kind == SlotKind::Child && old->pid == getpid());
  LONGS_EQUAL(2, old->streams);
  LONGS_EQUAL(2, fixture.hub().gauges().processes);
  fixture.dispatchers().letGo();
  CHECK_TRUE(old->kind == SlotKind::Free && old->pid == 0);
  LONGS_EQUAL(0, old->streams);
  LONGS_EQUAL(2, fixture.hub().gauges().streams);
  LONGS_EQUAL(1, fixture.hub().gauges().keepers);
  overTls.close();
  CHECK_TRUE(await([&] { return now->streams == 1 && now->tlsStreams == 0; }));
  UNSIGNED_LONGS_EQUAL(1, adopter->load());
}

TEST(SetAside, aStreamWhoseAdopterFoundNoSlotCountsNowhere) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  std::vector<SlotClaim> others;
  for (std::size_t i = 1; i < fixture.hub().segment().slots().size(); ++i)
    others.push_back(SlotClaim::claim(fixture.hub().segment(), SlotKind::Child));
  const auto adopter = fixture.moreDispatchers();
  handOn(*adopter);
  const SlotClaim reused = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
  if (reused) reused.slot()->streams = 5;
  CHECK_TRUE(isGoingOn(client));
  client.close();
  CHECK_TRUE(fixture.awaitEnds(1));
  adopter->stop();
  if (reused) LONGS_EQUAL(5, reused.slot()->streams);
}

TEST(SetAside, nothingIsGivenWhereNothingRuns) {
  CHECK_TRUE(fixture.dispatchers().setAside().empty());
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
  fixture.dispatchers().letGo();
  CHECK_FALSE(fixture.dispatchers().takeSeat(fixture.hub(), {}).has_value());
}

TEST(SetAside, nothingIsGivenByIdleDispatchers) {
  static_cast<void>(fixture.seat());
  CHECK_TRUE(fixture.dispatchers().setAside().empty());
  CHECK_FALSE(fixture.dispatchers().awaitEnd(std::chrono::milliseconds(0)));
  fixture.dispatchers().letGo();
  CHECK_TRUE(fixture.dispatchers().awaitEnd(std::chrono::milliseconds(0)));
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
}

TEST(SetAside, nothingIsGivenAfterAnEnd) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.dispatchers().stop();
  CHECK_TRUE(fixture.dispatchers().setAside().empty());
  CHECK_TRUE(client.awaitEnd());
}

TEST(SetAside, nothingCanBeAddedAfterwards) {
  std::vector<Seat> seats;
  for (int i = 0; i < 2; ++i) seats.push_back(fixture.seat());
  CHECK_TRUE(fixture.dispatchers().setAside().empty());
  const auto refused = fixture.dispatchers().takeSeat(fixture.hub(), {});
  CHECK_TRUE(!refused && refused.error() == OpenFault::Stopping);
  StreamClient client;
  const auto limits = std::make_shared<const StreamLimits>();
  fixture.dispatchers().add(std::move(seats[0]), client.takeServerEnd(), fixture.subscription({"a"}), limits,
                            std::nullopt);
  CHECK_TRUE(client.awaitEnd());
  const auto threaded = fixture.dispatchers().addThreaded(std::move(seats[1]), fixture.subscription({"a"}),
                                                          limits, std::nullopt);
  CHECK_TRUE(threaded->take({}).ended == EndReason::ServerStopping);
}

TEST(SetAside, stoppingAfterwardsLetsGo) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  Streams streams = fixture.dispatchers().setAside();
  fixture.dispatchers().stop();
  CHECK_TRUE(fixture.dispatchers().awaitEnd(std::chrono::milliseconds(0)));
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(isGoingOn(client));
}

TEST(SetAside, streamsOutliveTheirDispatchers) {
  StreamClient clear;
  StreamClient overTls(StreamClient::Wire::Tls13);
  fixture.add(clear, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  Streams streams = fixture.dispatchers().setAside();
  fixture.destroyDispatchers();
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(isGoingOn(clear));
  CHECK_TRUE(isGoingOn(overTls));
  LONGS_EQUAL(2, fixture.hub().gauges().streams);
}

TEST(SetAside, streamsThatNobodyAdoptsAreCut) {
  StreamClient clear;
  StreamClient overTls(StreamClient::Wire::Tls13);
  fixture.add(clear, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  fixture.dispatchers().setAside().clear();
  for (StreamClient* const client : {&clear, &overTls}) {
    CHECK_TRUE(client->awaitEnd());
    CHECK_TRUE(client->received().empty());
  }
  LONGS_EQUAL(0, fixture.hub().gauges().streams);
  LONGS_EQUAL(0, fixture.hub().gauges().tlsStreams);
}

TEST(SetAside, whoHasEndedAdoptsNothing) {
  StreamClient clear;
  StreamClient overTls(StreamClient::Wire::Tls12);
  fixture.add(clear, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  Streams streams = fixture.dispatchers().setAside();
  const auto adopter = fixture.moreDispatchers();
  adopter->stop();
  adoptAll(*adopter, std::move(streams));
  CHECK_TRUE(clear.awaitEnd());
  CHECK_TRUE(overTls.awaitEnd());
  CHECK_TRUE(overTls.sawCloseNotify());
}

TEST(SetAside, streamsThatFindNoAdopterAreCountedAndReportedAsEnded) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
  Streams streams = fixture.dispatchers().setAside();
  const auto adopter = fixture.moreDispatchers();
  adopter->stop();
  adoptAll(*adopter, std::move(streams));
  UNSIGNED_LONGS_EQUAL(1, fixture.counters().streamsClosed);
  UNSIGNED_LONGS_EQUAL(1, fixture.ends().size());
  CHECK_TRUE(fixture.ends()[0].reason == EndReason::ServerStopping);
  UNSIGNED_LONGS_EQUAL(1, fixture.ends()[0].events);
}

TEST(SetAside, anEndOfTheirAdopterEndsThemWithARetry) {
  StreamClient clear;
  StreamClient overTls(StreamClient::Wire::Tls12);
  fixture.add(clear, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  const auto adopter = fixture.moreDispatchers();
  handOn(*adopter);
  adopter->stop();
  for (StreamClient* const client : {&clear, &overTls}) {
    CHECK_TRUE(client->awaitEnd());
    CHECK_TRUE(retryIn(client->received()) > 0);
  }
  UNSIGNED_LONGS_EQUAL(2, fixture.counters().streamsClosed);
}

TEST(SetAside, keepersThatCloseEndWhatTheyHaveAdopted) {
  std::deque<StreamClient> clients(5);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  const auto adopter = fixture.moreDispatchers();
  handOn(*adopter);
  adopter->closeWithin(std::chrono::milliseconds(10));
  for (auto& client : clients) {
    CHECK_TRUE(client.awaitEnd());
    CHECK_TRUE(retryIn(client.received()) > 0);
  }
  CHECK_TRUE(fixture.awaitEnds(clients.size()));
  for (const auto& end : fixture.ends()) CHECK_TRUE(end.reason == EndReason::TooManyKeepers);
}

}  // namespace mercure::hub::test

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "hub/client_seats.h"
#include "hub/hub_fixture.h"
#include "hub/slot_claim.h"
#include "hub/stream.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Taken = ClientSeats::Taken;

constexpr Client kClient = 7;
constexpr Client kOther = 8;

}  // namespace

TEST_GROUP(ClientLimit) {
  HubFixture fixture;
  ClientSeats seats{fixture.hub().segment()};

  tl::expected<Seat, OpenFault> take(std::uint64_t most, Client client = kClient) {
    return fixture.dispatchers().takeSeat(fixture.hub(), {.ofClient = most}, client);
  }
  bool isRefused(std::uint64_t most, Client client = kClient) {
    const auto taken = take(most, client);
    return !taken && taken.error() == OpenFault::TooManyOfClient;
  }
  bool isFree(std::uint64_t most, Client client = kClient) {
    return take(most, client).has_value();
  }
  bool awaitCount(std::uint64_t count) {
    return await([&] { return seats.count(kClient) == count; });
  }

  /// Opens a stream of kClient that counts.
  void open(StreamClient & client) {
    fixture.dispatchers().add(take(100).value(), client.takeServerEnd(), fixture.subscription({"a"}),
                              std::make_shared<const StreamLimits>(fixture.limits()), std::nullopt);
  }

  void adoptAll(Dispatchers & adopter) {
    for (auto& stream : fixture.dispatchers().setAside()) adopter.adopt(std::move(stream));
  }
};

TEST(ClientLimit, aClientHasSoManySeats) {
  std::vector<Seat> taken;
  for (int i = 0; i < 2; ++i) taken.push_back(take(2).value());
  CHECK_TRUE(isRefused(2));
  CHECK_TRUE(isRefused(1));
  CHECK_TRUE(isFree(2, kOther));
  CHECK_TRUE(isFree(3));
  LONGS_EQUAL(2, fixture.hub().gauges().streams);
  UNSIGNED_LONGS_EQUAL(2, seats.count(kClient));
  UNSIGNED_LONGS_EQUAL(0, seats.count(kOther));
  taken.pop_back();
  CHECK_TRUE(isFree(2));
}

TEST(ClientLimit, aSeatIsCountedOnceHoweverOftenItMoves) {
  {
    Seat seat = take(2).value();
    Seat moved = std::move(seat);
    Seat assigned;
    assigned = std::move(moved);
    UNSIGNED_LONGS_EQUAL(1, seats.count(kClient));
  }
  UNSIGNED_LONGS_EQUAL(0, seats.count(kClient));
}

TEST(ClientLimit, itBindsAllProcessesTogether) {
  const auto another = fixture.moreDispatchers(SlotKind::Child);
  const auto there = another->takeSeat(fixture.hub(), {.ofClient = 2}, kClient);
  CHECK_TRUE(there.has_value());
  const auto here = take(2);
  CHECK_TRUE(here.has_value());
  CHECK_TRUE(isRefused(2));
  const auto refused = another->takeSeat(fixture.hub(), {.ofClient = 2}, kClient);
  CHECK_TRUE(!refused && refused.error() == OpenFault::TooManyOfClient);
}

TEST(ClientLimit, nobodyAndWhoIsNotLimitedAreNotCounted) {
  std::vector<Seat> taken;
  for (int i = 0; i < 3; ++i) {
    taken.push_back(take(1, 0).value());
    taken.push_back(take(0).value());
    taken.push_back(fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 100}).value());
  }
  UNSIGNED_LONGS_EQUAL(0, seats.count(0));
  UNSIGNED_LONGS_EQUAL(0, seats.count(kClient));
  CHECK_TRUE(isFree(1));
  taken.clear();
  CHECK_TRUE(isFree(1));
  LONGS_EQUAL(0, fixture.hub().gauges().streams);
}

TEST(ClientLimit, whoFindsTheHubFullIsNotCounted) {
  const auto seat = take(5);
  const auto refused = fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 1, .ofClient = 1}, kClient);
  CHECK_TRUE(!refused && refused.error() == OpenFault::TooManyStreams);
  UNSIGNED_LONGS_EQUAL(1, seats.count(kClient));
  CHECK_TRUE(isFree(2));
}

TEST(ClientLimit, whoComesWhenTooManyClientsAreCountedIsLetIn) {
  const SlotClaim full = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
  for (Client client = 1'000; seats.take(client, *full.slot(), 1) == Taken::Yes; ++client) {
  }
  for (int i = 0; i < 2; ++i) {
    StreamClient client;
    open(client);
    UNSIGNED_LONGS_EQUAL(0, seats.count(kClient));
    fixture.publish({"a"}, "data: a\n\n");
    CHECK_TRUE(client.awaitText("data: a\n\n"));
  }
  CHECK_TRUE(fixture.awaitEnds(2));
  CHECK_TRUE(await([&] { return fixture.hub().gauges().streams == 0; }));
  CHECK_TRUE(isFree(1));
}

TEST(ClientLimit, aStreamThatEndsGivesItsPlaceBack) {
  std::optional<StreamClient> first(std::in_place);
  StreamClient second(StreamClient::Wire::Tls13);
  open(*first);
  open(second);
  CHECK_TRUE(isRefused(2));
  first.reset();
  CHECK_TRUE(awaitCount(1));
  CHECK_TRUE(isFree(2));
  CHECK_TRUE(isRefused(1));
  second.close();
  CHECK_TRUE(awaitCount(0));
}

TEST(ClientLimit, aThreadedStreamIsCountedToo) {
  const auto threaded =
      fixture.dispatchers().addThreaded(take(1).value(), fixture.subscription({"a"}),
                                        std::make_shared<const StreamLimits>(fixture.limits()), std::nullopt);
  CHECK_TRUE(isRefused(1));
  threaded->finish(EndReason::ClientGone);
  CHECK_TRUE(awaitCount(0));
}

TEST(ClientLimit, anEndLeavesNothingCounted) {
  std::deque<StreamClient> clients(3);
  for (auto& client : clients) open(client);
  UNSIGNED_LONGS_EQUAL(3, seats.count(kClient));
  fixture.dispatchers().stop();
  UNSIGNED_LONGS_EQUAL(0, seats.count(kClient));
}

TEST(ClientLimit, aSeatThatOutlivesItsDispatchersCountsNowhere) {
  Seat seat = take(2).value();
  fixture.dispatchers().stop();
  UNSIGNED_LONGS_EQUAL(0, seats.count(kClient));
  const SlotClaim another = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
  CHECK_TRUE(seats.take(kClient, *another.slot(), 2) == Taken::Yes);
  seat = Seat();
  UNSIGNED_LONGS_EQUAL(1, seats.count(kClient));
}

TEST(ClientLimit, streamsThatAreAdoptedAreCountedOnThere) {
  StreamClient leaves;
  StreamClient stays(StreamClient::Wire::Tls13);
  open(leaves);
  open(stays);
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter);
  fixture.dispatchers().letGo();
  UNSIGNED_LONGS_EQUAL(2, seats.count(kClient));
  const auto refused = adopter->takeSeat(fixture.hub(), {.ofClient = 2}, kClient);
  CHECK_TRUE(!refused && refused.error() == OpenFault::TooManyOfClient);
  leaves.close();
  CHECK_TRUE(awaitCount(1));
  CHECK_TRUE(adopter->takeSeat(fixture.hub(), {.ofClient = 2}, kClient).has_value());
  UNSIGNED_LONGS_EQUAL(1, seats.count(kClient));
  stays.close();
  CHECK_TRUE(awaitCount(0));
}

TEST(ClientLimit, streamsThatAreAdoptedAgainAreCountedOnce) {
  StreamClient client;
  open(client);
  const auto first = fixture.moreDispatchers();
  adoptAll(*first);
  fixture.dispatchers().letGo();
  const auto second = fixture.moreDispatchers();
  for (auto& stream : first->setAside()) second->adopt(std::move(stream));
  first->letGo();
  UNSIGNED_LONGS_EQUAL(1, seats.count(kClient));
  client.close();
  CHECK_TRUE(awaitCount(0));
}

TEST(ClientLimit, streamsThatNobodyAdoptsAreGivenBack) {
  StreamClient client;
  open(client);
  fixture.dispatchers().setAside().clear();
  UNSIGNED_LONGS_EQUAL(0, seats.count(kClient));
}

TEST(ClientLimit, aStreamWhoseAdopterFoundNoSlotCountsNowhere) {
  StreamClient client;
  open(client);
  std::vector<SlotClaim> others;
  for (std::size_t i = 1; i < fixture.hub().segment().slots().size(); ++i)
    others.push_back(SlotClaim::claim(fixture.hub().segment(), SlotKind::Child));
  const auto adopter = fixture.moreDispatchers();
  adoptAll(*adopter);
  fixture.dispatchers().letGo();
  CHECK_TRUE(seats.take(kClient, *others[0].slot(), 1) == Taken::Yes);
  client.close();
  CHECK_TRUE(fixture.awaitEnds(1));
  adopter->stop();
  UNSIGNED_LONGS_EQUAL(1, seats.count(kClient));
}

FORK_TEST(ClientLimit, aDeadProcessesSeatsAreNotTheClients) {
  ChildProcess other([this] {
    const Seat first = take(2).value();
    const Seat second = take(2).value();
    pause();
    return false;
  });
  CHECK_TRUE(awaitCount(2));
  CHECK_TRUE(isRefused(2));
  other.kill();
  const auto seat = take(2);
  CHECK_TRUE(seat.has_value());
  UNSIGNED_LONGS_EQUAL(1, seats.count(kClient));
}

}  // namespace mercure::hub::test

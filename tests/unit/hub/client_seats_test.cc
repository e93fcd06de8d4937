#include "hub/client_seats.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "hub/shared_segment.h"
#include "hub/slot_claim.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Taken = ClientSeats::Taken;
using Places = std::map<std::pair<Client, const Slot*>, std::uint64_t>;

constexpr std::uint64_t kNoLimit = ClientSeats::kNoLimit;

std::uint64_t countIn(const Places& places, Client client) {
  std::uint64_t count = 0;
  for (const auto& [place, seats] : places) count += place.first == client ? seats : 0;
  return count;
}

}  // namespace

TEST_GROUP(ClientSeats) {
  SharedSegment shared{kSegmentPage, 3};
  Segment segment = shared.segment();
  ClientTable& table = segment.clients();
  ClientSeats seats{segment};
  Slot& first = segment.slots()[0];
  Slot& second = segment.slots()[1];

  void checkTaken(Client client, const Slot& slot, std::uint64_t most = kNoLimit) {
    CHECK_TRUE(seats.take(client, slot, most) == Taken::Yes);
  }

  void letAllClientsMeet() {
    table.multiplier = 1;  // the chain's number is the client's first bits
  }

  /// Takes one seat each for clients that have none, from `client` on, until one is not counted; how many
  /// were.
  std::size_t takeAll(Client client) {
    std::size_t taken = 0;
    while (seats.take(client + taken, taken % 2 == 0 ? first : second, 1) == Taken::Yes) ++taken;
    return taken;
  }
};

TEST(ClientSeats, aClientHasSoManyInAllSlotsTogether) {
  checkTaken(7, first, 3);
  checkTaken(7, second, 3);
  checkTaken(7, first, 3);
  CHECK_TRUE(seats.take(7, first, 3) == Taken::LimitReached);
  CHECK_TRUE(seats.take(7, second, 3) == Taken::LimitReached);
  CHECK_TRUE(seats.take(7, segment.slots()[2], 3) == Taken::LimitReached);
  UNSIGNED_LONGS_EQUAL(3, seats.count(7));
  checkTaken(7, second, 4);
  CHECK_TRUE(seats.take(7, second, 1) == Taken::LimitReached);
  checkTaken(7, second);
  UNSIGNED_LONGS_EQUAL(5, seats.count(7));
}

TEST(ClientSeats, theLimitIsEachClientsOwn) {
  checkTaken(7, first, 1);
  for (const Client other : {Client{1}, Client{8}, Client{7} << 32U, ~Client{7}, ~Client{0}}) {
    UNSIGNED_LONGS_EQUAL(0, seats.count(other));
    checkTaken(other, first, 1);
    CHECK_TRUE(seats.take(other, first, 1) == Taken::LimitReached);
    seats.giveBack(other, first);
    UNSIGNED_LONGS_EQUAL(1, seats.count(7));
  }
}

TEST(ClientSeats, whatIsGivenBackCanBeTakenAgain) {
  for (const Slot* slot : {&first, &second, &first}) checkTaken(7, *slot, 3);
  seats.giveBack(7, second);
  UNSIGNED_LONGS_EQUAL(2, seats.count(7));
  seats.giveBack(7, first);
  UNSIGNED_LONGS_EQUAL(1, seats.count(7));
  for (int i = 0; i < 2; ++i) checkTaken(7, second, 3);
  CHECK_TRUE(seats.take(7, first, 3) == Taken::LimitReached);
  for (const Slot* slot : {&first, &second, &second}) seats.giveBack(7, *slot);
  UNSIGNED_LONGS_EQUAL(0, seats.count(7));
}

TEST(ClientSeats, whatWasNeverTakenIsNotGivenBack) {
  seats.giveBack(7, first);
  seats.giveBack(0, first);
  UNSIGNED_LONGS_EQUAL(0, table.fresh);
  checkTaken(7, second);
  checkTaken(8, first);
  for (int i = 0; i < 2; ++i) {
    seats.giveBack(7, first);
    seats.giveBack(9, first);
  }
  UNSIGNED_LONGS_EQUAL(1, seats.count(7));
  UNSIGNED_LONGS_EQUAL(1, seats.count(8));
  for (int i = 0; i < 2; ++i) seats.giveBack(7, second);
  UNSIGNED_LONGS_EQUAL(0, seats.count(7));
  checkTaken(7, second, 1);
}

TEST(ClientSeats, aSlotThatIsForgottenTakesItsSeatsAlong) {
  for (const Slot* slot : {&first, &first, &second}) checkTaken(7, *slot);
  checkTaken(8, first);
  checkTaken(9, second);
  seats.forget(first);
  UNSIGNED_LONGS_EQUAL(1, seats.count(7));
  UNSIGNED_LONGS_EQUAL(0, seats.count(8));
  UNSIGNED_LONGS_EQUAL(1, seats.count(9));
  seats.giveBack(7, first);
  UNSIGNED_LONGS_EQUAL(1, seats.count(7));
  seats.forget(segment.slots()[2]);
  seats.forget(first);
  seats.forget(second);
  for (const Client client : {7, 8, 9}) UNSIGNED_LONGS_EQUAL(0, seats.count(client));
}

TEST(ClientSeats, aSlotThatIsLetGoOfIsForgotten) {
  {
    const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
    checkTaken(7, *claim.slot());
    SlotClaim moved = SlotClaim::claim(segment, SlotKind::Child);
    checkTaken(7, *moved.slot());
    moved = SlotClaim();
    UNSIGNED_LONGS_EQUAL(1, seats.count(7));
  }
  UNSIGNED_LONGS_EQUAL(0, seats.count(7));
}

TEST(ClientSeats, aSlotThatNobodyHoldsIsForgottenByWhoeverFreesOrClaimsIt) {
  first.pid = 1;
  checkTaken(7, first);
  UNSIGNED_LONGS_EQUAL(1, freeDeadSlots(segment));
  UNSIGNED_LONGS_EQUAL(0, seats.count(7));
  checkTaken(7, first);
  const SlotClaim claim = SlotClaim::claim(segment, SlotKind::Child);
  POINTERS_EQUAL(&first, claim.slot());
  UNSIGNED_LONGS_EQUAL(0, seats.count(7));
}

TEST(ClientSeats, whoeverComesWhenTooManyClientsAreCountedIsNotCounted) {
  UNSIGNED_LONGS_EQUAL(kClientEntries, takeAll(1));
  for (const Client late : {kClientEntries + 1, kClientEntries + 2}) {
    CHECK_TRUE(seats.take(late, first, 1) == Taken::Uncounted);
    CHECK_TRUE(seats.take(late, first, kNoLimit) == Taken::Uncounted);
    seats.giveBack(late, first);
    UNSIGNED_LONGS_EQUAL(0, seats.count(late));
  }
  // Those who came before are counted on, and limited.
  CHECK_TRUE(seats.take(1, first, 1) == Taken::LimitReached);
  checkTaken(1, first, 2);
  CHECK_TRUE(seats.take(1, second, 3) == Taken::Uncounted);
  UNSIGNED_LONGS_EQUAL(2, seats.count(1));
  seats.giveBack(1, first);
  for (Client client = 1; client <= kClientEntries; ++client) UNSIGNED_LONGS_EQUAL(1, seats.count(client));
}

TEST(ClientSeats, thereIsRoomAgainForAsManyAsWereGivenBackOrForgotten) {
  UNSIGNED_LONGS_EQUAL(kClientEntries, takeAll(1));
  constexpr Client kOther = Client{1} << 40U;
  seats.giveBack(1, first);
  UNSIGNED_LONGS_EQUAL(1, takeAll(kOther));
  seats.forget(first);
  UNSIGNED_LONGS_EQUAL(kClientEntries / 2, takeAll(2 * kOther));
  seats.forget(first);
  seats.forget(second);
  UNSIGNED_LONGS_EQUAL(kClientEntries, takeAll(3 * kOther));
  UNSIGNED_LONGS_EQUAL(kClientEntries, table.fresh);
}

TEST(ClientSeats, entriesAreReused) {
  checkTaken(1, first);
  for (Client client = 2; client < 100'000; ++client) {
    checkTaken(client, first, 1);
    checkTaken(client, second, 2);
    seats.giveBack(client, client % 2 == 0 ? first : second);
    seats.giveBack(client, client % 2 == 0 ? second : first);
    UNSIGNED_LONGS_EQUAL(0, seats.count(client));
  }
  UNSIGNED_LONGS_EQUAL(3, table.fresh);
  UNSIGNED_LONGS_EQUAL(1, seats.count(1));
}

TEST(ClientSeats, entriesThatWereForgottenAreReused) {
  for (Client client = 1; client < 100; ++client) {
    checkTaken(client, first);
    checkTaken(client, second);
    seats.forget(first);
    seats.forget(second);
  }
  UNSIGNED_LONGS_EQUAL(2, table.fresh);
}

TEST(ClientSeats, clientsThatMeetInOneChainDoNotMix) {
  letAllClientsMeet();
  constexpr std::array<Client, 5> kClients{5, 3, 1, 2, 4};
  for (const Client client : kClients)
    for (Client i = 0; i < client; ++i) checkTaken(client, i % 2 == 0 ? first : second, client);
  for (const Client client : kClients) {
    UNSIGNED_LONGS_EQUAL(client, seats.count(client));
    CHECK_TRUE(seats.take(client, first, client) == Taken::LimitReached);
  }
  // The chain's beginning, its middle and its end.
  for (const Client gone : {Client{5}, Client{1}, Client{4}}) {
    for (Client i = 0; i < gone; ++i) seats.giveBack(gone, i % 2 == 0 ? first : second);
    UNSIGNED_LONGS_EQUAL(0, seats.count(gone));
    for (const Client stays : {Client{3}, Client{2}}) UNSIGNED_LONGS_EQUAL(stays, seats.count(stays));
  }
  seats.forget(first);
  UNSIGNED_LONGS_EQUAL(1, seats.count(3));
  UNSIGNED_LONGS_EQUAL(1, seats.count(2));
}

// Whatever comes in whatever order: the table says what a plain map does.
TEST(ClientSeats, anyOrderOfTakesGiveBacksAndForgetsCountsRight) {
  letAllClientsMeet();
  std::mt19937 random{42};  // the same order at every run
  const auto oneIn = [&random](unsigned many) { return random() % many == 0; };
  // Some of them in other chains.
  constexpr std::array<Client, 6> kClients{1, 2, 3, 4, Client{1} << 50U, Client{1} << 63U};
  Places places;
  for (int i = 0; i < 50'000; ++i) {
    const Client client = kClients[random() % kClients.size()];
    const Slot& slot = segment.slots()[random() % segment.slots().size()];
    auto& held = places[{client, &slot}];
    if (oneIn(500)) {
      seats.forget(slot);
      for (auto& [place, count] : places) count = place.second == &slot ? 0 : count;
    } else if (oneIn(2)) {
      seats.giveBack(client, slot);
      held -= held > 0 ? 1 : 0;
    } else {
      const bool isFull = countIn(places, client) >= 4;
      CHECK_TRUE(seats.take(client, slot, 4) == (isFull ? Taken::LimitReached : Taken::Yes));
      held += isFull ? 0 : 1;
    }
    for (const Client each : kClients) UNSIGNED_LONGS_EQUAL(countIn(places, each), seats.count(each));
  }
  CHECK_TRUE(table.fresh <= kClients.size() * segment.slots().size());
}

TEST(ClientSeats, neverMoreThanTheLimitHoweverManyAskAtOnce) {
  std::atomic<std::uint64_t> taken{0};
  std::atomic<int> exceeded{0};
  std::vector<std::thread> threads;
  for (Slot& slot : segment.slots()) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        if (seats.take(7, slot, 2) != Taken::Yes) continue;
        if (++taken > 2) ++exceeded;
        --taken;
        seats.giveBack(7, slot);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  LONGS_EQUAL(0, exceeded);
  UNSIGNED_LONGS_EQUAL(0, seats.count(7));
  CHECK_TRUE(table.fresh <= segment.slots().size());
}

}  // namespace mercure::hub::test

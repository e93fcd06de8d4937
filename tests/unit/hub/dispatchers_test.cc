#include "hub/dispatchers.h"

#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "hub/hub_fixture.h"
#include "hub/slot_claim.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

std::string lineOf(const std::filesystem::path& file, std::string_view beginning) {
  std::ifstream input(file);
  for (std::string line; std::getline(input, line);)
    if (line.starts_with(beginning)) return line.substr(beginning.size());
  return {};
}

/// The dispatchers' threads in this process, as directories of /proc.
std::vector<std::filesystem::path> dispatcherThreads() {
  std::vector<std::filesystem::path> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    if (lineOf(task.path() / "comm", "mercure-disp").empty() &&
        lineOf(task.path() / "comm", "") == "mercure-disp")
      found.push_back(task.path());
  return found;
}

Dispatchers* toEndInHandler = nullptr;
volatile sig_atomic_t endedInHandler = 0;

}  // namespace

TEST_GROUP(Dispatchers) {
  HubFixture fixture{1U << 20U, {.maxDispatchers = 3, .streamsBeforeAnother = 2, .streamEnded = {}}};
};

TEST(Dispatchers, nothingRunsUntilTheFirstSeat) {
  LONGS_EQUAL(0, dispatcherThreads().size());
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
  CHECK_TRUE(fixture.dispatchers().awaitEnd(std::chrono::milliseconds(0)));
  const Seat seat = fixture.seat();
  LONGS_EQUAL(1, dispatcherThreads().size());
  LONGS_EQUAL(1, fixture.hub().gauges().processes);
  CHECK_FALSE(fixture.dispatchers().awaitEnd(std::chrono::milliseconds(0)));
}

TEST(Dispatchers, theirThreadsTakeNoSignal) {
  const Seat seat = fixture.seat();
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  CHECK_FALSE(sigismember(&mine, SIGTERM) == 1);
  const auto threads = dispatcherThreads();
  LONGS_EQUAL(1, threads.size());
  const auto blocked = std::stoull(lineOf(threads[0] / "status", "SigBlk:\t"), nullptr, 16);
  for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGWINCH, SIGPROF, SIGALRM, SIGCHLD, SIGPIPE})
    CHECK_TRUE((blocked >> (number - 1) & 1) == 1);
}

TEST(Dispatchers, moreOfThemStartAsStreamsCome) {
  std::deque<StreamClient> clients(10);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    fixture.add(clients[i], fixture.subscription({"a"}));
    LONGS_EQUAL(std::min<std::size_t>(1 + i / 2, 3), dispatcherThreads().size());
  }
  LONGS_EQUAL(10, fixture.hub().gauges().streams);
  LONGS_EQUAL(1, fixture.hub().gauges().processes);
  fixture.publish({"a"}, "data: a\n\n");
  for (auto& client : clients) CHECK_TRUE(client.awaitText("data: a\n\n"));
}

TEST(Dispatchers, theirLoadIsHowManyStreamsThereAre) {
  UNSIGNED_LONGS_EQUAL(0, fixture.dispatchers().load());
  std::deque<StreamClient> clients(5);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  const auto threaded = fixture.addThreaded(fixture.subscription({"a"}));
  UNSIGNED_LONGS_EQUAL(6, fixture.dispatchers().load());
  clients.pop_back();
  threaded->finish(EndReason::ClientGone);
  CHECK_TRUE(await([&] { return fixture.dispatchers().load() == 4; }));
  fixture.dispatchers().stop();
  UNSIGNED_LONGS_EQUAL(0, fixture.dispatchers().load());
}

TEST(Dispatchers, theSlotsSayWhatTheirProcessIs) {
  const auto keeper = fixture.moreDispatchers(SlotKind::Keeper);
  const Seat ofChild = fixture.seat();
  LONGS_EQUAL(0, fixture.hub().gauges().keepers);
  const auto ofKeeper = keeper->takeSeat(fixture.hub(), {});
  CHECK_TRUE(ofKeeper.has_value());
  LONGS_EQUAL(1, fixture.hub().gauges().keepers);
  LONGS_EQUAL(2, fixture.hub().gauges().processes);
  LONGS_EQUAL(1, fixture.slotOf(SlotKind::Child)->streams);
  LONGS_EQUAL(1, fixture.slotOf(SlotKind::Keeper)->streams);
}

TEST(Dispatchers, aSeatIsCountedAsLongAsItLives) {
  {
    Seat seat = fixture.seat();
    LONGS_EQUAL(1, fixture.hub().gauges().streams);
    seat.countTls();
    seat.countTls();
    Seat moved = std::move(seat);
    Seat assigned;
    assigned = std::move(moved);
    POINTERS_EQUAL(&fixture.hub(), assigned.hub());
    LONGS_EQUAL(1, fixture.hub().gauges().tlsStreams);
    LONGS_EQUAL(1, fixture.hub().gauges().streams);
  }
  LONGS_EQUAL(0, fixture.hub().gauges().streams);
  LONGS_EQUAL(0, fixture.hub().gauges().tlsStreams);
}

TEST(Dispatchers, aHubHasSoManySeatsOverAllProcesses) {
  const SlotClaim otherProcess = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
  otherProcess.slot()->streams = 2;
  std::vector<Seat> seats;
  seats.push_back(*fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 4}));
  seats.push_back(*fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 4}));
  const auto refused = fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 4});
  CHECK_TRUE(!refused && refused.error() == OpenFault::TooManyStreams);
  LONGS_EQUAL(4, fixture.hub().gauges().streams);
  CHECK_TRUE(fixture.dispatchers().takeSeat(fixture.hub(), {}).has_value());
  seats.pop_back();
  CHECK_TRUE(fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 4}).has_value());
}

TEST(Dispatchers, threadedStreamsAreLimitedOverAllProcesses) {
  const SlotClaim otherProcess = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
  otherProcess.slot()->threadedStreams = 1;
  Seat first = fixture.seat();
  Seat second = fixture.seat();
  const auto none = fixture.dispatchers().makeThreaded(first, 0);
  CHECK_TRUE(!none && none.error() == OpenFault::TooManyThreadedStreams);
  LONGS_EQUAL(1, fixture.hub().gauges().threadedStreams);
  CHECK_TRUE(fixture.dispatchers().makeThreaded(first, 2).has_value());
  CHECK_FALSE(fixture.dispatchers().makeThreaded(second, 2).has_value());
  LONGS_EQUAL(2, fixture.hub().gauges().threadedStreams);
  first = Seat();
  CHECK_TRUE(fixture.dispatchers().makeThreaded(second, 2).has_value());
}

FORK_TEST(Dispatchers, seatsOfAKilledProcessAreFree) {
  ChildProcess other([&] {
    const SlotClaim claim = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
    claim.slot()->streams = 7;
    claim.slot()->threadedStreams = 7;
    pause();
    return false;
  });
  CHECK_TRUE(await([&] { return fixture.hub().gauges().threadedStreams == 7; }));
  CHECK_FALSE(fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 7}).has_value());
  other.kill();
  auto seat = fixture.dispatchers().takeSeat(fixture.hub(), {.streams = 1});
  CHECK_TRUE(seat.has_value());
  CHECK_TRUE(fixture.dispatchers().makeThreaded(*seat, 1).has_value());
}

TEST(Dispatchers, withoutASlotThereIsNoSeatUntilOneIsFree) {
  std::vector<SlotClaim> claims;
  for (std::size_t i = 0; i < fixture.hub().segment().slots().size(); ++i)
    claims.push_back(SlotClaim::claim(fixture.hub().segment(), SlotKind::Child));
  const auto refused = fixture.dispatchers().takeSeat(fixture.hub(), {});
  CHECK_TRUE(!refused && refused.error() == OpenFault::NoSlot);
  claims.pop_back();
  CHECK_TRUE(await([&] { return fixture.dispatchers().takeSeat(fixture.hub(), {}).has_value(); }));
}

TEST(Dispatchers, aSeatThatOutlivesThemCountsNowhere) {
  Seat seat = fixture.seat();
  seat.countTls();
  fixture.dispatchers().stop();
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
  const SlotClaim another = SlotClaim::claim(fixture.hub().segment(), SlotKind::Child);
  another.slot()->streams = 5;
  seat = Seat();
  LONGS_EQUAL(5, fixture.hub().gauges().streams);
  LONGS_EQUAL(0, fixture.hub().gauges().tlsStreams);
}

TEST(Dispatchers, anEndTellsEveryStreamWhenToComeBackAndCutsIt) {
  std::deque<StreamClient> clients(200);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  StreamClient chunked(StreamClient::Wire::Clear, true);
  StreamClient overTls(StreamClient::Wire::Tls13);
  fixture.add(chunked, fixture.subscription({"a"}));
  fixture.add(overTls, fixture.subscription({"a"}));
  fixture.dispatchers().requestEnd();
  CHECK_TRUE(fixture.dispatchers().awaitEnd(kPatience));
  std::set<int> waits;
  for (auto& client : clients) {
    CHECK_TRUE(client.awaitEnd());
    const int wait = retryIn(client.received());
    CHECK_TRUE(wait >= 1000 && wait <= 5000);
    waits.insert(wait);
  }
  CHECK_TRUE(waits.size() > 100);
  CHECK_TRUE(chunked.awaitEnd());
  STRNCMP_EQUAL("d\r\nretry: ", chunked.received().c_str(), 10);
  CHECK_TRUE(chunked.received().ends_with("\n\n\r\n"));
  CHECK_TRUE(overTls.awaitEnd());
  CHECK_TRUE(overTls.sawCloseNotify() && retryIn(overTls.received()) > 0);
  LONGS_EQUAL(202, fixture.ends().size());
  for (const auto& end : fixture.ends()) CHECK_TRUE(end.reason == EndReason::ServerStopping);
  UNSIGNED_LONGS_EQUAL(0, fixture.counters().delivered);
  UNSIGNED_LONGS_EQUAL(202, fixture.counters().streamsClosed);
}

TEST(Dispatchers, anEndFromASignalHandler) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  toEndInHandler = &fixture.dispatchers();
  endedInHandler = 0;
  struct sigaction before {};
  struct sigaction action {};
  action.sa_handler = [](int) {
    toEndInHandler->endThreadedStreams();
    toEndInHandler->requestEnd();
    endedInHandler = toEndInHandler->awaitEnd(kPatience) ? 1 : 2;
  };
  sigaction(SIGUSR2, &action, &before);
  raise(SIGUSR2);
  sigaction(SIGUSR2, &before, nullptr);
  LONGS_EQUAL(1, endedInHandler);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(retryIn(client.received()) > 0);
}

TEST(Dispatchers, whatStillWaitsGoesOutBeforeAnEnd) {
  StreamClient goes;
  StreamClient stays;
  fixture.add(goes, fixture.subscription({"a"}));
  fixture.add(stays, fixture.subscription({"a"}));
  {
    const HubFixture::Stall stall(fixture);
    goes.close();
    CHECK_TRUE(stall.await());
    // Unread when the end comes: it must not become a reset.
    CHECK_TRUE(stays.write("pipelined") == 9);
    fixture.dispatchers().requestEnd();
  }
  CHECK_TRUE(stays.awaitEnd());
  CHECK_FALSE(stays.wasReset());
  CHECK_TRUE(retryIn(stays.received()) > 0);
}

TEST(Dispatchers, afterAnEndNothingOpens) {
  std::vector<Seat> seats;
  for (int i = 0; i < 2; ++i) seats.push_back(fixture.seat());
  auto subscription = fixture.subscription({"a"});
  fixture.dispatchers().stop();
  fixture.dispatchers().stop();
  const auto refused = fixture.dispatchers().takeSeat(fixture.hub(), {});
  CHECK_TRUE(!refused && refused.error() == OpenFault::Stopping);
  for (const auto wire : {StreamClient::Wire::Clear, StreamClient::Wire::Tls13}) {
    StreamClient client(wire);
    fixture.dispatchers().add(std::move(seats.back()), client.takeServerEnd(), subscription,
                              std::make_shared<const StreamLimits>(), std::nullopt);
    CHECK_TRUE(client.awaitEnd());
    if (wire != StreamClient::Wire::Clear) CHECK_TRUE(client.sawCloseNotify());
    seats.pop_back();
  }
}

TEST(Dispatchers, anEndBeforeAnyStreamNeedsNoThread) {
  fixture.dispatchers().requestEnd();
  CHECK_TRUE(fixture.dispatchers().awaitEnd(std::chrono::milliseconds(0)));
  CHECK_FALSE(fixture.dispatchers().takeSeat(fixture.hub(), {}).has_value());
  LONGS_EQUAL(0, dispatcherThreads().size());
}

TEST(Dispatchers, destroyingThemClosesEveryStream) {
  std::deque<StreamClient> clients(20);
  for (auto& client : clients) fixture.add(client, fixture.subscription({"a"}));
  fixture.destroyDispatchers();
  for (auto& client : clients) CHECK_TRUE(client.awaitEnd());
  LONGS_EQUAL(0, dispatcherThreads().size());
  LONGS_EQUAL(0, fixture.hub().gauges().processes);
}

TEST(Dispatchers, P0_TIME_07_aRetiredHubsStreamsAreCutWithARetry) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.hub().retire();
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(retryIn(client.received()) > 0);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::HubRetired);
}

TEST(Dispatchers, anIdleDispatcherServesStreamsThatComeLater) {
  for (int i = 0; i < 3; ++i) {
    StreamClient client;
    fixture.publish({"a"}, "data: missed\n\n");
    fixture.add(client, fixture.subscription({"a"}));
    fixture.publish({"a"}, "data: a\n\n");
    CHECK_TRUE(client.awaitText("data: a\n\n"));
    client.close();
    CHECK_TRUE(await([&] { return fixture.hub().gauges().streams == 0; }));
  }
}

TEST(Dispatchers, anObserverThatThrowsHarmsNothing) {
  PipeFixture pipes;
  const BroadcastPipe pipe = pipes.pipe();
  const SharedSegment memory(1U << 16U);
  Hub hub("example.com", memory.bytes(), pipe);
  const std::vector<Hub*> hubs{&hub};
  DispatcherOptions options;
  options.streamEnded = [](const StreamEnd&) { throw std::string("unexpected"); };
  Dispatchers dispatchers(hubs, pipe, options);
  for (int i = 0; i < 2; ++i) {
    StreamClient client;
    dispatchers.add(*dispatchers.takeSeat(hub, {}), client.takeServerEnd(), fixture.subscription({"a"}),
                    std::make_shared<const StreamLimits>(), std::nullopt);
    client.close();
    CHECK_TRUE(await([&] { return hub.gauges().streams == 0; }));
  }
}

TEST(Dispatchers, everyEndHasADescription) {
  std::set<std::string_view> texts;
  for (auto reason = EndReason::ClientGone; reason <= EndReason::OutOfMemory;
       reason = static_cast<EndReason>(static_cast<int>(reason) + 1))
    texts.insert(describe(reason));
  LONGS_EQUAL(static_cast<int>(EndReason::OutOfMemory) + 1, texts.size());
  CHECK_FALSE(texts.contains("unknown"));
}

TEST_GROUP(HandedOverConnection){};

TEST(HandedOverConnection, closesWhatNobodyTook) {
  StreamClient clear;
  StreamClient overTls(StreamClient::Wire::Tls13);
  { const HandedOverConnection dropped = clear.takeServerEnd(); }
  {
    HandedOverConnection moved = overTls.takeServerEnd();
    HandedOverConnection other;
    other = std::move(moved);
  }
  CHECK_TRUE(clear.awaitEnd());
  CHECK_TRUE(overTls.awaitEnd());
}

}  // namespace mercure::hub::test

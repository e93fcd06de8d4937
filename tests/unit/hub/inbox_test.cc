#include "hub/inbox.h"

#include <poll.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "hub/hub_fixture.h"
#include "hub/replay.h"
#include "hub/replayer.h"
#include "hub/stream.h"
#include "hub/threaded_queue.h"

#include <CppUTest/TestHarness.h>

// What reaches a dispatcher through its inbox, and the bell that says so.
namespace mercure::hub::test {

TEST_GROUP(Inbox) {
  HubFixture fixture;
  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  std::vector<Matcher> wishes{fixture.selector("a")};

  /// Whether somebody has rung since the last call.
  bool rang() const {
    pollfd watched{.fd = inbox->bell(), .events = POLLIN, .revents = 0};
    const bool rung = poll(&watched, 1, 0) == 1;
    inbox->silence();
    return rung;
  }
  std::shared_ptr<Replay> replay() {
    return std::make_shared<Replay>(fixture.hub(), inbox, fixture.hub().end(), wishes,
                                    std::vector<Matcher>{});
  }
  static std::shared_ptr<const std::string> text(const char* content) {
    return std::make_shared<const std::string>(content);
  }
};

TEST(Inbox, theBellIsSilentUntilSomebodyRings) {
  CHECK_FALSE(rang());
  inbox->ring();
  CHECK_TRUE(rang());
  CHECK_FALSE(rang());
}

TEST(Inbox, whatIsToldIsTakenOnce) {
  inbox->tellDrained();
  CHECK_TRUE(rang());
  CHECK_FALSE(inbox->takeFinished());
  CHECK_TRUE(inbox->takeDrained());
  CHECK_FALSE(inbox->takeDrained());
  inbox->tellFinished();
  CHECK_TRUE(rang());
  CHECK_TRUE(inbox->takeFinished());
  CHECK_FALSE(inbox->takeFinished());
}

TEST(Inbox, everyReplayThatComesIsTakenOnce) {
  CHECK_TRUE(inbox->takeReplays() == nullptr);
  std::vector<std::shared_ptr<Replay>> all{replay(), replay(), replay()};
  for (const auto& one : all) Replay::deliver(one);
  CHECK_TRUE(rang());
  std::vector<std::shared_ptr<Replay>> taken;
  for (auto next = inbox->takeReplays(); next != nullptr; next = next->takeNext()) taken.push_back(next);
  CHECK_TRUE(std::ranges::is_permutation(all, taken));
  CHECK_TRUE(inbox->takeReplays() == nullptr);
}

TEST(Inbox, aClosedOneDropsReplaysAndTakesNone) {
  auto early = replay();
  auto late = replay();
  const std::weak_ptr<Replay> dropped = early;
  Replay::deliver(std::move(early));
  Replay::deliver(replay());
  CHECK_TRUE(inbox->close().empty());
  CHECK_TRUE(dropped.expired());
  Replay::deliver(std::move(late));
  CHECK_TRUE(inbox->takeReplays() == nullptr);
  LONGS_EQUAL(1, inbox.use_count());
}

TEST(Inbox, P0_TIME_05_aThreadThatHasTakenEverythingTellsItOnlyWhenThatIsAwaited) {
  ThreadedQueue queue(inbox, fixture.counters());
  CHECK_TRUE(queue.isDrained());
  CHECK_TRUE(queue.push(text("data: 1\n\n"), 100));
  CHECK_TRUE(queue.take({}).events.size() == 1);
  CHECK_FALSE(rang());
  CHECK_TRUE(queue.push(text("data: 2\n\n"), 100));
  CHECK_FALSE(queue.isDrained());
  CHECK_TRUE(queue.push(text("data: 3\n\n"), 100));
  CHECK_TRUE(queue.take({}).events.size() == 2);
  CHECK_TRUE(rang());
  CHECK_TRUE(inbox->takeDrained());
  CHECK_TRUE(queue.isDrained());
  CHECK_TRUE(queue.take({}).events.empty());
  CHECK_FALSE(rang());
}

TEST(Inbox, aQueueWithoutADispatcherTellsNobody) {
  ThreadedQueue queue(nullptr, fixture.counters());
  CHECK_TRUE(queue.push(text("data: 1\n\n"), 100));
  CHECK_FALSE(queue.isDrained());
  CHECK_TRUE(queue.take({}).events.size() == 1);
  CHECK_TRUE(queue.isDrained());
}

TEST(Inbox, theReplayThreadDeliversWhatItIsGivenUntilItIsStopped) {
  Replayer replayer;
  const auto one = replay();
  CHECK_TRUE(replayer.add(one));
  std::shared_ptr<Replay> back;
  CHECK_TRUE(await([&] {
    back = inbox->takeReplays();
    return back != nullptr;
  }));
  CHECK_TRUE(back == one);
  CHECK_TRUE(one->takeBatch().then == Replay::Then::More);
  replayer.stop();
  CHECK_FALSE(replayer.add(one));
  replayer.stop();
}

TEST(Inbox, aReplayThatNobodyWaitsForComesBackUnread) {
  fixture.publish({"a"}, "data: 1\n\n");
  const auto one = std::make_shared<Replay>(fixture.hub(), inbox, Place{.sequence = 0, .position = 0}, wishes,
                                            std::vector<Matcher>{});
  one->cancel();
  CHECK_TRUE(one->readSome());
  CHECK_TRUE(one->takeBatch().frames.empty());
}

}  // namespace mercure::hub::test

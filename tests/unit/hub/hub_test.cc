#include "hub/hub.h"

#include <atomic>
#include <string>
#include <vector>

#include "hub/child_process.h"
#include "hub/keepers.h"
#include "hub/pipe_fixture.h"
#include "hub/sample_records.h"
#include "hub/shared_segment.h"
#include "hub/slot_claim.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

TEST_GROUP(Hub) {
  PipeFixture fixture;
  BroadcastPipe pipe = fixture.pipe();
  SharedSegment shared{4 * kSegmentPage};
  Hub hub{"example.com", shared.bytes(), pipe};

  bool wasPosted() const {
    return bytesIn(pipe) > 0;
  }
};

TEST(Hub, P0_PUB_39_publishingAppendsCountsAndWakes) {
  STRCMP_EQUAL("example.com", hub.name().c_str());
  LogReader reader(hub.segment(), hub.end().position);
  CHECK_FALSE(wasPosted());
  const auto sequence = hub.publish(Sample({0, 0}, 100).view());
  CHECK_TRUE(sequence && *sequence == 1);
  CHECK_TRUE(wasPosted());
  UNSIGNED_LONGS_EQUAL(1, hub.counters().published);
  Record record;
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
  CHECK_TRUE(originOf(record).has_value());
  UNSIGNED_LONGS_EQUAL(hub.end().position, reader.position());
}

TEST(Hub, whatCannotBePublishedWakesNobody) {
  const auto refused = hub.publish(Sample({0, 0}, 4 * kSegmentPage).view());
  CHECK_TRUE(!refused && refused.error().kind == PublishError::Kind::TooLargeForLog);
  CHECK_FALSE(wasPosted());
  UNSIGNED_LONGS_EQUAL(0, hub.counters().published);
}

TEST(Hub, twoHubsNeverMix) {
  const SharedSegment otherShared(4 * kSegmentPage);
  Hub other("example.org", otherShared.bytes(), pipe);
  LogReader reader(other.segment(), other.end().position);
  CHECK_TRUE(hub.publish(Sample({0, 0}, 100).view()).has_value());
  Record record;
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::NothingNew);
  UNSIGNED_LONGS_EQUAL(0, other.counters().published);
}

TEST(Hub, twoViewsOfOneSegmentAreOneHub) {
  Hub again("example.com", shared.bytes(), pipe);
  CHECK_TRUE(hub.publish(Sample({0, 0}, 100).view()).has_value());
  CHECK_TRUE(again.publish(Sample({0, 1}, 100).view()).value_or(0) == 2);
  UNSIGNED_LONGS_EQUAL(hub.end().position, again.end().position);
  again.retire();
  CHECK_TRUE(hub.isRetired());
}

TEST(Hub, retiringWakesEverybody) {
  CHECK_FALSE(hub.isRetired());
  hub.retire();
  CHECK_TRUE(hub.isRetired());
  CHECK_TRUE(wasPosted());
}

TEST(Hub, isOverWhenTheServersLifeIsThatItBelongsTo) {
  Hub entered("example.com", shared.bytes(), pipe);
  CHECK_FALSE(hub.isOver().has_value());
  raiseEpoch(hub.segment());
  const Hub made("example.com", shared.bytes(), pipe);
  CHECK_TRUE(hub.isOver() == EndReason::ServerStopping);
  CHECK_TRUE(entered.isOver() == EndReason::ServerStopping);
  CHECK_FALSE(made.isOver().has_value());
  entered.enterEpoch();
  CHECK_FALSE(entered.isOver().has_value());
  CHECK_TRUE(hub.isOver() == EndReason::ServerStopping);
  raiseEpoch(hub.segment());
  CHECK_TRUE(entered.isOver() == EndReason::ServerStopping);
  CHECK_TRUE(made.isOver() == EndReason::ServerStopping);
}

TEST(Hub, isOverOnceItIsRetiredWhateverTheEpoch) {
  hub.retire();
  CHECK_TRUE(hub.isOver() == EndReason::HubRetired);
  raiseEpoch(hub.segment());
  CHECK_TRUE(hub.isOver() == EndReason::HubRetired);
  hub.enterEpoch();
  CHECK_TRUE(hub.isOver() == EndReason::HubRetired);
}

FORK_TEST(Hub, anEpochEndsForEveryProcessThatBelongsToIt) {
  ChildProcess child([&] { return await([&] { return hub.isOver() == EndReason::ServerStopping; }); });
  raiseEpoch(hub.segment());
  CHECK_TRUE(child.succeeded());
  ChildProcess next([&] {
    const bool before = hub.isOver().has_value();
    hub.enterEpoch();
    return before && !hub.isOver();
  });
  CHECK_TRUE(next.succeeded());
}

TEST(Hub, gaugesSumTheSlots) {
  const auto none = hub.gauges();
  LONGS_EQUAL(0, none.processes);
  const SlotClaim child = SlotClaim::claim(hub.segment(), SlotKind::Child);
  const SlotClaim keeper = SlotClaim::claim(hub.segment(), SlotKind::Keeper);
  child.slot()->streams = 10;
  child.slot()->threadedStreams = 2;
  child.slot()->tlsStreams = 5;
  keeper.slot()->streams = 7;
  keeper.slot()->tlsStreams = 7;
  const auto gauges = hub.gauges();
  LONGS_EQUAL(17, gauges.streams);
  LONGS_EQUAL(2, gauges.threadedStreams);
  LONGS_EQUAL(12, gauges.tlsStreams);
  LONGS_EQUAL(2, gauges.processes);
  LONGS_EQUAL(1, gauges.keepers);
}

FORK_TEST(Hub, gaugesLeaveOutKilledProcesses) {
  SharedObject<std::atomic<bool>> ready;
  ChildProcess child([&] {
    const SlotClaim claim = SlotClaim::claim(hub.segment(), SlotKind::Child);
    claim.slot()->streams = 3;
    *ready = true;
    pause();
    return false;
  });
  CHECK_TRUE(await([&] { return ready->load(); }));
  LONGS_EQUAL(3, hub.gauges().streams);
  child.kill();
  LONGS_EQUAL(0, hub.gauges().streams);
  LONGS_EQUAL(0, hub.gauges().processes);
}

TEST_GROUP(Counters){};

TEST(Counters, eachRefusalHasANameAndACountOfItsOwn) {
  Counters counters{};
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const auto reason = static_cast<Refusal>(i);
    for (std::size_t times = 0; times <= i; ++times) counters.refuse(reason);
    UNSIGNED_LONGS_EQUAL(i + 1, counters.refused[i]);
    CHECK_FALSE(nameOf(reason).empty());
    for (const std::string_view name : names) CHECK_TRUE(name != nameOf(reason));
    names.push_back(nameOf(reason));
  }
  CHECK_TRUE(nameOf(Refusal::NoToken) == "NoToken");
  CHECK_TRUE(nameOf(Refusal::MissingGrant) == "MissingGrant");
  CHECK_TRUE(nameOf(Refusal::Unavailable) == "Unavailable");
}

}  // namespace mercure::hub::test

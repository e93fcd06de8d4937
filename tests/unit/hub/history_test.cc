#include "hub/history.h"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "hub/archived_hub.h"

#include <CppUTest/TestHarness.h>

// One process's part in a hub's history, and the hub's view of it.
namespace mercure::hub::test {

namespace {

const HistoryOptions kWritten{.directory = {}, .sync = false, .beforeSync = {}};

}  // namespace

TEST_GROUP(History) {
  ArchivedHub archived{64 * kSegmentPage, kWritten};

  History& history() {
    return *archived.hub().history();
  }
  Place placeAfter(const std::string& id) {
    const auto place = ArchivedHub::value(archived.hub().placeAfter(id));
    CHECK_TRUE(place.has_value());
    return *place;
  }
};

TEST(History, isOpenedOnceAndStaysTheSame) {
  const auto first = ArchivedHub::value(history().archive());
  CHECK_TRUE(first == ArchivedHub::value(history().archive()));
}

TEST(History, isOpenedAnewAfterItWasClosed) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  history().close();
  CHECK_TRUE(archived.publish("urn:2").has_value());
  history().close();
  history().close();
  CHECK_TRUE(archived.archived() == (std::vector<std::string>{"urn:1", "urn:2"}));
}

TEST(History, theDiskIsWaitedForWithinASecondEachTimeSomethingWasStored) {
  for (int i = 1; i <= 3; ++i) {
    const int before = archived.syncs;
    CHECK_TRUE(archived.publish("urn:1").has_value());
    CHECK_TRUE(await([&] { return archived.syncs > before; }));
  }
}

TEST(History, whatWasStoredIsOnTheDiskWhenItIsClosed) {
  for (int i = 1; i <= 20; ++i) {
    CHECK_TRUE(archived.publish("urn:1").has_value());
    history().close();
    LONGS_EQUAL(i, archived.syncs);
  }
}

// A child closes it, and the keeper goes on with the same object.
TEST(History, upkeepGoesOnAfterItWasClosed) {
  archived.onSync = [&] { history().noteStored(); };
  CHECK_TRUE(archived.publish("urn:1").has_value());
  history().close();
  archived.onSync = {};
  const int before = archived.syncs;
  CHECK_TRUE(archived.publish("urn:2").has_value());
  CHECK_TRUE(await([&] { return archived.syncs > before; }));
}

TEST(History, whatIsTooOldGoesWithoutNewUpdates) {
  archived.options.maxAge = std::chrono::milliseconds(10);
  CHECK_TRUE(archived.publish("urn:1").has_value());
  CHECK_TRUE(await([&] {
    history().noteTime();
    return archived.archived().empty();
  }));
}

TEST(History, P0_REC_12_P1_REC_15_withoutOneTheLogAnswers) {
  const SharedSegment shared(8 * kSegmentPage);
  Hub hub("example.com", shared.bytes(), archived.pipe());
  CHECK_TRUE(hub.history() == nullptr);
  UNSIGNED_LONGS_EQUAL(0, ArchivedHub::value(hub.begin()).position);
  CHECK_FALSE(ArchivedHub::value(hub.placeAfter("urn:1")).has_value());
  CHECK_TRUE(hub.publish({{}, "urn:1", "data: x\n\n", {.isPrivate = true}}).has_value());
  UNSIGNED_LONGS_EQUAL(1, ArchivedHub::value(hub.placeAfter("urn:1"))->sequence);
  UNSIGNED_LONGS_EQUAL(0, ArchivedHub::value(hub.begin()).position);
  CHECK_FALSE(ArchivedHub::value(hub.placeAfter("urn:2")).has_value());
}

TEST(History, P0_REC_03_aKnownIdsPlaceIsInTheLogIfThatHoldsIt) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  const std::uint64_t end = archived.hub().end().position;
  UNSIGNED_LONGS_EQUAL(end, placeAfter("urn:1").position);
  archived.forgetTheLog(64 * kSegmentPage);
  CHECK_TRUE(placeAfter("urn:1").position == kNotInLog);
  UNSIGNED_LONGS_EQUAL(1, placeAfter("urn:1").sequence);
}

TEST(History, P0_REC_11_P1_REC_05_ofOneIdTheOldestIsMeantWhereverItIs) {
  CHECK_TRUE(archived.publish("urn:twice").has_value());
  CHECK_TRUE(archived.publish("urn:2").has_value());
  archived.forgetTheLog(64 * kSegmentPage);
  CHECK_TRUE(archived.publish("urn:twice").has_value());
  UNSIGNED_LONGS_EQUAL(1, placeAfter("urn:twice").sequence);
  UNSIGNED_LONGS_EQUAL(0, ArchivedHub::value(archived.hub().begin()).sequence);
}

TEST(History, P0_REC_08_anUnknownIdIsNone) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  for (const char* const id : {"urn:2", "", "urn:"})
    CHECK_FALSE(ArchivedHub::value(archived.hub().placeAfter(id)).has_value());
}

// Such as one that was out before the disk was full.
TEST(History, anIdThatOnlyTheLogHasIsKnown) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  const history::NewRecord others{.sequence = 100, .publishedAt = 1, .id = "urn:other"};
  CHECK_TRUE(archived.archive().append({&others, 1}).has_value());
  CHECK_TRUE(archived.publish("urn:lost").has_value());
  CHECK_TRUE(archived.archived() == (std::vector<std::string>{"urn:1", "urn:other"}));
  UNSIGNED_LONGS_EQUAL(2, placeAfter("urn:lost").sequence);
}

}  // namespace mercure::hub::test

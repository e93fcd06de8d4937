#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "hub/log.h"
#include "hub/record_format.h"
#include "hub/ring.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

// Places in the log: its ends, and the ones after an update of some id.
namespace mercure::hub::test {

namespace {

constexpr std::size_t kRingSize = 5 * kSegmentPage;

const std::vector<std::string> kTopics{"a"};

}  // namespace

TEST_GROUP(LogPlaces) {
  SharedSegment shared{kRingSize};
  Segment segment = shared.segment();
  Log log{segment};
  Record record;

  static std::uint64_t append(const Log& to, std::string_view id, std::size_t eventSize = 20) {
    const auto sequence = to.append({kTopics, id, std::string(eventSize, 'e'), {}});
    CHECK_TRUE(sequence.has_value());
    return *sequence;
  }
  std::uint64_t append(std::string_view id, std::size_t eventSize = 20) const {
    return append(log, id, eventSize);
  }
  /// The sequence number of what comes next at `place`; 0: nothing does.
  std::uint64_t nextAt(const Place& place) {
    LogReader reader(segment, place.position);
    return reader.next(record) == LogReader::Outcome::Read ? record.sequence : 0;
  }
  void checkAfter(std::uint64_t sequence, std::string_view id) {
    const auto place = log.placeAfter(id);
    CHECK_TRUE(place.has_value());
    UNSIGNED_LONGS_EQUAL(sequence, place->sequence);
    const std::uint64_t next = nextAt(*place);
    CHECK_TRUE(next == 0 ? sequence == segment.log().sequence : next == sequence + 1);
    const auto again = log.placeAfter(id, sequence);
    CHECK_TRUE(again && again->position == place->position);
  }
  void checkUnknown(std::string_view id) const {
    CHECK_FALSE(log.placeAfter(id).has_value());
  }
};

TEST(LogPlaces, aFreshLogHasOnlyItsEnd) {
  UNSIGNED_LONGS_EQUAL(0, log.begin().sequence);
  UNSIGNED_LONGS_EQUAL(0, log.begin().position);
  UNSIGNED_LONGS_EQUAL(0, log.end().sequence);
  checkUnknown("");
  checkUnknown("urn:1");
}

TEST(LogPlaces, theBeginningIsBeforeTheOldestAndTheEndAfterTheNewest) {
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    append("urn:x", i % 700);
    UNSIGNED_LONGS_EQUAL(i, log.end().sequence);
    UNSIGNED_LONGS_EQUAL(0, nextAt(log.end()));
    UNSIGNED_LONGS_EQUAL(log.begin().sequence + 1, nextAt(log.begin()));
    UNSIGNED_LONGS_EQUAL(segment.log().tail, log.begin().position);
  }
  CHECK_TRUE(log.begin().sequence > 900);
}

TEST(LogPlaces, P0_REC_03_theOneAfterAKnownId) {
  for (int i = 1; i <= 5; ++i) append("urn:" + std::to_string(i));
  for (std::uint64_t i = 1; i <= 5; ++i) checkAfter(i, "urn:" + std::to_string(i));
}

TEST(LogPlaces, P0_REC_08_anUnknownIdHasNone) {
  append("urn:1");
  for (const char* const id : {"urn:2", "urn:", "urn:11", "", "URN:1"}) checkUnknown(id);
}

TEST(LogPlaces, P0_REC_11_P1_REC_05_ofOneIdTheOldestCounts) {
  append("urn:1");
  append("urn:twice");
  append("urn:2");
  append("urn:twice");
  checkAfter(2, "urn:twice");
  const auto second = log.placeAfter("urn:twice", 4);
  CHECK_TRUE(second.has_value());
  UNSIGNED_LONGS_EQUAL(0, nextAt(*second));
  CHECK_FALSE(log.placeAfter("urn:twice", 3).has_value());
}

TEST(LogPlaces, idsOfAnyLengthAreFound) {
  std::vector<std::string> ids;
  for (std::size_t length = 0; length < 40; ++length) ids.emplace_back(length, 'i');
  ids.emplace_back(1000, 'i');
  ids.emplace_back("i\0", 2);
  ids.emplace_back("\0\0\0\0\0\0\0\0", 8);
  ids.emplace_back("\0", 1);
  for (const std::string& id : ids) append(id);
  for (std::size_t i = 0; i < ids.size(); ++i) checkAfter(i + 1, ids[i]);
  checkUnknown(std::string(1001, 'i'));
}

TEST(LogPlaces, whatIsOverwrittenIsUnknown) {
  append("urn:1", kRingSize / 4);
  for (std::uint64_t i = 2; log.begin().sequence == 0; ++i) {
    checkAfter(1, "urn:1");
    append("urn:" + std::to_string(i), kRingSize / 4);
  }
  checkUnknown("urn:1");
  checkAfter(2, "urn:2");
}

// The newer one is a copy of the first, but for its place.
TEST(LogPlaces, anOverwrittenOneIsNoObstacleToANewerOfItsId) {
  append("urn:x", kRingSize / 4);
  for (int i = 0; i < 20; ++i) append("urn:" + std::to_string(i), kRingSize / 4);
  append("urn:x", 20);
  checkAfter(22, "urn:x");
}

// Many more ids than chains: every one is found among those that share its chain.
TEST(LogPlaces, idsThatShareAChainAreToldApart) {
  const SharedSegment large(32U << 20U);
  const Log inLarge(large.segment());
  constexpr std::uint64_t kIds = 3 * kIdChains;
  for (std::uint64_t i = 1; i <= kIds; ++i) append(inLarge, "urn:" + std::to_string(i));
  for (std::uint64_t i = 1; i <= kIds; ++i) {
    const auto place = inLarge.placeAfter("urn:" + std::to_string(i));
    CHECK_TRUE(place && place->sequence == i);
  }
  CHECK_FALSE(inLarge.placeAfter("urn:0").has_value());
}

TEST(LogPlaces, voidOnesArePassedOver) {
  append("urn:x");
  const std::uint64_t voidPosition = log.end().position;
  append("urn:void");
  append("urn:x");
  makeVoid(Ring(segment.ring()), voidPosition);
  checkUnknown("urn:void");
  makeVoid(Ring(segment.ring()), 0);
  const auto place = log.placeAfter("urn:x");
  CHECK_TRUE(place && place->sequence == 3);
  UNSIGNED_LONGS_EQUAL(3, nextAt(log.begin()));
}

TEST(LogPlaces, whatIsNotReleasedIsUnknown) {
  const SharedSegment synced(kRingSize, 4, HistoryMode::Synced);
  const Log withheld(synced.segment());
  append(withheld, "urn:1");
  CHECK_FALSE(withheld.placeAfter("urn:1").has_value());
  UNSIGNED_LONGS_EQUAL(0, withheld.end().position);
  UNSIGNED_LONGS_EQUAL(0, withheld.end().sequence);
  UNSIGNED_LONGS_EQUAL(0, withheld.begin().sequence);
  LogReader reader(synced.segment(), 0);
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::NothingNew);
  synced.segment().log().released = synced.segment().log().appended.load();
  CHECK_TRUE(withheld.placeAfter("urn:1").has_value());
  // An older one that is out counts, while a newer one is not.
  append(withheld, "urn:1");
  CHECK_TRUE(withheld.placeAfter("urn:1")->sequence == 1);
}

TEST(LogPlaces, whatIsNotSettledIsNotOverwritten) {
  for (const HistoryMode mode : {HistoryMode::Synced, HistoryMode::Written}) {
    const SharedSegment waiting(kRingSize, 4, mode);
    const Log full(waiting.segment());
    LogState& state = waiting.segment().log();
    std::uint64_t count = 0;
    auto appended = full.append({kTopics, "urn:x", std::string(500, 'e'), {}});
    for (; appended; ++count) appended = full.append({kTopics, "urn:x", std::string(500, 'e'), {}});
    CHECK_TRUE(appended.error() == AppendFault::Unsettled);
    CHECK_TRUE(count * 500 <= kRingSize && (count + 1) * 700 > kRingSize);
    UNSIGNED_LONGS_EQUAL(0, state.tail);
    state.settled = state.appended.load();
    CHECK_TRUE(full.append({kTopics, "urn:x", "e", {}}).has_value());
  }
}

TEST(LogPlaces, bytesAfterAPlace) {
  const Place start = log.end();
  UNSIGNED_LONGS_EQUAL(0, log.bytesAfter(start));
  append("urn:1");
  const std::uint64_t first = log.end().position;
  UNSIGNED_LONGS_EQUAL(first, log.bytesAfter(start));
  UNSIGNED_LONGS_EQUAL(0, log.bytesAfter(log.end()));
  UNSIGNED_LONGS_EQUAL(0, log.bytesAfter({.sequence = 9, .position = first + 800}));
  CHECK_TRUE(log.bytesAfter({.sequence = 1}) == kNotInLog);
  while (log.begin().sequence == 0) append("urn:x");
  CHECK_TRUE(log.bytesAfter(start) == kNotInLog);
}

TEST(LogPlaces, theSequenceGoesOnBehindWhatIsGiven) {
  for (const HistoryMode mode : {HistoryMode::None, HistoryMode::Written, HistoryMode::Synced}) {
    const SharedSegment fresh(kRingSize, 4, mode);
    const Log continued(fresh.segment());
    CHECK_TRUE(continued.continueAfter(41));
    UNSIGNED_LONGS_EQUAL(41, continued.end().sequence);
    UNSIGNED_LONGS_EQUAL(41, continued.begin().sequence);
    CHECK_TRUE(continued.continueAfter(7));
    UNSIGNED_LONGS_EQUAL(42, append(continued, "urn:x"));
    CHECK_TRUE(continued.continueAfter(100));
    UNSIGNED_LONGS_EQUAL(101, append(continued, "urn:x"));
  }
}

// Against a list of what the ring should hold, with few ids and many wraps.
TEST(LogPlaces, randomUpdatesAreFoundAsInAList) {
  struct Entry {
    std::string id;
    std::uint64_t sequence;
  };
  std::minstd_rand random(3);
  std::deque<Entry> entries;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id(random() % 3 * 7, static_cast<char>('a' + random() % 26));
    entries.push_back({id, append(id, random() % 800)});
    while (entries.front().sequence <= log.begin().sequence) entries.pop_front();
    UNSIGNED_LONGS_EQUAL(log.begin().sequence + 1, entries.front().sequence);
    const std::string asked(random() % 3 * 7, static_cast<char>('a' + random() % 26));
    const auto expected =
        std::ranges::find_if(entries, [&](const Entry& entry) { return entry.id == asked; });
    if (expected == entries.end())
      checkUnknown(asked);
    else
      checkAfter(expected->sequence, asked);
  }
  CHECK_TRUE(log.begin().sequence > 15'000);
}

TEST(LogPlaces, placesAreRightWhileOthersWrite) {
  constexpr int kWriters = 2;
  constexpr int kReaders = 3;
  std::atomic<bool> done{false};
  std::atomic<int> bad{0};
  std::array<std::atomic<std::uint64_t>, kReaders> found{};
  const auto idOf = [](std::uint64_t number) { return "urn:" + std::to_string(number % 50); };

  const auto read = [&](unsigned self) {
    std::minstd_rand random(self);
    Record own;
    while (!done || found[self] == 0) {
      const std::string id = idOf(random());
      const Place oldest = log.begin();
      const Place end = log.end();
      if (const auto place = log.placeAfter(id)) {
        ++found[self];
        if (place->sequence <= oldest.sequence) ++bad;
      }
      // What is read from a place follows it, unless it has been overwritten meanwhile.
      LogReader reader(segment, oldest.position);
      if (reader.next(own) == LogReader::Outcome::Read && own.sequence != oldest.sequence + 1) ++bad;
      LogReader fromEnd(segment, end.position);
      if (fromEnd.next(own) == LogReader::Outcome::Read && own.sequence <= end.sequence) ++bad;
      if (const auto place = log.placeAfter(id, end.sequence)) {
        LogReader next(segment, place->position);
        if (next.next(own) == LogReader::Outcome::Read && own.sequence != end.sequence + 1) ++bad;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kReaders; ++i) threads.emplace_back(read, i);
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      for (std::uint64_t j = 0; j < 15'000; ++j) static_cast<void>(append(idOf(j * 7), j % 600));
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  for (std::thread& thread : threads) thread.join();
  LONGS_EQUAL(0, bad);
  for (const auto& count : found) CHECK_TRUE(count > 0);
}

}  // namespace mercure::hub::test

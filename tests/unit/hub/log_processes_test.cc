#include <apr_siphash.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <random>
#include <thread>
#include <vector>

#include "hub/child_process.h"
#include "hub/log.h"
#include "hub/record_format.h"
#include "hub/sample_records.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

// The log with many writers and readers at once, and with writers that get killed.
namespace mercure::hub::test {

namespace {

constexpr std::size_t kRingSize = 15 * kSegmentPage;
constexpr std::uint32_t kWriters = 4;
constexpr std::uint32_t kReaders = 3;
constexpr std::uint32_t kEach = 3000;

/// What the members of a crowd tell each other, and the test.
struct Crowd {
  std::array<std::atomic<std::uint64_t>, kReaders> positions;
  std::array<std::atomic<std::uint64_t>, kReaders> digests;
};

constexpr std::uint32_t kBurst = 24;
constexpr std::size_t kBurstEvent = std::size_t{64} << 10U;
constexpr std::size_t kBurstRingSize = kBurstEvent * kBurst * 2;

/// Keeps a writer from overrunning the slowest reader.
bool awaitReaders(Segment segment, const Crowd& crowd) {
  return await([&] {
    const std::uint64_t released = segment.log().released;
    return std::ranges::all_of(crowd.positions,
                               [&](std::uint64_t at) { return released < at + kRingSize / 2; });
  });
}

bool writeAll(Segment segment, Crowd& crowd, std::uint32_t writer) {
  const Log log(segment);
  for (std::uint32_t i = 0; i < kEach; ++i) {
    if (!awaitReaders(segment, crowd)) return false;
    if (!log.append(Sample({writer, i}, (i * 37 + writer) % 1500).view())) return false;
  }
  return true;
}

/// Reads `kWriters * kEach` records: each writer's whole, once and in its order, all in one sequence.
bool readAll(Segment segment, Crowd& crowd, std::uint32_t self) {
  LogReader reader(segment, 0);
  Record record;
  std::array<std::uint32_t, kWriters> next{};
  std::uint64_t folded = 0;
  for (std::uint64_t sequence = 1; sequence <= std::uint64_t{kWriters} * kEach; ++sequence) {
    auto outcome = LogReader::Outcome::NothingNew;
    const bool came = await([&] {
      outcome = reader.next(record);
      return outcome != LogReader::Outcome::NothingNew;
    });
    const auto origin = originOf(record);
    if (!came || outcome != LogReader::Outcome::Read || record.sequence != sequence || !origin ||
        origin->writer >= kWriters || origin->index != next[origin->writer]++) {
      return false;
    }
    folded = digest(folded, record);
    crowd.positions[self] = reader.position();
  }
  crowd.digests[self] = folded;
  return reader.next(record) == LogReader::Outcome::NothingNew;
}

}  // namespace

TEST_GROUP(LogCrowd) {
  SharedSegment shared{kRingSize};
  Segment segment = shared.segment();
  SharedObject<Crowd> crowd;

  void checkDigests() const {
    CHECK_TRUE(crowd->digests[0] != 0);
    for (const auto& digest : crowd->digests) UNSIGNED_LONGS_EQUAL(crowd->digests[0], digest);
    UNSIGNED_LONGS_EQUAL(std::uint64_t{kWriters} * kEach, segment.log().sequence);
    UNSIGNED_LONGS_EQUAL(segment.log().appended, segment.log().released);
    UNSIGNED_LONGS_EQUAL(0, segment.counters().repairs);
  }
};

TEST(LogCrowd, everyThreadReadsEveryRecordOnceAndInOneOrder) {
  std::atomic<std::uint32_t> good{0};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < kReaders; ++i) {
    threads.emplace_back([&, i] { good += readAll(segment, *crowd, i) ? 1 : 0; });
  }
  for (std::uint32_t i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] { good += writeAll(segment, *crowd, i) ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  UNSIGNED_LONGS_EQUAL(kReaders + kWriters, good);
  checkDigests();
}

FORK_TEST(LogCrowd, everyProcessReadsEveryRecordOnceAndInOneOrder) {
  std::vector<ChildProcess> children;
  for (std::uint32_t i = 0; i < kReaders; ++i) {
    children.emplace_back([&, i] { return readAll(segment, *crowd, i); });
  }
  for (std::uint32_t i = 0; i < kWriters; ++i) {
    children.emplace_back([&, i] { return writeAll(segment, *crowd, i); });
  }
  for (ChildProcess& child : children) CHECK_TRUE(child.succeeded());
  checkDigests();
}

// Readers that nobody waits for: they lose records and say so, and never see a torn one.
TEST(LogCrowd, overrunReadersLoseRecordsButNeverSeeATornOne) {
  const SharedSegment small(2 * kSegmentPage);
  const Log log(small.segment());
  constexpr std::uint64_t kOverruns = 200;
  std::atomic<std::uint32_t> good{0};
  std::atomic<std::uint32_t> reading{kReaders};

  const auto read = [&] {
    LogReader reader(small.segment(), 0);
    Record record;
    std::uint64_t overruns = 0;
    std::uint64_t last = 0;
    bool jumped = false;
    const bool sound = await([&] {
      const auto outcome = reader.next(record);
      if (outcome == LogReader::Outcome::Overrun) {
        jumped = true;
        return ++overruns == kOverruns;
      }
      if (outcome == LogReader::Outcome::NothingNew) return false;
      const bool follows = jumped ? record.sequence > last : record.sequence == last + 1;
      if (!follows || !originOf(record)) return true;
      last = record.sequence;
      jumped = false;
      return false;
    });
    if (sound && overruns == kOverruns) ++good;
    --reading;
  };
  const auto write = [&](std::uint32_t writer) {
    for (std::uint32_t i = 0; reading > 0; ++i) {
      static_cast<void>(log.append(Sample({writer, i}, (i * 37 + writer) % 1500).view()));
    }
  };

  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < kReaders; ++i) threads.emplace_back(read);
  for (std::uint32_t i = 0; i < 2; ++i) threads.emplace_back(write, i);
  for (std::thread& thread : threads) thread.join();
  UNSIGNED_LONGS_EQUAL(kReaders, good);
}

TEST_GROUP(LogDeath) {
  SharedSegment shared{kRingSize};
  Segment segment = shared.segment();
  LogState& state = segment.log();
  Log log{segment};
  LogReader reader{segment, 0};
  Record record;

  void checkAppend(std::uint64_t sequence, std::uint32_t index, std::size_t eventSize = 300) const {
    const auto appended = log.append(Sample({0, index}, eventSize).view());
    CHECK_TRUE(appended.has_value());
    UNSIGNED_LONGS_EQUAL(sequence, *appended);
  }

  void checkNext(std::uint64_t sequence, Origin expected) {
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
    checkRecord(sequence, expected);
  }

  void checkRecord(std::uint64_t sequence, Origin expected) const {
    UNSIGNED_LONGS_EQUAL(sequence, record.sequence);
    const auto origin = originOf(record);
    CHECK_TRUE(origin.has_value());
    UNSIGNED_LONGS_EQUAL(expected.writer, origin->writer);
    UNSIGNED_LONGS_EQUAL(expected.index, origin->index);
  }

  void checkNothingNew() {
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::NothingNew);
  }

  /// Runs `act` in a process, or under ThreadSanitizer in a thread, that holds the log's lock and dies then.
  template <typename Act>
  void dieHoldingTheLock(Act act) {
#if defined(MERCURE_WITHOUT_FORKS)
    std::thread([&] {
      if (state.lock.lock() != RobustMutex::Locked::No) act();
    }).join();
#else
    ChildProcess writer([&] {
      if (state.lock.lock() == RobustMutex::Locked::No) return true;
      act();
      raise(SIGKILL);
      return true;
    });
    CHECK_FALSE(writer.succeeded());
#endif
  }

  /// What append() does up to the moment before it moves the heads; the record's size.
  std::uint64_t writeWords(const Sample& sample, std::uint64_t sequence) const {
    const auto size = encodedSize(sample.view()).value_or(0);
    const auto hash = apr_siphash24(sample.id.data(), sample.id.size(),
                                    reinterpret_cast<const unsigned char*>(state.idKey));
    const RecordFrame frame{
        .size = size, .sequence = sequence, .idHash = hash, .previousOfId = state.ids[hash % kIdChains]};
    encode(sample.view(), frame, Ring(segment.ring()).at(state.appended));
    return size;
  }

  void checkPlaceAfter(const Sample& sample, std::uint64_t sequence) const {
    const auto place = log.placeAfter(sample.id);
    CHECK_TRUE(place.has_value());
    UNSIGNED_LONGS_EQUAL(sequence, place->sequence);
    CHECK_TRUE(log.placeAfter(sample.id, sequence).has_value());
  }
};

TEST(LogDeath, halfARecordIsNeverSeen) {
  checkAppend(1, 0);
  dieHoldingTheLock([&] {
    Ring::Cursor cursor = Ring(segment.ring()).at(state.appended);
    cursor.put(400);
    cursor.put(2);
    cursor.put(~0ULL);
  });
  checkNext(1, {0, 0});
  checkNothingNew();
  checkAppend(2, 1);
  UNSIGNED_LONGS_EQUAL(1, segment.counters().repairs);
  checkNext(2, {0, 1});
  checkNothingNew();
}

TEST(LogDeath, theFirstRecordEverMayDieToo) {
  dieHoldingTheLock([&] { Ring(segment.ring()).at(0).put(~0ULL); });
  checkNothingNew();
  checkAppend(1, 0);
  checkNext(1, {0, 0});
}

TEST(LogDeath, aWholeRecordBeforeTheHeadsMoveIsNeverSeen) {
  checkAppend(1, 0);
  dieHoldingTheLock([&] { writeWords(Sample({9, 0}, 300), 2); });
  checkAppend(2, 1);
  checkNext(1, {0, 0});
  checkNext(2, {0, 1});
  checkNothingNew();
}

TEST(LogDeath, anAppendedRecordIsReleasedByTheNextWriter) {
  checkAppend(1, 0);
  dieHoldingTheLock([&] { state.appended += writeWords(Sample({9, 0}, 300), 2); });
  checkNext(1, {0, 0});
  checkNothingNew();
  checkAppend(3, 1);
  checkNext(2, {9, 0});
  checkNext(3, {0, 1});
}

TEST(LogDeath, aReleasedRecordKeepsItsSequence) {
  dieHoldingTheLock([&] {
    state.appended += writeWords(Sample({9, 0}, 300), 1);
    state.released = state.appended.load();
  });
  checkNext(1, {9, 0});
  checkAppend(2, 0);
  checkNext(2, {0, 0});
}

TEST(LogDeath, anIdWhoseChainLacksItIsFoundAfterTheRepair) {
  const Sample old({0, 0}, 300);
  const Sample dying({9, 0}, 300);
  checkAppend(1, 0);
  dieHoldingTheLock([&] {
    state.appended += writeWords(dying, 2);
    state.released = state.appended.load();
  });
  CHECK_FALSE(log.placeAfter(dying.id).has_value());
  checkAppend(3, 1);
  checkPlaceAfter(old, 1);
  checkPlaceAfter(dying, 2);
  checkPlaceAfter(Sample({0, 1}, 300), 3);
}

TEST(LogDeath, olderOnesOfTheSameIdAreStillFound) {
  const Sample twice({0, 0}, 300);
  checkAppend(1, 0);
  dieHoldingTheLock([&] { state.appended += writeWords(twice, 2); });
  checkAppend(3, 0);
  checkPlaceAfter(twice, 1);
  CHECK_TRUE(log.placeAfter(twice.id, 2).has_value());
  CHECK_TRUE(log.placeAfter(twice.id, 3).has_value());
}

TEST(LogDeath, theSequenceStaysBehindTheHistorys) {
  checkAppend(1, 0);
  CHECK_TRUE(log.continueAfter(1000));
  dieHoldingTheLock([] {});
  checkAppend(1001, 1);
}

TEST(LogDeath, whatIsNotStoredStaysUnreleased) {
  const SharedSegment synced(kRingSize, 4, HistoryMode::Synced);
  const Log withheld(synced.segment());
  LogState& own = synced.segment().log();
  CHECK_TRUE(withheld.append(Sample({0, 0}, 300).view()).has_value());
  std::thread([&] { CHECK_TRUE(own.lock.lock() == RobustMutex::Locked::Clean); }).join();
  CHECK_TRUE(withheld.append(Sample({0, 1}, 300).view()).has_value());
  UNSIGNED_LONGS_EQUAL(1, synced.segment().counters().repairs);
  UNSIGNED_LONGS_EQUAL(0, own.released);
  UNSIGNED_LONGS_EQUAL(0, own.settled);
}

TEST(LogDeath, aTailMovedInVainLosesOnlyTheOldest) {
  for (std::uint32_t i = 0; i < 10; ++i) checkAppend(i + 1, i);
  checkNext(1, {0, 0});
  const std::uint64_t second = reader.position();
  dieHoldingTheLock([&] { state.tail = second; });
  checkAppend(11, 10);
  for (std::uint32_t i = 1; i <= 10; ++i) checkNext(i + 1, {0, i});
}

TEST(LogDeath, aRingThatMakesNoSenseIsGivenUp) {
  checkAppend(1, 0);
  checkAppend(2, 1);
  dieHoldingTheLock([&] { segment.ring()[0] = 12345; });
  checkAppend(3, 2);
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Overrun);
  checkNext(3, {0, 2});
}

TEST(LogDeath, anUnusableLockIsAnAnswer) {
  dieHoldingTheLock([] {});
  auto* raw = reinterpret_cast<pthread_mutex_t*>(&state.lock);
  LONGS_EQUAL(EOWNERDEAD, pthread_mutex_lock(raw));
  pthread_mutex_unlock(raw);  // without having made it consistent
  const auto appended = log.append(Sample({0, 0}, 10).view());
  CHECK_TRUE(!appended && appended.error() == AppendFault::LockUnusable);
}

TEST_GROUP(LogKills) {
  SharedSegment shared{kBurstRingSize};
  Segment segment = shared.segment();
  Log log{segment};
  LogReader reader{segment, 0};
  Record record;
  SharedObject<std::atomic<std::uint32_t>> written;
  std::uint64_t sequence = 0;  // of the newest record read

  /// Appends one record after the other until it is killed; nearly all of its time is spent under the lock.
  bool write(std::uint32_t writer, std::chrono::nanoseconds life) const {
    std::vector<Sample> samples;
    for (std::uint32_t i = 0; i < kBurst; ++i) samples.emplace_back(Origin{writer, i}, kBurstEvent);
    if (!dieIn(life)) return true;
    for (const Sample& sample : samples) {
      if (!log.append(sample.view())) return true;
      ++*written;
    }
    pause();
    return true;
  }

  /// Reads one record, if there is one: it must be the next in the log, and this one of its writer's.
  bool readOne(Origin expected) {
    const auto outcome = reader.next(record);
    CHECK_TRUE(outcome != LogReader::Outcome::Overrun);
    if (outcome == LogReader::Outcome::NothingNew) return false;
    const auto origin = originOf(record);
    CHECK_TRUE(origin && origin->writer == expected.writer && origin->index == expected.index);
    UNSIGNED_LONGS_EQUAL(++sequence, record.sequence);
    return true;
  }

  void killOne(std::uint32_t round, std::chrono::nanoseconds life) {
    *written = 0;
    CHECK_FALSE(ChildProcess([&] { return write(round, life); }).succeeded());
    std::uint32_t read = 0;
    while (readOne({round, read})) ++read;
    CHECK_TRUE(read >= *written);

    // A record that was whole, but not released, comes out with the next one.
    CHECK_TRUE(log.append(Sample({0, round}, 100).view()).has_value());
    if (segment.log().sequence == sequence + 2) CHECK_TRUE(readOne({round, read}));
    CHECK_TRUE(readOne({0, round}));
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::NothingNew);
  }
};

FORK_TEST(LogKills, whatKilledWritersPublishedFlowsOnceAndWhole) {
  std::mt19937 random{std::random_device{}()};
  std::uint32_t round = 0;
  CHECK_TRUE(await([&] {
    killOne(++round, std::chrono::nanoseconds(1 + random() % 300'000));
    return round >= 150 && segment.counters().repairs >= 5;
  }));
}

}  // namespace mercure::hub::test

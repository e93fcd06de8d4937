#include "hub/log.h"

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "hub/sample_records.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::size_t kRingSize = 5 * kSegmentPage;  // no power of two
constexpr std::size_t kHeadSize = 7 * sizeof(std::uint64_t);

std::int64_t microsecondsNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

TEST_GROUP(Log) {
  SharedSegment shared{kRingSize};
  Segment segment = shared.segment();
  Log log{segment};
  LogReader reader{segment, log.end().position};
  Record record;

  std::uint64_t append(Origin origin, std::size_t eventSize) const {
    const auto sequence = log.append(Sample(origin, eventSize).view());
    CHECK_TRUE(sequence.has_value());
    return *sequence;
  }

  void checkNext(std::uint64_t sequence, std::uint32_t index) {
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
    UNSIGNED_LONGS_EQUAL(sequence, record.sequence);
    const auto origin = originOf(record);
    CHECK_TRUE(origin.has_value());
    UNSIGNED_LONGS_EQUAL(index, origin->index);
  }

  void checkNothingNew() {
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::NothingNew);
  }
};

TEST(Log, aFreshLogHasNothingToRead) {
  checkNothingNew();
}

TEST(Log, givesBackWhatWasAppended) {
  const std::vector<std::string> topics = {"https://example.com/a", "", "x", "12345678", "123456789"};
  const RecordFlags flags{.isPrivate = true, .madeByHub = true, .generation = 1};
  const auto before = microsecondsNow();
  CHECK_TRUE(log.append({topics, "urn:uuid:1", "data: hello\n\n", flags}).has_value());
  const auto after = microsecondsNow();

  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
  UNSIGNED_LONGS_EQUAL(1, record.sequence);
  CHECK_TRUE(topics == record.topics);
  STRCMP_EQUAL("urn:uuid:1", record.id.c_str());
  STRCMP_EQUAL("data: hello\n\n", record.event.c_str());
  CHECK_TRUE(record.flags.isPrivate);
  CHECK_TRUE(record.flags.madeByHub);
  UNSIGNED_LONGS_EQUAL(1, record.flags.generation);
  CHECK_TRUE(before <= record.publishedAt && record.publishedAt <= after);
  checkNothingNew();
}

TEST(Log, flagsDoNotMix) {
  const std::array<RecordFlags, 4> all = {
      RecordFlags{}, {.isPrivate = true}, {.madeByHub = true}, {.generation = 255}};
  for (const RecordFlags& flags : all) {
    CHECK_TRUE(log.append({{}, {}, {}, flags}).has_value());
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
    CHECK_EQUAL(flags.isPrivate, record.flags.isPrivate);
    CHECK_EQUAL(flags.madeByHub, record.flags.madeByHub);
    UNSIGNED_LONGS_EQUAL(flags.generation, record.flags.generation);
  }
}

TEST(Log, keepsZeroBytesAndEmptyParts) {
  const std::vector<std::string> none;
  CHECK_TRUE(log.append({none, "", "", {}}).has_value());
  const std::vector<std::string> topics = {std::string("\0a\0", 3)};
  CHECK_TRUE(log.append({topics, std::string_view("\0", 1), std::string_view("\0\0", 2), {}}).has_value());

  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
  CHECK_TRUE(record.topics.empty() && record.id.empty() && record.event.empty());
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
  CHECK_TRUE(topics == record.topics);
  UNSIGNED_LONGS_EQUAL(1, record.id.size());
  UNSIGNED_LONGS_EQUAL(2, record.event.size());
}

TEST(Log, recordsOfEverySizeWrapAroundTheRingsEnd) {
  for (std::uint32_t i = 0; i < 3000; ++i) {
    UNSIGNED_LONGS_EQUAL(i + 1, append({0, i}, i % 997));
    checkNext(i + 1, i);
  }
  CHECK_TRUE(log.end().position > 10 * kRingSize);
  checkNothingNew();
}

TEST(Log, aReaderStartsWhereItIsTold) {
  append({0, 0}, 10);
  const auto position = log.end().position;
  append({0, 1}, 10);
  reader = LogReader(segment, position);
  checkNext(2, 1);
  UNSIGNED_LONGS_EQUAL(log.end().position, reader.position());
}

TEST(Log, halfOfTheRingFitsAndNoWordMore) {
  const std::string event(kRingSize / 2 - kHeadSize, 'e');
  CHECK_TRUE(log.append({{}, {}, event, {}}).has_value());
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
  CHECK_TRUE(event == record.event);

  const auto position = log.end().position;
  const auto refused = log.append({{}, "i", event, {}});
  CHECK_TRUE(!refused && refused.error() == AppendFault::TooLarge);
  UNSIGNED_LONGS_EQUAL(position, log.end().position);
  UNSIGNED_LONGS_EQUAL(2, append({0, 0}, 1));
}

TEST(Log, topicsCountForTheSize) {
  const std::vector<std::string> topics(kRingSize / 2 / 16, "12345678");
  const auto refused = log.append({topics, {}, {}, {}});
  CHECK_TRUE(!refused && refused.error() == AppendFault::TooLarge);
  const std::vector<std::string> fewer(topics.begin(), topics.end() - 4);
  CHECK_TRUE(log.append({fewer, {}, {}, {}}).has_value());
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
  CHECK_TRUE(fewer == record.topics);
}

TEST(Log, aFullRingIsStillReadWhole) {
  const std::string event(kRingSize / 16 - kHeadSize, 'e');
  for (int i = 0; i < 16; ++i) CHECK_TRUE(log.append({{}, {}, event, {}}).has_value());
  for (std::uint64_t i = 1; i <= 16; ++i) {
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
    UNSIGNED_LONGS_EQUAL(i, record.sequence);
  }
  checkNothingNew();
}

TEST(Log, aReaderThatWasOverrunGoesOnAtTheOldestWholeRecord) {
  const std::string event(kRingSize / 16 - kHeadSize, 'e');
  for (int i = 0; i < 17; ++i) CHECK_TRUE(log.append({{}, {}, event, {}}).has_value());
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Overrun);
  for (std::uint64_t i = 2; i <= 17; ++i) {
    CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
    UNSIGNED_LONGS_EQUAL(i, record.sequence);
  }
  checkNothingNew();
}

TEST(Log, aReaderFarBehindIsOverrunOnce) {
  std::uint64_t last = 0;
  for (std::uint32_t i = 0; i < 5000; ++i) last = append({0, i}, i % 301);
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Overrun);
  UNSIGNED_LONGS_EQUAL(segment.log().tail, reader.position());
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Read);
  CHECK_TRUE(record.sequence > 1);
  for (std::uint64_t sequence = record.sequence; sequence < last; ++sequence) {
    checkNext(sequence + 1, static_cast<std::uint32_t>(sequence));
  }
  checkNothingNew();
}

// What a reader sees when a writer laps it: any words at all where it expects a record.
TEST(Log, aTornRecordIsNeverFollowed) {
  const std::array<std::uint64_t, 8> sizes = {0, 8, 41, 32, kRingSize, kRingSize / 2 + 8, ~0ULL, ~7ULL};
  for (const std::uint64_t size : sizes) {
    SharedSegment torn{kRingSize};
    const Log tornLog(torn.segment());
    LogReader tornReader(torn.segment(), 0);
    CHECK_TRUE(tornLog.append(Sample({0, 0}, 100).view()).has_value());
    const auto second = tornLog.end().position;
    CHECK_TRUE(tornLog.append(Sample({0, 1}, 100).view()).has_value());

    torn.segment().log().tail = second;
    torn.segment().ring()[0] = size;
    CHECK_TRUE(tornReader.next(record) == LogReader::Outcome::Overrun);
    UNSIGNED_LONGS_EQUAL(second, tornReader.position());
    CHECK_TRUE(tornReader.next(record) == LogReader::Outcome::Read);
    UNSIGNED_LONGS_EQUAL(2, record.sequence);
  }
}

TEST(Log, memoryThatMakesNoSenseIsPassedOver) {
  append({0, 0}, 100);
  append({0, 1}, 100);
  segment.ring()[0] = 3;
  CHECK_TRUE(reader.next(record) == LogReader::Outcome::Overrun);
  checkNothingNew();
  append({0, 2}, 100);
  checkNext(3, 2);
}

TEST(Log, aReaderAheadOfTheLogWaits) {
  append({0, 0}, 100);
  reader = LogReader(segment, log.end().position + 800);
  checkNothingNew();
}

}  // namespace mercure::hub::test

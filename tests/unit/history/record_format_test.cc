#include "history/record_format.h"

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "history/samples.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

TEST_GROUP(HistoryRecordFormat) {
  Sample sample{7, 777};
  std::vector<std::byte> encoded;
  Record record;

  void setup() override {
    encode(sample.view(), hashOf(sample.view().id, 1), encoded);
  }

  /// Makes the checksum right again, so that what it covers is looked at.
  static void sign(std::vector<std::byte> & bytes) {
    const std::uint64_t checksum = checksumOf(Bytes(bytes).subspan(sizeof checksum));
    std::memcpy(bytes.data(), &checksum, sizeof checksum);
  }
};

TEST(HistoryRecordFormat, decodesWhatWasEncoded) {
  UNSIGNED_LONGS_EQUAL(encodedSize(sample.view()).value_or(0), encoded.size());
  CHECK_TRUE(decode(encoded, 7, record));
  CHECK_TRUE(Sample::is(record));
}

TEST(HistoryRecordFormat, aUsedRecordKeepsNothingOfTheLast) {
  CHECK_TRUE(decode(encoded, 7, record));
  const Sample small(4, 0);
  encode(small.view(), {}, encoded);
  CHECK_TRUE(decode(encoded, 4, record));
  CHECK_TRUE(record.topics.empty());
  CHECK_TRUE(Sample::is(record));
}

TEST(HistoryRecordFormat, everyByteIsCheckedAndSoIsTheNumber) {
  CHECK_FALSE(decode(encoded, 8, record));
  for (std::byte& byte : encoded) {
    byte ^= std::byte{0x10};
    CHECK_FALSE(decode(encoded, 7, record));
    byte ^= std::byte{0x10};
  }
  CHECK_TRUE(decode(encoded, 7, record));
}

// In buffers of exactly their size, so that a sanitizer sees every read beyond them.
TEST(HistoryRecordFormat, refusesEveryTruncation) {
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    std::vector<std::byte> cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(decode(cut, 7, record));
    if (size < sizeof(RecordHead)) continue;
    std::memcpy(cut.data() + offsetof(RecordHead, size), &size, sizeof size);
    sign(cut);
    CHECK_FALSE(decode(cut, 7, record));
  }
}

TEST(HistoryRecordFormat, refusesEveryLengthThatDoesNotAddUp) {
  const std::size_t firstTopic = sizeof(RecordHead) + sample.view().id.size();
  for (const std::size_t offset : {offsetof(RecordHead, idSize), offsetof(RecordHead, topicCount),
                                   offsetof(RecordHead, eventSize), firstTopic}) {
    for (const std::uint32_t damage : {1U, 0x80U, 0x7FFF'FFFFU, 0x8000'0000U, 0xFFFF'FFFFU}) {
      std::vector<std::byte> damaged = encoded;
      std::uint32_t length = 0;
      std::memcpy(&length, damaged.data() + offset, sizeof length);
      length ^= damage;
      std::memcpy(damaged.data() + offset, &length, sizeof length);
      sign(damaged);
      CHECK_FALSE(decode(damaged, 7, record));
    }
  }
}

TEST(HistoryRecordFormat, survivesRandomBytes) {
  std::mt19937 random(20240607);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::byte> damaged = encoded;
    for (int changes = 0; changes < 3; ++changes) {
      damaged[sizeof(std::uint64_t) + random() % (damaged.size() - sizeof(std::uint64_t))] =
          static_cast<std::byte>(random());
    }
    sign(damaged);
    static_cast<void>(decode(damaged, 7, record));
  }
}

TEST(HistoryRecordFormat, keysSortAsTheirNumbersDo) {
  const std::array<RecordKey, 6> keys{{{1, 0}, {1, 1}, {1, 256}, {2, 0}, {255, 9}, {256, 0}}};
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) CHECK_TRUE(keys[i].encoded() < keys[i + 1].encoded());
  for (const RecordKey& key : keys) {
    const auto decoded = RecordKey::decoded(key.encoded());
    CHECK_TRUE(decoded && decoded->sequence == key.sequence && decoded->part == key.part);
  }
  const IdKey id{hashOf("urn:x", 5), 0x0123'4567'89AB'CDEF};
  const auto decoded = IdKey::decoded(id.encoded());
  CHECK_TRUE(decoded && decoded->hash == id.hash && decoded->sequence == id.sequence);
  CHECK_FALSE(RecordKey::decoded(id.encoded()).has_value());
  CHECK_FALSE(IdKey::decoded({}).has_value());
}

TEST(HistoryRecordFormat, anIdsHashDependsOnTheSeed) {
  CHECK_TRUE(hashOf("urn:x", 1) == hashOf("urn:x", 1));
  CHECK_TRUE(hashOf("urn:x", 1) != hashOf("urn:x", 2));
  CHECK_TRUE(hashOf("urn:x", 1) != hashOf("urn:y", 1));
}

}  // namespace mercure::history::test

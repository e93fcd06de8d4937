#include "hub/record_format.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <vector>

#include "hub/sample_records.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

/// An encoded record in a buffer of exactly its size, so that a sanitizer sees every read beyond it.
class Encoded {
 public:
  explicit Encoded(const NewRecord& record) : words_(encodedSize(record).value_or(0) / 8) {
    std::vector<std::atomic<std::uint64_t>> ring(words_.size());
    encode(record, {.size = words_.size() * 8, .sequence = 42, .publishedAt = -7}, Ring(ring).at(0));
    std::ranges::copy(ring, words_.begin());
  }
  [[nodiscard]] std::span<std::uint64_t> words() { return words_; }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace

TEST_GROUP(RecordFormat) {
  Sample sample{{1, 3}, 77};
  Encoded encoded{sample.view()};
  Record record;
};

TEST(RecordFormat, decodesWhatWasEncoded) {
  CHECK_TRUE(decode(encoded.words(), record));
  UNSIGNED_LONGS_EQUAL(42, record.sequence);
  LONGS_EQUAL(-7, record.publishedAt);
  CHECK_TRUE(originOf(record).has_value());
}

TEST(RecordFormat, aUsedRecordKeepsNothingOfTheLast) {
  CHECK_TRUE(decode(encoded.words(), record));
  const Sample small({0, 0}, 0);
  CHECK_TRUE(decode(Encoded(small.view()).words(), record));
  CHECK_TRUE(originOf(record).has_value());
}

TEST(RecordFormat, refusesEveryTruncation) {
  for (std::size_t words = 0; words < encoded.words().size(); ++words) {
    const auto kept = encoded.words().first(words);
    std::vector<std::uint64_t> cut(kept.begin(), kept.end());
    if (words > 0) cut[0] = words * 8;
    CHECK_FALSE(decode(cut, record));
  }
}

TEST(RecordFormat, refusesEveryLengthThatDoesNotAddUp) {
  // The size, the topic count, the id's and the event's size, and the first topic's.
  const std::size_t firstTopic = 7 + (sample.id.size() + 7) / 8;
  for (const std::size_t word : {std::size_t{0}, std::size_t{3}, std::size_t{4}, firstTopic}) {
    const std::uint64_t whole = encoded.words()[word];
    for (const std::uint64_t damage : {1ULL << 63U, 1ULL << 62U, 0xFFFF'FFFFULL << 32U, 8ULL << 32U, ~0ULL}) {
      encoded.words()[word] = whole ^ damage;
      CHECK_FALSE(decode(encoded.words(), record));
    }
    encoded.words()[word] = whole;
  }
  CHECK_TRUE(decode(encoded.words(), record));
}

TEST(RecordFormat, survivesRandomWords) {
  std::mt19937_64 random(20240607);  // NOLINT(cert-msc51-cpp): the same words in every run
  for (int i = 0; i < 20'000; ++i) {
    Encoded damaged(sample.view());
    for (int flips = 0; flips < 3; ++flips) {
      damaged.words()[random() % damaged.words().size()] ^= 1ULL << random() % 64U;
    }
    static_cast<void>(decode(damaged.words(), record));
    for (std::uint64_t& word : damaged.words()) word = random() >> random() % 64U;
    static_cast<void>(decode(damaged.words(), record));
  }
}

TEST(RecordFormat, plausibleSizes) {
  constexpr std::uint64_t kRing = 4096;
  for (const std::uint64_t size : {56U, 64U, 2048U}) CHECK_TRUE(isPlausibleSize(size, kRing, 2048));
  for (const std::uint64_t size : {0U, 8U, 48U, 57U, 60U, 2056U, 4096U}) {
    CHECK_FALSE(isPlausibleSize(size, kRing, 4096));
  }
  CHECK_FALSE(isPlausibleSize(64, kRing, 56));
  CHECK_FALSE(isPlausibleSize(~0ULL, kRing, ~0ULL));
}

}  // namespace mercure::hub::test

#include <sys/stat.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "history/archive_fixture.h"
#include "history/verify.h"

#include <CppUTest/TestHarness.h>

// What an archive may hold: size, count and age.
namespace mercure::history::test {

namespace {

constexpr std::uint64_t kSmallest = 4U << 20U;

}  // namespace

TEST_GROUP(Pruning) {
  ArchiveFixture fixture;

  [[nodiscard]] std::uint64_t fileSize() const {
    struct stat status {};
    LONGS_EQUAL(0, stat(fixture.directory.dataFile().c_str(), &status));
    return static_cast<std::uint64_t>(status.st_size);
  }
  void checkSound() {
    fixture.close();
    const Verdict verdict = verify(fixture.directory.path());
    if (verdict.kind != Verdict::Kind::Good) FAIL(verdict.reason.c_str());
  }
};

TEST(Pruning, theOldestGoWhenTheSizeIsReached) {
  fixture.options.maxSize = kSmallest;
  fixture.appendMany(1, 20'000, 200);
  CHECK_TRUE(fileSize() <= kSmallest);
  const std::uint64_t kept = fixture.readAll();
  UNSIGNED_LONGS_EQUAL(20'000, fixture.newest());
  UNSIGNED_LONGS_EQUAL(20'000 - kept + 1, fixture.oldest());
  UNSIGNED_LONGS_EQUAL(kept, fixture.statistics().records);
  // Three quarters of the file are used: so much of the smallest one is kept free.
  CHECK_TRUE(fixture.statistics().bytesInUse > kSmallest * 7 / 10);
  CHECK_TRUE(kept * 300 > kSmallest / 2);
  checkSound();
}

TEST(Pruning, whatGoesIsFoundNoMore) {
  fixture.options.maxCount = 5;
  fixture.appendMany(1, 8);
  UNSIGNED_LONGS_EQUAL(0, fixture.positionOf("urn:sample:3"));
  UNSIGNED_LONGS_EQUAL(4, fixture.positionOf("urn:sample:4"));
}

TEST(Pruning, theCountIsExact) {
  fixture.options.maxCount = 10;
  for (std::uint64_t sequence = 1; sequence <= 50; ++sequence) {
    fixture.append(sequence);
    UNSIGNED_LONGS_EQUAL(std::min<std::uint64_t>(sequence, 10), fixture.statistics().records);
  }
  fixture.appendMany(51, 29);
  UNSIGNED_LONGS_EQUAL(10, fixture.readAll());
  fixture.options.maxCount = 1;
  fixture.reopen();
  fixture.append(80);
  UNSIGNED_LONGS_EQUAL(1, fixture.readAll());
  UNSIGNED_LONGS_EQUAL(80, fixture.oldest());
}

// Samples are published one a millisecond.
TEST(Pruning, ageIsCountedFromTheNewest) {
  fixture.options.maxAge = std::chrono::milliseconds(25);
  fixture.appendMany(1, 100);
  UNSIGNED_LONGS_EQUAL(26, fixture.readAll());
  UNSIGNED_LONGS_EQUAL(75, fixture.oldest());
}

TEST(Pruning, ageIsCountedFromNowToo) {
  fixture.options.maxAge = std::chrono::milliseconds(25);
  fixture.appendMany(1, 20);
  const auto prune = [&](std::uint64_t now) {
    return fixture.value(fixture.archive().prune(Sample::timeOf(now)));
  };
  CHECK_FALSE(prune(20));
  UNSIGNED_LONGS_EQUAL(1, fixture.oldest());
  CHECK_FALSE(prune(30));
  UNSIGNED_LONGS_EQUAL(5, fixture.oldest());
  CHECK_FALSE(prune(1000));
  UNSIGNED_LONGS_EQUAL(0, fixture.oldest());
  UNSIGNED_LONGS_EQUAL(0, fixture.readAll());
  CHECK_FALSE(prune(1000));
}

TEST(Pruning, theNewestIsRememberedWhenAllAreGone) {
  fixture.options.maxAge = std::chrono::milliseconds(1);
  fixture.appendMany(1, 20);
  CHECK_FALSE(fixture.value(fixture.archive().prune(Sample::timeOf(1000))));
  for (int openings = 0; openings < 2; ++openings) {
    const auto newest = fixture.value(fixture.archive().newest());
    CHECK_TRUE(newest.has_value());
    UNSIGNED_LONGS_EQUAL(20, newest->sequence);
    LONGS_EQUAL(Sample::timeOf(20), newest->publishedAt);
    STRCMP_EQUAL("urn:sample:20", newest->id.c_str());
    fixture.reopen();
  }
  const Sample old(20, 1);
  const NewRecord record = old.view();
  fixture.checkFault(FaultCode::OutOfOrder, fixture.archive().append({&record, 1}));
  fixture.append(21);
  UNSIGNED_LONGS_EQUAL(21, fixture.newest());
  checkSound();
}

TEST(Pruning, aReaderLearnsThatItWasOvertaken) {
  fixture.options.maxAge = std::chrono::milliseconds(10);
  fixture.appendMany(1, 5);
  Slice slice;
  const auto overtaken = [&](std::uint64_t after) {
    fixture.checkDone(fixture.archive().read(after, slice));
    return slice.isOvertaken();
  };
  CHECK_FALSE(overtaken(3));
  CHECK_FALSE(fixture.value(fixture.archive().prune(Sample::timeOf(13))));
  UNSIGNED_LONGS_EQUAL(3, fixture.oldest());
  CHECK_TRUE(overtaken(1));
  CHECK_FALSE(overtaken(2));
  CHECK_FALSE(overtaken(0));
  CHECK_FALSE(fixture.value(fixture.archive().prune(Sample::timeOf(100))));
  CHECK_TRUE(overtaken(4));
  CHECK_FALSE(overtaken(5));
}

TEST(Pruning, largeRecordsGoInSteps) {
  fixture.options.maxSize = kSmallest;
  const std::uint64_t size = fixture.archive().largestRecord() - 400;
  for (std::uint64_t sequence = 1; sequence <= 12; ++sequence) {
    fixture.append(sequence, sequence % 3 == 0 ? 100 : size);
    UNSIGNED_LONGS_EQUAL(sequence, fixture.newest());
    CHECK_TRUE(fixture.readAll() >= 1);
    CHECK_TRUE(fileSize() <= kSmallest);
  }
  checkSound();
}

// A full file has no free pages in a row to speak of.
TEST(Pruning, aLargeRecordFindsRoomAmongMonthsOfSmallOnes) {
  fixture.options.maxSize = 8U << 20U;
  fixture.appendMany(1, 40'000, 150);
  const std::uint64_t kept = fixture.readAll();
  CHECK_TRUE(kept > 10'000);
  fixture.append(40'001, 1'000'000);
  CHECK_TRUE(fileSize() <= fixture.options.maxSize);
  // It takes its own size from the oldest, not more.
  const std::uint64_t left = fixture.readAll();
  CHECK_TRUE(left > kept * 3 / 4);
  UNSIGNED_LONGS_EQUAL(40'001, fixture.oldest() + left - 1);
  checkSound();
}

TEST(Pruning, anySizesInAnyOrderKeepTheFileSoundAndBounded) {
  std::mt19937 random(20240607);  // NOLINT(cert-msc51-cpp): the same sizes in every run
  fixture.options.maxSize = 5U << 20U;
  std::uint64_t sequence = 0;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t kind = random() % 20;
    const std::uint64_t size = kind == 0 ? random() % 400'000 : kind < 5 ? random() % 9000 : random() % 500;
    const std::uint64_t count = kind < 2 ? 1 : 1 + random() % fixture.archive().budget().records;
    fixture.appendMany(sequence + 1, count, size);
    sequence += count + random() % 3;
    if (i % 100 == 99) {
      fixture.readAll();
      checkSound();
    }
  }
  CHECK_TRUE(fileSize() <= fixture.options.maxSize);
}

TEST(Pruning, aLowerLimitIsReachedStepByStep) {
  fixture.appendMany(1, 40'000, 300);
  const std::uint64_t before = fileSize();
  CHECK_TRUE(before > 8U << 20U);
  fixture.options.maxSize = kSmallest;
  fixture.reopen();
  while (fixture.value(fixture.archive().prune(0))) {
  }
  CHECK_TRUE(fixture.statistics().bytesInUse <= kSmallest);
  fixture.appendMany(40'001, 1000, 300);
  CHECK_TRUE(fixture.readAll() > 1000);
  // The file keeps its size, and grows by what pruning it began with at most.
  CHECK_TRUE(fileSize() <= before + (128U << 12U));
  checkSound();
}

// A file at its limit, every page of which is in use, when the limit becomes lower.
TEST(Pruning, aFileWithoutAFreePageCanBePruned) {
  fixture.options.maxSize = 64U << 20U;
  fixture.archive();
  for (std::uint64_t sequence = 1; fileSize() < kSmallest + 40'960; ++sequence)
    fixture.append(sequence, 4000);
  fixture.options.maxSize = kSmallest;
  fixture.reopen();
  const std::uint64_t newest = fixture.newest();
  fixture.append(newest + 1);
  while (fixture.value(fixture.archive().prune(0))) {
  }
  UNSIGNED_LONGS_EQUAL(newest + 1, fixture.newest());
  CHECK_TRUE(fixture.statistics().bytesInUse < kSmallest);
  checkSound();
}

TEST(Pruning, aSizeThatIsTooSmallMeansTheSmallest) {
  fixture.options.maxSize = 0;
  fixture.appendMany(1, 10'000, 500);
  CHECK_TRUE(fixture.readAll() > 2000);
  CHECK_TRUE(fileSize() <= kSmallest);
}

TEST(Pruning, batchesOfTheWholeBudgetAlwaysFit) {
  for (const std::uint64_t maxSize : {kSmallest, std::uint64_t{16} << 20U}) {
    ArchiveFixture other;
    other.options.maxSize = maxSize;
    const Budget budget = other.archive().budget();
    std::uint64_t sequence = 1;
    for (int i = 0; i < 12; ++i) {
      const std::size_t size = budget.bytes / budget.records - 400;
      other.checkDone(other.archive().append(Samples(sequence, budget.records, size).views()));
      sequence += budget.records;
      UNSIGNED_LONGS_EQUAL(sequence - 1, other.newest());
      CHECK_TRUE(other.readAll() >= budget.records);
    }
  }
}

}  // namespace mercure::history::test

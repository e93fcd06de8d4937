#include "history/group_commit.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "history/archive_fixture.h"
#include "history/memory_source.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

TEST_GROUP(GroupCommit) {
  ArchiveFixture fixture;
  MemorySource source;
  std::atomic<int> syncs{0};
  std::atomic<int> syncError{0};
  std::chrono::milliseconds syncTime{0};

  void setup() override {
    fixture.options.sync = Sync::On;
    fixture.options.beforeSync = [this] {
      ++syncs;
      std::this_thread::sleep_for(syncTime);
      return syncError.load();
    };
  }

  /// `count` publishers at once, each with `each` updates one after the other, and of each the outcome.
  std::vector<std::vector<tl::expected<void, Fault>>> publish(int count, int each, std::size_t size = 100) {
    GroupCommit commit(fixture.archive(), source);
    std::vector<std::vector<tl::expected<void, Fault>>> outcomes(count);
    std::vector<std::thread> publishers;
    for (auto& own : outcomes) {
      publishers.emplace_back([&] {
        for (int i = 0; i < each; ++i) own.push_back(commit.commit(source.publish(std::string(size, 'x'))));
      });
    }
    for (std::thread& publisher : publishers) publisher.join();
    return outcomes;
  }
  tl::expected<void, Fault> commit(std::uint64_t sequence) {
    return GroupCommit(fixture.archive(), source).commit(sequence);
  }
  std::uint64_t records() {
    return fixture.statistics().records;
  }
};

TEST(GroupCommit, aSinglePublisherCommitsItsOwn) {
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const std::uint64_t sequence = source.publish("x");
    fixture.checkDone(commit(sequence));
    UNSIGNED_LONGS_EQUAL(sequence, fixture.newest());
  }
  UNSIGNED_LONGS_EQUAL(5, records());
}

TEST(GroupCommit, whatAnotherHasStoredIsDone) {
  const std::uint64_t first = source.publish("x");
  const std::uint64_t second = source.publish("y");
  fixture.archive();
  syncs = 0;
  fixture.checkDone(commit(second));
  fixture.checkDone(commit(first));
  LONGS_EQUAL(1, syncs);
}

TEST(GroupCommit, manyPublishersShareFewCommits) {
  syncTime = std::chrono::milliseconds(10);
  const auto outcomes = publish(32, 100);
  for (const auto& own : outcomes) {
    UNSIGNED_LONGS_EQUAL(100, own.size());
    for (const auto& outcome : own) fixture.checkDone(outcome);
  }
  UNSIGNED_LONGS_EQUAL(3200, records());
  CHECK_TRUE(syncs <= 400);
}

TEST(GroupCommit, batchesStayWithinTheBudget) {
  std::size_t most = 0;
  source.onBatch = [&](std::size_t size) { most = std::max(most, size); };
  const std::size_t budget = fixture.archive().budget().records;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < 3 * budget; ++i) last = source.publish("x");
  fixture.checkDone(commit(last));
  UNSIGNED_LONGS_EQUAL(budget, most);
  UNSIGNED_LONGS_EQUAL(3 * budget, records());
}

TEST(GroupCommit, aFailedCommitRefusesItsBatchAndNothingElse) {
  fixture.archive();
  const std::uint64_t before = source.publish("x");
  fixture.checkDone(commit(before));
  const std::uint64_t first = source.publish("x");
  const std::uint64_t second = source.publish("x");
  syncError = ENOSPC;
  fixture.checkFault(FaultCode::NoSpace, commit(second));
  syncError = 0;
  const std::uint64_t after = source.publish("x");
  fixture.checkFault(FaultCode::NoSpace, commit(first));
  fixture.checkDone(commit(before));
  fixture.checkDone(commit(after));
  std::vector<std::uint64_t> stored;
  Slice slice;
  fixture.checkDone(fixture.archive().read(0, slice));
  for (const Record& record : slice.records()) stored.push_back(record.sequence);
  CHECK_TRUE(stored == std::vector({before, after}));
}

// Whoever is told that its update is stored finds it, and nobody finds another one.
TEST(GroupCommit, everyAnswerIsTrueWhileCommitsFail) {
  std::atomic<unsigned> round{0};
  fixture.options.beforeSync = [&] { return ++round % 3 == 0 ? EIO : 0; };
  const auto outcomes = publish(16, 30);
  std::uint64_t good = 0;
  for (const auto& own : outcomes) {
    for (const auto& outcome : own) good += outcome.has_value() ? 1 : 0;
  }
  UNSIGNED_LONGS_EQUAL(good, records());
  CHECK_TRUE(good > 0 && good < 480);
  for (std::uint64_t sequence = 1; sequence <= 480; ++sequence) {
    const bool isStored = fixture.positionOf("urn:" + std::to_string(sequence)) == sequence;
    CHECK_TRUE(source.outcome(sequence).value_or(tl::unexpected(Fault{})).has_value() == isStored);
  }
}

TEST(GroupCommit, tooLargeAnUpdateIsRefusedAlone) {
  const std::uint64_t first = source.publish("x");
  const std::uint64_t large = source.publish(std::string(9U << 20U, 'x'));
  const std::uint64_t last = source.publish("x");
  fixture.checkFault(FaultCode::TooLarge, commit(large));
  fixture.checkDone(commit(first));
  fixture.checkDone(commit(last));
  UNSIGNED_LONGS_EQUAL(2, records());
}

// Between the archive's commit and the log's head a process can die.
TEST(GroupCommit, whatADeadOneHasStoredIsNotStoredTwice) {
  for (int i = 0; i < 5; ++i) source.publish("x");
  std::vector<NewRecord> batch;
  std::thread([&] {
    CHECK_TRUE(source.tryLock() == Turn::Mine);
    source.pending(fixture.archive().budget(), batch);
    fixture.checkDone(fixture.archive().append(batch));
  }).join();  // with the lock
  UNSIGNED_LONGS_EQUAL(5, batch.size());
  const std::uint64_t next = source.publish("x");
  fixture.checkDone(commit(next));
  for (std::uint64_t sequence = 1; sequence <= next; ++sequence) fixture.checkDone(commit(sequence));
  UNSIGNED_LONGS_EQUAL(6, records());
}

// They are in the archive: to refuse them would be a lie.
TEST(GroupCommit, whatADeadOneHasStoredIsStoredEvenIfTheNextCommitFails) {
  for (int i = 0; i < 5; ++i) source.publish("x");
  std::thread([&] {
    std::vector<NewRecord> batch;
    CHECK_TRUE(source.tryLock() == Turn::Mine);
    source.pending({.records = 3, .bytes = 1U << 20U}, batch);
    fixture.checkDone(fixture.archive().append(batch));
  }).join();
  syncError = ENOSPC;
  fixture.checkFault(FaultCode::NoSpace, commit(5));
  fixture.checkFault(FaultCode::NoSpace, commit(4));
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) fixture.checkDone(commit(sequence));
  UNSIGNED_LONGS_EQUAL(3, records());
}

TEST(GroupCommit, whoeverNeedsRoomStoresWhatWaits) {
  GroupCommit commit(fixture.archive(), source);
  commit.storeSome();
  for (int i = 0; i < 5; ++i) source.publish("x");
  commit.storeSome();
  UNSIGNED_LONGS_EQUAL(5, records());
  syncError = ENOSPC;
  source.publish("x");
  commit.storeSome();
  fixture.checkFault(FaultCode::NoSpace, commit.commit(6));
  syncError = 0;
  source.publish("x");
  source.onBatch = [](std::size_t) { throw std::bad_alloc(); };
  commit.storeSome();
  source.onBatch = {};
  fixture.checkDone(commit.commit(7));
}

TEST(GroupCommit, aDeadHoldersRecordsAreStoredByTheNext) {
  source.publish("x");
  std::thread([&] { CHECK_TRUE(source.tryLock() == Turn::Mine); }).join();
  fixture.checkDone(commit(1));
  UNSIGNED_LONGS_EQUAL(1, records());
}

TEST(GroupCommit, withoutMemoryOnlyItsOwnIsRefused) {
  source.publish("x");
  source.publish("x");
  source.onBatch = [](std::size_t) { throw std::bad_alloc(); };
  const auto refused = commit(2);
  fixture.checkFault(FaultCode::IoError, refused);
  LONGS_EQUAL(ENOMEM, refused.error().error);
  source.onBatch = {};
  fixture.checkDone(commit(1));
  fixture.checkFault(FaultCode::IoError, commit(2));
  UNSIGNED_LONGS_EQUAL(1, records());
}

TEST(GroupCommit, whatTheLogKnowsNothingOfIsLost) {
  source.publish("x");
  fixture.checkFault(FaultCode::Lost, commit(7));
  fixture.checkDone(commit(1));
}

TEST(GroupCommit, anUnusableLockIsAnAnswer) {
  source.publish("x");
  std::thread([&] { CHECK_TRUE(source.tryLock() == Turn::Mine); }).join();
  source.makeUnusable();
  fixture.checkFault(FaultCode::LockUnusable, commit(1));
}

// A log that begins anew must go on where the archive ended: nothing of it counts as stored by mistake.
TEST(GroupCommit, aLogThatBeginsAnewIsNotTakenForStored) {
  fixture.append(5);
  source.publish("x");
  fixture.checkFault(FaultCode::OutOfOrder, commit(1));
}

}  // namespace mercure::history::test

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "history/archive_fixture.h"
#include "history/descriptor.h"
#include "history/file_bytes.h"
#include "history/shared_object.h"
#include "history/verify.h"
#include "hub/child_process.h"

#include <CppUTest/TestHarness.h>

// The archive with many processes and threads, some of which get killed.
namespace mercure::history::test {

using hub::test::await;
using hub::test::ChildProcess;
using hub::test::dieIn;

namespace {

/// What a reading child tells its parent.
struct Reading {
  std::atomic<pid_t> process;
  std::atomic<std::uint64_t> slices;
};

}  // namespace

TEST_GROUP(ArchiveProcesses) {
  ArchiveFixture fixture;
  SharedObject<std::atomic<std::uint64_t>> stored;  // the newest record that a writer was told is stored

  void checkSound() {
    fixture.close();
    const Verdict verdict = verify(fixture.directory.path());
    if (verdict.kind != Verdict::Kind::Good) FAIL(verdict.reason.c_str());
  }

  /// Appends in batches of random sizes until it is killed.
  bool writeUntilKilled(std::chrono::nanoseconds life) {
    auto archive = Archive::open(fixture.directory.path(), fixture.options);
    if (!archive) return true;
    const auto newest = archive->newest();
    if (!newest) return true;
    std::uint64_t next = *newest ? (*newest)->sequence + 1 : 1;
    std::minstd_rand random(static_cast<unsigned>(next));
    if (!dieIn(life)) return true;
    for (;;) {
      const Samples samples(next, 1 + random() % 8, random() % 3000);
      if (!archive->append(samples.views())) return true;
      next += samples.views().size();
      *stored = next - 1;
    }
  }

  bool readWithoutEnd(Reading & reading) {
    reading.process = getpid();
    auto archive = Archive::open(fixture.directory.path(), fixture.options);
    Slice slice(1U << 20U);
    for (; archive; ++reading.slices) static_cast<void>(archive->read(0, slice));
    return false;
  }

  /// Appends until there is no room any more, which must be the only reason, or for two hundred batches;
  /// whether there was room for all.
  bool appendUntilFull(std::uint64_t & next) {
    for (int i = 0; i < 200; ++i, next += 8) {
      const auto appended = fixture.archive().append(Samples(next, 8, 4000).views());
      if (appended) continue;
      fixture.checkFault(FaultCode::Full, appended);
      return false;
    }
    return true;
  }

  void killOneWriter(std::chrono::nanoseconds life) {
    CHECK_FALSE(ChildProcess([&] { return writeUntilKilled(life); }).succeeded());
    // Samples are numbered without a gap, so what is there must be so too.
    const std::uint64_t oldest = fixture.oldest();
    std::uint64_t last = oldest == 0 ? 0 : oldest - 1;
    fixture.readAll(0, [&](const Record& record) { UNSIGNED_LONGS_EQUAL(++last, record.sequence); });
    CHECK_TRUE(last >= *stored);
    UNSIGNED_LONGS_EQUAL(last, fixture.newest());
    fixture.close();
  }

  void killWriters(std::uint64_t rounds) {
    std::mt19937 random{std::random_device{}()};
    std::uint64_t round = 0;
    CHECK_TRUE(await([&] {
      killOneWriter(std::chrono::nanoseconds(1 + random() % 8'000'000));
      return ++round >= rounds && *stored > rounds;
    }));
    checkSound();
  }
};

FORK_TEST(ArchiveProcesses, killedWritersLoseNothingThatWasStored) {
  fixture.options.maxSize = 4U << 20U;
  killWriters(100);
}

FORK_TEST(ArchiveProcesses, killedWritersLoseNothingWithSyncOnEither) {
  fixture.options.sync = Sync::On;
  fixture.options.maxSize = 4U << 20U;
  killWriters(40);
}

// As httpd's child does that becomes a keeper, which must not use what it opened before.
FORK_TEST(ArchiveProcesses, aForkedProcessOpensItsOwn) {
  fixture.append(1);
  Archive& inherited = fixture.archive();
  ChildProcess child([&] {
    const auto newest = inherited.newest();
    if (newest || newest.error().code != FaultCode::WrongProcess) return false;
    auto own = Archive::open(fixture.directory.path(), fixture.options);
    const Samples samples(2, 1, 10);
    return own && own->append(samples.views()).has_value();
  });
  CHECK_TRUE(child.succeeded());
  fixture.append(3);
  UNSIGNED_LONGS_EQUAL(3, fixture.readAll());
}

// As when a process is killed while it makes the lock file anew: what others find there is of an earlier
// time, and would have them write over pages in use.
FORK_TEST(ArchiveProcesses, aLockFileOfAnEarlierTimeIsNotTrusted) {
  fixture.append(1);
  const std::string earlier = bytesOfFile(fixture.directory.lockFile());
  fixture.appendMany(2, 20);
  fixture.close();
  writeFile(fixture.directory.lockFile(), earlier);

  SharedObject<std::atomic<bool>> held;
  ChildProcess holder([&] {
    // LMDB's own lock, which each process holds that has the archive open.
    const Descriptor lock(open(fixture.directory.lockFile().c_str(), O_RDWR | O_CLOEXEC));
    struct flock shared {};
    shared.l_type = F_RDLCK;
    shared.l_whence = SEEK_SET;
    shared.l_len = 1;
    *held = fcntl(lock.number(), F_SETLK, &shared) == 0;
    pause();
    return true;
  });
  CHECK_TRUE(await([&] { return held->load(); }));
  fixture.checkFault(FaultCode::IoError, Archive::open(fixture.directory.path(), fixture.options));
  holder.kill();
  fixture.append(22);
  UNSIGNED_LONGS_EQUAL(22, fixture.readAll());
  checkSound();
}

FORK_TEST(ArchiveProcesses, writersOfAllProcessesTakeTurns) {
  constexpr std::uint64_t kWriters = 4;
  constexpr std::uint64_t kEach = 150;
  const std::string lockFile = fixture.directory.path() + "/turns";
  SharedObject<std::atomic<std::uint64_t>> newest;
  std::vector<ChildProcess> writers;
  for (std::uint64_t i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      const Descriptor lock(open(lockFile.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
      auto archive = Archive::open(fixture.directory.path(), fixture.options);
      bool good = archive.has_value();
      for (std::uint64_t j = 0; good && j < kEach; ++j) {
        flock(lock.number(), LOCK_EX);
        const std::uint64_t sequence = ++*newest;
        good = archive->append(Samples(sequence, 1, sequence % 5000).views()).has_value();
        flock(lock.number(), LOCK_UN);
      }
      return good;
    });
  }
  for (ChildProcess& writer : writers) CHECK_TRUE(writer.succeeded());
  UNSIGNED_LONGS_EQUAL(kWriters * kEach, fixture.readAll());
  checkSound();
}

// The last to go may unmake LMDB's locks while the next one comes.
FORK_TEST(ArchiveProcesses, processesComeAndGo) {
  fixture.appendMany(1, 50);
  fixture.close();
  std::vector<ChildProcess> children;
  for (int i = 0; i < 4; ++i) {
    children.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        auto archive = Archive::open(fixture.directory.path(), fixture.options);
        Slice slice;
        if (!archive || !archive->read(0, slice) || slice.records().size() != 50) return false;
        if (!archive->sync()) return false;
      }
      return true;
    });
  }
  for (ChildProcess& child : children) CHECK_TRUE(child.succeeded());
  checkSound();
}

FORK_TEST(ArchiveProcesses, aLargerLimitInOneProcessIsFollowedByTheOthers) {
  fixture.options.maxSize = 4U << 20U;
  fixture.append(1);
  ChildProcess other([&] {
    Options larger = fixture.options;
    larger.maxSize = 34U << 20U;
    auto archive = Archive::open(fixture.directory.path(), larger);
    for (std::uint64_t sequence = 2; archive && sequence <= 400; ++sequence) {
      if (!archive->append(Samples(sequence, 1, 20'000).views())) return false;
    }
    return archive.has_value();
  });
  CHECK_TRUE(other.succeeded());
  UNSIGNED_LONGS_EQUAL(400, fixture.readAll());
  fixture.append(401);
  while (fixture.value(fixture.archive().prune(0))) {
  }
  CHECK_TRUE(fixture.statistics().bytesInUse <= fixture.options.maxSize);
  checkSound();
}

// The slots that LMDB has for readers, and what they keep from being used again, come back.
FORK_TEST(ArchiveProcesses, killedReadersAreCleared) {
  fixture.appendMany(1, 100);
  unsigned cleared = 0;
  // Killed while it reads, sooner or later.
  for (int i = 0; i < 200 && cleared == 0; ++i) {
    SharedObject<Reading> reading;
    ChildProcess reader([&] { return readWithoutEnd(*reading); });
    CHECK_TRUE(await([&] { return reading->slices > 0; }));
    reader.kill();
    cleared = fixture.value(fixture.archive().clearStaleReaders());
  }
  UNSIGNED_LONGS_EQUAL(1, cleared);
  UNSIGNED_LONGS_EQUAL(0, fixture.value(fixture.archive().clearStaleReaders()));
}

// A reader stopped in the middle of a slice pins what it may still look at.
FORK_TEST(ArchiveProcesses, aReaderThatHangsStopsWritersButKeepsNeitherBoundNorRecords) {
  fixture.options.maxSize = 4U << 20U;
  fixture.appendMany(1, 6000, 200);
  SharedObject<Reading> reading;
  ChildProcess reader([&] { return readWithoutEnd(*reading); });
  CHECK_TRUE(await([&] { return reading->slices > 0; }));
  // Stopped again and again, until that is in a transaction.
  std::uint64_t next = 6001;
  for (int i = 0; i < 300; ++i) {
    kill(reading->process, SIGSTOP);
    if (!appendUntilFull(next)) break;
    kill(reading->process, SIGCONT);
    std::this_thread::sleep_for(std::chrono::microseconds(i));
  }
  const Samples more(next, 8, 4000);
  fixture.checkFault(FaultCode::Full, fixture.archive().append(more.views()));
  UNSIGNED_LONGS_EQUAL(next - 1, fixture.newest());
  // That nothing fits for now is no reason to throw all of it away.
  const std::uint64_t kept = fixture.statistics().records;
  for (int i = 0; i < 3; ++i) fixture.checkFault(FaultCode::Full, fixture.archive().append(more.views()));
  UNSIGNED_LONGS_EQUAL(kept, fixture.readAll());
  CHECK_TRUE(kept > 50);
  CHECK_TRUE(fixture.statistics().fileSize <= fixture.options.maxSize);

  reader.kill();
  fixture.checkDone(fixture.archive().append(more.views()));
  CHECK_TRUE(fixture.statistics().fileSize <= fixture.options.maxSize);
  checkSound();
}

TEST(ArchiveProcesses, readersSeeARowWithoutGapsWhileAWriterPrunes) {
  fixture.options.maxSize = 4U << 20U;
  fixture.appendMany(1, 1000);
  std::atomic<bool> done{false};
  std::atomic<int> bad{0};
  std::atomic<std::uint64_t> read{0};
  Archive& archive = fixture.archive();
  const auto replay = [&] {
    while (!done) {
      Slice slice(20'000);
      std::uint64_t after = 0;
      do {
        if (!archive.read(after, slice)) ++bad;
        for (const Record& record : slice.records()) {
          const bool follows = after == 0 || record.sequence == after + 1 || slice.isOvertaken();
          if (!follows || !Sample::is(record)) ++bad;
          after = record.sequence;
          ++read;
        }
      } while (slice.hasMore() && !done);
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(replay);
  bool written = true;
  for (std::uint64_t sequence = 1001; written && sequence <= 15'000; sequence += 8) {
    // On a busy machine a reader may be kept from ending its slice for as long as an append waits.
    const Samples samples(sequence, 8, 300);
    written = await([&] { return archive.append(samples.views()).has_value(); });
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK_TRUE(written);
  LONGS_EQUAL(0, bad);
  CHECK_TRUE(read > 1000);
  CHECK_TRUE(fixture.statistics().fileSize <= fixture.options.maxSize);
  checkSound();
}

TEST(ArchiveProcesses, aHundredThousandRecordsAreReplayedWhileAWriterGoesOn) {
  constexpr std::uint64_t kRecords = 100'000;
  fixture.options.maxSize = 256U << 20U;
  const std::string event(60, 'x');
  const auto append = [&](std::uint64_t first, std::uint64_t count) {
    std::vector<NewRecord> records;
    for (std::uint64_t i = first; i < first + count; ++i) {
      records.push_back({.sequence = i, .publishedAt = 1, .id = {}, .event = event});
    }
    return fixture.archive().append(records).has_value();
  };
  for (std::uint64_t first = 1; first <= kRecords; first += 500) CHECK_TRUE(append(first, 500));

  std::atomic<bool> done{false};
  std::thread replay([&] {
    Slice slice;
    std::uint64_t after = 0;
    bool good = true;
    do {
      good = good && fixture.archive().read(after, slice).has_value();
      for (const Record& record : slice.records()) good = good && record.sequence == ++after;
    } while (good && slice.hasMore());
    done = good && after >= kRecords;
  });
  std::uint64_t sequence = kRecords;
  bool written = true;
  for (int i = 0; i < 50; ++i) written = append(++sequence, 1) && written;
  replay.join();
  CHECK_TRUE(written);
  CHECK_TRUE(done);
}

}  // namespace mercure::history::test

#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>

#include "history/archive_fixture.h"
#include "history/file_bytes.h"
#include "history/shared_object.h"
#include "history/update_flags.h"
#include "history/verify.h"
#include "hub/child_process.h"

#include <CppUTest/TestHarness.h>

// An archive that is opened to be read only: what it gives, and that it leaves everything as it is.
namespace mercure::history::test {

using hub::test::await;
using hub::test::ChildProcess;

TEST_GROUP(ReadOnly) {
  ArchiveFixture fixture;

  [[nodiscard]] const std::string& path() const {
    return fixture.directory.path();
  }
  [[nodiscard]] Archive open() const {
    return ArchiveFixture::value(Archive::openReadOnly(path()));
  }

  [[nodiscard]] std::uintmax_t lockFileSize() const {
    return std::filesystem::file_size(fixture.directory.lockFile());
  }

  /// How many samples in a row `archive` gives after `last`, which moves on to the newest of them.
  static std::uint64_t readOn(const Archive& archive, std::uint64_t& last) {
    Slice slice;
    std::uint64_t count = 0;
    do {
      ArchiveFixture::checkDone(archive.read(last, slice));
      for (const Record& record : slice.records()) {
        UNSIGNED_LONGS_EQUAL(last + 1, record.sequence);
        CHECK_TRUE(Sample::is(record));
        last = record.sequence;
        ++count;
      }
    } while (slice.hasMore());
    return count;
  }
  static std::uint64_t count(const Archive& archive) {
    std::uint64_t last = 0;
    return readOn(archive, last);
  }

  void checkNothingYet() const {
    const auto opened = Archive::openReadOnly(path());
    ArchiveFixture::checkFault(FaultCode::IoError, opened);
    LONGS_EQUAL(ENOENT, opened.error().error);
  }
};

TEST(ReadOnly, givesWhatIsThereAndChangesNothing) {
  fixture.appendMany(1, 300, 2000);
  const Statistics expected = fixture.statistics();
  fixture.close();
  const std::string bytes = bytesOfFile(fixture.directory.dataFile());
  const std::uintmax_t lockFile = lockFileSize();
  {
    const Archive archive = open();
    UNSIGNED_LONGS_EQUAL(300, count(archive));
    UNSIGNED_LONGS_EQUAL(300, fixture.value(archive.newest())->sequence);
    UNSIGNED_LONGS_EQUAL(1, *fixture.value(archive.oldest()));
    UNSIGNED_LONGS_EQUAL(7, *fixture.value(archive.positionOf("urn:sample:7")));
    const Statistics statistics = fixture.value(archive.statistics());
    UNSIGNED_LONGS_EQUAL(300, statistics.records);
    UNSIGNED_LONGS_EQUAL(expected.bytesInUse, statistics.bytesInUse);
    UNSIGNED_LONGS_EQUAL(bytes.size(), statistics.fileSize);
    LONGS_EQUAL(Sample::timeOf(1), statistics.oldest);
    LONGS_EQUAL(Sample::timeOf(300), statistics.newest);
  }
  CHECK_TRUE(bytes == bytesOfFile(fixture.directory.dataFile()));
  UNSIGNED_LONGS_EQUAL(lockFile, lockFileSize());
}

TEST(ReadOnly, whatWritesIsAFault) {
  fixture.appendMany(1, 5);
  fixture.close();
  Archive archive = open();
  fixture.checkFault(FaultCode::IoError, archive.append(Samples(6, 1, 100).views()));
  fixture.checkFault(FaultCode::IoError, archive.sync());
  UNSIGNED_LONGS_EQUAL(5, count(archive));
}

TEST(ReadOnly, nothingIsMadeWhereNothingIs) {
  checkNothingYet();
  CHECK_TRUE(std::filesystem::is_empty(path()));
  writeFile(fixture.directory.dataFile(), "");
  checkNothingYet();
  CHECK_FALSE(std::filesystem::exists(fixture.directory.lockFile()));
  UNSIGNED_LONGS_EQUAL(0, std::filesystem::file_size(fixture.directory.dataFile()));
}

// As a hub leaves it that was killed before it had made anything of it.
TEST(ReadOnly, nothingIsMadeInAnEnvironmentWithoutTrees) {
  MDB_env* environment = nullptr;
  LONGS_EQUAL(0, mdb_env_create(&environment));
  LONGS_EQUAL(0, mdb_env_open(environment, path().c_str(), 0, 0600));
  mdb_env_close(environment);
  checkNothingYet();
}

TEST(ReadOnly, anArchiveWithoutRecords) {
  fixture.archive();
  fixture.close();
  const Archive archive = open();
  UNSIGNED_LONGS_EQUAL(0, count(archive));
  CHECK_FALSE(fixture.value(archive.newest()).has_value());
}

// As a copy of the data file alone is.
TEST(ReadOnly, aLockFileIsMadeWhereThereIsNone) {
  fixture.appendMany(1, 50);
  fixture.close();
  unlink(fixture.directory.lockFile().c_str());
  UNSIGNED_LONGS_EQUAL(50, count(open()));
  struct stat status {};
  LONGS_EQUAL(0, stat(fixture.directory.lockFile().c_str(), &status));
  LONGS_EQUAL(0600, status.st_mode & 07777U);
  UNSIGNED_LONGS_EQUAL(geteuid(), status.st_uid);
}

FORK_TEST(ReadOnly, aHubThatComesLaterFindsRoomForItsReaders) {
  fixture.appendMany(1, 5);
  fixture.close();
  unlink(fixture.directory.lockFile().c_str());
  const Archive archive = open();
  CHECK_TRUE(lockFileSize() >= 4096 * 64);
  ChildProcess hub([this] {
    fixture.options.maxReaders = 1000;
    fixture.appendMany(6, 5);
    return true;
  });
  CHECK_TRUE(hub.succeeded());
  UNSIGNED_LONGS_EQUAL(10, count(archive));
}

FORK_TEST(ReadOnly, besideAHubItsTableOfReadersStays) {
  fixture.options.maxReaders = 600;
  fixture.append(1);
  const std::uintmax_t before = lockFileSize();
  CHECK_TRUE(before >= 600 * 64);
  ChildProcess reader([this] { return count(open()) == 1; });
  CHECK_TRUE(reader.succeeded());
  UNSIGNED_LONGS_EQUAL(before, lockFileSize());
  fixture.append(2);
}

// The file may grow further than it was to when it was opened.
FORK_TEST(ReadOnly, followsAHubThatGrows) {
  fixture.options.maxSize = 4U << 20U;
  fixture.append(1);
  fixture.close();
  const Archive archive = open();
  std::uint64_t last = 0;
  UNSIGNED_LONGS_EQUAL(1, readOn(archive, last));
  ChildProcess hub([this] {
    fixture.options.maxSize = 64U << 20U;
    fixture.appendMany(2, 500, 20'000);
    return true;
  });
  CHECK_TRUE(hub.succeeded());
  UNSIGNED_LONGS_EQUAL(500, readOn(archive, last));
}

FORK_TEST(ReadOnly, aKilledReaderHoldsNothingForLong) {
  fixture.options.maxSize = 4U << 20U;
  fixture.appendMany(1, 100, 4000);
  const SharedObject<std::atomic<int>> slices;
  for (int i = 0; i < 20; ++i) {
    *slices = 0;
    ChildProcess reader([&] {
      const Archive archive = open();
      for (Slice slice(1U << 20U);; ++*slices) static_cast<void>(archive.read(0, slice));
      return false;
    });
    CHECK_TRUE(await([&] { return *slices > 0; }));
    reader.kill();
  }
  fixture.appendMany(101, 2000, 4000);
  UNSIGNED_LONGS_EQUAL(2100, fixture.newest());
}

TEST(ReadOnly, flagsComeBackAsTheyAre) {
  UNSIGNED_LONGS_EQUAL(0, UpdateFlags{}.encoded());
  UNSIGNED_LONGS_EQUAL(1, UpdateFlags{.isPrivate = true}.encoded());
  UNSIGNED_LONGS_EQUAL(2, UpdateFlags{.madeByHub = true}.encoded());
  UNSIGNED_LONGS_EQUAL(0x10, UpdateFlags{.generation = 1}.encoded());
  const UpdateFlags flags = UpdateFlags::decoded(0x13);
  CHECK_TRUE(flags.isPrivate);
  CHECK_TRUE(flags.madeByHub);
  UNSIGNED_LONGS_EQUAL(1, flags.generation);
}

}  // namespace mercure::history::test

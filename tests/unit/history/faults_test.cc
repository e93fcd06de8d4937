#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>

#include "history/archive_fixture.h"
#include "history/verify.h"
#include "hub/child_process.h"

#include <CppUTest/TestHarness.h>

// What the disk refuses: nothing of a failed append is there, and the next one works.
namespace mercure::history::test {

using hub::test::ChildProcess;

namespace {

/// What the disk does from now on: functions of this binary stand in for the C library's where LMDB calls
/// them.
struct {
  std::atomic<int> syncError{0};       ///< an errno for fdatasync()
  std::atomic<int> writeError{0};      ///< an errno for writes of pages
  std::atomic<int> metaWriteError{0};  ///< an errno for those of meta pages, which LMDB writes in part
  std::atomic<bool> shortWrites{false};
} disk;

constexpr std::size_t kPage = 4096;

bool fails(const std::atomic<int>& error) {
  if (error == 0) return false;
  errno = error;
  return true;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int fdatasync(int file) {
  return fails(disk.syncError) ? -1 : static_cast<int>(syscall(SYS_fdatasync, file));
}

__attribute__((visibility("default"))) ssize_t pwrite(int file, const void* from, size_t size, off_t offset) {
  if (fails(size < kPage ? disk.metaWriteError : disk.writeError)) return -1;
  return syscall(SYS_pwrite64, file, from, disk.shortWrites && size >= kPage ? size / 2 : size, offset);
}

__attribute__((visibility("default"))) ssize_t writev(int file, const iovec* parts, int count) {
  if (fails(disk.writeError)) return -1;
  return syscall(SYS_writev, file, parts, disk.shortWrites && count > 1 ? count - 1 : count);
}

}  // extern "C"

TEST_GROUP(Faults) {
  ArchiveFixture fixture;

  void setup() override {
    fixture.options.sync = Sync::On;
    fixture.appendMany(1, 5);
  }
  void teardown() override {
    disk.syncError = disk.writeError = disk.metaWriteError = 0;
    disk.shortWrites = false;
  }

  tl::expected<void, Fault> append(std::uint64_t sequence, std::size_t size) {
    return fixture.archive().append(Samples(sequence, 1, size).views());
  }
  void checkFails(FaultCode code, int error, std::size_t size = 100) {
    for (int i = 0; i < 2; ++i) {
      const auto failed = append(6, size);
      fixture.checkFault(code, failed);
      LONGS_EQUAL(error, failed.error().error);
      UNSIGNED_LONGS_EQUAL(5, fixture.newest());
      UNSIGNED_LONGS_EQUAL(5, fixture.readAll());
      UNSIGNED_LONGS_EQUAL(0, fixture.positionOf("urn:sample:6"));
    }
  }
  void checkWorksAgain() {
    disk.syncError = disk.writeError = disk.metaWriteError = 0;
    disk.shortWrites = false;
    fixture.append(6);
    fixture.appendMany(7, 50, 3000);
    UNSIGNED_LONGS_EQUAL(56, fixture.readAll());
    fixture.close();
    const Verdict verdict = verify(fixture.directory.path());
    if (verdict.kind != Verdict::Kind::Good) FAIL(verdict.reason.c_str());
    UNSIGNED_LONGS_EQUAL(56, fixture.readAll());
  }
};

TEST(Faults, aFailingSync) {
  disk.syncError = EIO;
  checkFails(FaultCode::IoError, EIO);
  disk.syncError = ENOSPC;
  checkFails(FaultCode::NoSpace, ENOSPC);
  disk.syncError = EDQUOT;
  checkFails(FaultCode::NoSpace, EDQUOT);
  checkWorksAgain();
}

TEST(Faults, aFailingWriteOfPages) {
  disk.writeError = EIO;
  checkFails(FaultCode::IoError, EIO, 50'000);
  disk.writeError = ENOSPC;
  checkFails(FaultCode::NoSpace, ENOSPC, 50'000);
  checkWorksAgain();
}

TEST(Faults, aShortWrite) {
  disk.shortWrites = true;
  checkFails(FaultCode::IoError, EIO, 50'000);
  checkWorksAgain();
}

// LMDB refuses everything afterwards, until it is opened again.
TEST(Faults, aFailingWriteOfAMetaPage) {
  disk.metaWriteError = EIO;
  checkFails(FaultCode::IoError, EIO);
  disk.metaWriteError = ENOSPC;
  checkFails(FaultCode::NoSpace, ENOSPC);
  checkWorksAgain();
}

TEST(Faults, anArchiveThatCannotBeOpenedAgainTellsSoUntilItCan) {
  disk.metaWriteError = EIO;
  fixture.checkFault(FaultCode::IoError, append(6, 100));
  disk.metaWriteError = 0;
  const std::string away = fixture.directory.path() + "/away";
  LONGS_EQUAL(0, rename(fixture.directory.dataFile().c_str(), away.c_str()));
  LONGS_EQUAL(0, mkdir(fixture.directory.dataFile().c_str(), 0700));
  fixture.checkFault(FaultCode::NotOurs, append(6, 100));
  fixture.checkFault(FaultCode::NotOurs, fixture.archive().newest());
  LONGS_EQUAL(0, rmdir(fixture.directory.dataFile().c_str()));
  LONGS_EQUAL(0, rename(away.c_str(), fixture.directory.dataFile().c_str()));
  checkWorksAgain();
}

TEST(Faults, readersGoOnWhileAnotherThreadOpensTheArchiveAgain) {
  std::atomic<bool> done{false};
  std::atomic<int> bad{0};
  Archive& archive = fixture.archive();
  std::thread reader([&] {
    Slice slice;
    while (!done) {
      if (!archive.read(0, slice) || slice.records().size() != 5) ++bad;
    }
  });
  for (int i = 0; i < 30; ++i) {
    disk.metaWriteError = EIO;
    static_cast<void>(append(6, 100));
    disk.metaWriteError = 0;
    static_cast<void>(fixture.archive().newest());
  }
  done = true;
  reader.join();
  LONGS_EQUAL(0, bad);
  checkWorksAgain();
}

TEST(Faults, theSeamOfTests) {
  int error = 0;
  fixture.options.beforeSync = [&error] { return error; };
  fixture.reopen();
  error = EIO;
  checkFails(FaultCode::IoError, EIO);
  fixture.checkFault(FaultCode::IoError, fixture.archive().sync());
  error = 0;
  fixture.checkDone(fixture.archive().sync());
  checkWorksAgain();
}

TEST(Faults, syncIsTheCallersWhenItIsOff) {
  fixture.options.sync = Sync::Off;
  fixture.reopen();
  disk.syncError = EIO;
  fixture.append(6);
  fixture.checkFault(FaultCode::IoError, fixture.archive().sync());
  disk.syncError = 0;
  fixture.checkDone(fixture.archive().sync());
  UNSIGNED_LONGS_EQUAL(6, fixture.newest());
}

// httpd ignores the signal that goes with it.
FORK_TEST(Faults, aLimitOnTheFilesSize) {
  fixture.close();
  ChildProcess child([this] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto failed = append(6, 500'000);
    return !failed && append(6, 100).has_value() && fixture.newest() == 6;
  });
  CHECK_TRUE(child.succeeded());
  UNSIGNED_LONGS_EQUAL(6, fixture.readAll());
}

}  // namespace mercure::history::test

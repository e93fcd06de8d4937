#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "history/archive_fixture.h"
#include "history/descriptor.h"
#include "history/verify.h"
#include "hub/child_process.h"

#include <CppUTest/TestHarness.h>

// A disk without room, where the system lets a process have one of its own.
namespace mercure::history::test {

using hub::test::ChildProcess;

namespace {

/// Gives this process a tree of mounts of its own; who is not root must become so in a world of his own
/// first.
bool separateMounts() {
  if (geteuid() == 0) return unshare(CLONE_NEWNS) == 0;
  const std::string user = std::to_string(geteuid());
  const std::string group = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user << " " << user << " 1";
  std::ofstream("/proc/self/gid_map") << group << " " << group << " 1";
  return true;
}

/// Mounts a file system of `size` bytes for this process alone; false where that is not allowed.
bool mountSmallDisk(const std::string& path, const std::string& size) {
  if (!separateMounts()) return false;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("small", path.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
}

/// Fills a disk to the last byte, and empties it again.
class Ballast {
 public:
  explicit Ballast(const std::string& directory) : path_(directory + "/ballast") {
    const Descriptor file(open(path_.c_str(), O_CREAT | O_WRONLY, 0600));
    const std::string zeros(4096, '\0');
    while (write(file.number(), zeros.data(), zeros.size()) > 0) {
    }
  }
  ~Ballast() { unlink(path_.c_str()); }
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;

 private:
  std::string path_;
};

}  // namespace

TEST_GROUP(FullDisk) {
  ArchiveFixture fixture;

  /// Runs `body` in a process that has the fixture's directory on a disk of its own.
  template <typename Body>
  void onASmallDisk(Body body) {
    ChildProcess child([&] {
      if (!mountSmallDisk(fixture.directory.path(), "2m")) return true;
      chmod(fixture.directory.path().c_str(), 0700);
      return body();
    });
    CHECK_TRUE(child.succeeded());
  }
  tl::expected<void, Fault> append(std::uint64_t sequence, std::size_t size) {
    return fixture.archive().append(Samples(sequence, 1, size).views());
  }
  bool holds(std::uint64_t records) {
    Slice slice(64U << 20U, 100'000);
    return fixture.archive().read(0, slice).has_value() && slice.records().size() == records;
  }
};

FORK_TEST(FullDisk, anAppendIsRefusedUntilThereIsRoom) {
  onASmallDisk([this] {
    std::uint64_t sequence = 0;
    tl::expected<void, Fault> appended;
    while ((appended = append(sequence + 1, 20'000))) ++sequence;
    if (sequence < 20 || appended.error().code != FaultCode::NoSpace || !holds(sequence)) return false;
    fixture.reopen();
    if (!holds(sequence) || append(sequence + 1, 200'000)) return false;
    fixture.close();
    return verify(fixture.directory.path()).kind == Verdict::Kind::Good;
  });
}

FORK_TEST(FullDisk, aFullDiskLetsGoOnWhenItIsEmptied) {
  onASmallDisk([this] {
    if (!append(1, 1000)) return false;
    {
      const Ballast ballast(fixture.directory.path());
      for (int i = 0; i < 3; ++i) {
        const auto failed = append(2, 100'000);
        if (failed || failed.error().code != FaultCode::NoSpace || !holds(1)) return false;
      }
    }
    return append(2, 100'000) && holds(2);
  });
}

// LMDB's lock file is memory: touching a hole of it where no disk is left would kill the process.
FORK_TEST(FullDisk, anArchiveCannotBeMadeOnIt) {
  onASmallDisk([this] {
    {
      const Ballast ballast(fixture.directory.path());
      for (int i = 0; i < 2; ++i) {
        const auto failed = Archive::open(fixture.directory.path(), fixture.options);
        if (failed || failed.error().code != FaultCode::NoSpace) return false;
      }
    }
    return append(1, 1000) && holds(1);
  });
}

// Each reader has a place in it, which is touched when there are that many at once.
TEST(FullDisk, theLockFileHasAllOfItsSpaceFromTheStart) {
  fixture.options.maxReaders = 1000;
  CHECK_TRUE(append(1, 1000).has_value());
  struct stat status {};
  LONGS_EQUAL(0, stat(fixture.directory.lockFile().c_str(), &status));
  CHECK_TRUE(status.st_size >= 64'000);
  CHECK_TRUE(status.st_blocks * 512 >= status.st_size);
}

}  // namespace mercure::history::test

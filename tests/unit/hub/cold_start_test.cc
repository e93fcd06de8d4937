#include "hub/cold_start.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "history/archive.h"
#include "history/file_bytes.h"
#include "history/samples.h"
#include "history/temporary_directory.h"
#include "hub/child_process.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

using Kind = ColdStart::Kind;

constexpr off_t kThreePages = 3 * 4096L;

TEST_GROUP(ColdStart) {
  history::test::TemporaryDirectory root;
  // Root does it for another user, as in httpd; anybody else only for himself.
  const bool isRoot = geteuid() == 0;
  const uid_t user = isRoot ? 65534 : geteuid();
  const gid_t group = isRoot ? 65534 : getegid();
  const std::string directory = root.path() + "/mercure/www.example.com";
  const std::string data = directory + "/data.mdb";

  void setup() override {
    LONGS_EQUAL(0, chmod(root.path().c_str(), 0755));
  }

  void checkRefused(const tl::expected<void, std::string>& outcome, const std::string& part) const {
    CHECK_FALSE(outcome.has_value());
    STRCMP_CONTAINS(part.c_str(), outcome.error().c_str());
    STRCMP_CONTAINS(root.path().c_str(), outcome.error().c_str());
  }
  /// Both say the same of a directory, and the one that makes nothing has not made any.
  void checkCannotBeProvided(const std::string& path, const std::string& part) const {
    const bool wasThere = std::filesystem::exists(path);
    checkRefused(canProvideDirectory(path, user, group), part);
    CHECK_EQUAL(wasThere, std::filesystem::exists(path));
    checkRefused(provideDirectory(path, user, group), part);
  }
  void provide() const {
    CHECK_TRUE(provideDirectory(directory, user, group).has_value());
  }
  /// Runs as the user who opens the archive.
  template <typename Body>
  void asUser(Body body) const {
    ChildProcess child([&] {
      const bool became = !isRoot || (setgid(group) == 0 && setuid(user) == 0);
      return became && body();
    });
    CHECK_TRUE(child.succeeded());
  }
  void fill() const {
    provide();
    asUser([&] {
      auto archive = history::Archive::open(directory, {.maxSize = 4U << 20U});
      const history::test::Samples samples(1, 20, 1000);
      return archive && archive->append(samples.views());
    });
  }
  void spoil(off_t size) const {
    LONGS_EQUAL(0, truncate(data.c_str(), size));
  }
  ColdStart start(Kind kind) const {
    ColdStart found = startCold(directory, user, group, kPatience);
    if (found.kind != kind) FAIL(found.reason.c_str());
    return found;
  }
};

TEST(ColdStart, aDirectoryIsMadeForTheUserAndFoundAgain) {
  CHECK_TRUE(canProvideDirectory(directory, user, group).has_value());
  CHECK_FALSE(std::filesystem::exists(root.path() + "/mercure"));
  for (int i = 0; i < 2; ++i) provide();
  struct stat status {};
  LONGS_EQUAL(0, lstat(directory.c_str(), &status));
  UNSIGNED_LONGS_EQUAL(user, status.st_uid);
  UNSIGNED_LONGS_EQUAL(group, status.st_gid);
  CHECK_TRUE(canProvideDirectory(directory, user, group).has_value());
  STRCMP_EQUAL("", start(Kind::Ready).reason.c_str());
}

TEST(ColdStart, aFileInTheWayIsNamed) {
  history::test::writeFile(root.path() + "/mercure", "");
  checkCannotBeProvided(directory, "/mercure cannot be opened as a directory: Not a directory");
  checkCannotBeProvided(root.path() + "/mercure", "expected a directory and no symbolic link");
}

TEST(ColdStart, aLinkInTheEndIsRefused) {
  provide();
  LONGS_EQUAL(0, symlink(directory.c_str(), (root.path() + "/link").c_str()));
  checkCannotBeProvided(root.path() + "/link", "expected a directory and no symbolic link");
}

TEST(ColdStart, whatIsNoAbsolutePathIsRefused) {
  const auto refused = canProvideDirectory("mercure", user, group);
  CHECK_FALSE(refused.has_value());
  STRCMP_CONTAINS("no absolute path", refused.error().c_str());
}

TEST(ColdStart, anotherUsersIsRefused) {
  if (!isRoot) return;
  LONGS_EQUAL(0, mkdir((root.path() + "/roots").c_str(), 0755));
  checkCannotBeProvided(root.path() + "/roots", "belongs to user 0, expected 65534");
}

TEST(ColdStart, oneThatItsUserCannotWriteToIsRefused) {
  provide();
  LONGS_EQUAL(0, chmod(directory.c_str(), 0500));
  if (!isRoot || user != geteuid())
    checkCannotBeProvided(directory, "is closed to user " + std::to_string(user));
}

TEST(ColdStart, oneThatItsUserCannotGetToIsRefused) {
  if (!isRoot) return;  // nobody else could even look
  LONGS_EQUAL(0, chmod(root.path().c_str(), 0700));
  checkRefused(canProvideDirectory(directory, user, group), "is closed to user 65534");
  checkRefused(provideDirectory(directory, user, group), "is closed to user 65534");
  checkRefused(canProvideDirectory(directory, user, group), "is closed to user 65534");
}

TEST(ColdStart, aSoundArchiveIsReady) {
  fill();
  STRCMP_EQUAL("", start(Kind::Ready).reason.c_str());
  CHECK_TRUE(std::filesystem::exists(data));
}

TEST(ColdStart, aDamagedArchiveMakesWayForANewOne) {
  fill();
  spoil(kThreePages);
  const ColdStart found = start(Kind::MovedAside);
  STRCMP_CONTAINS((data + ".damaged-").c_str(), found.movedTo.c_str());
  UNSIGNED_LONGS_EQUAL(kThreePages, std::filesystem::file_size(found.movedTo));
  CHECK_FALSE(found.reason.empty());
  CHECK_FALSE(std::filesystem::exists(data));
  start(Kind::Ready);
  fill();
}

TEST(ColdStart, anotherUsersFileMakesWayToo) {
  if (!isRoot) return;
  provide();
  history::test::writeFile(data, "");
  STRCMP_CONTAINS("Permission denied", start(Kind::MovedAside).reason.c_str());
}

TEST(ColdStart, whatCannotBeMovedAsideIsImpossible) {
  if (isRoot) return;  // whom nothing keeps from it
  fill();
  spoil(kThreePages);
  LONGS_EQUAL(0, chmod(directory.c_str(), 0500));
  STRCMP_CONTAINS("cannot be renamed", start(Kind::Impossible).reason.c_str());
  LONGS_EQUAL(0, chmod(directory.c_str(), 0700));
}

FORK_TEST(ColdStart, anArchiveInUseIsLeftAlone) {
  fill();
  int opened[2] = {-1, -1};
  LONGS_EQUAL(0, pipe(opened));
  ChildProcess holder([&] {
    if (isRoot && (setgid(group) != 0 || setuid(user) != 0)) return false;
    const auto archive = history::Archive::open(directory, {.maxSize = 4U << 20U});
    if (write(opened[1], "x", 1) != 1) return false;
    pause();
    return archive.has_value();
  });
  char mark = 0;
  LONGS_EQUAL(1, read(opened[0], &mark, 1));
  STRCMP_CONTAINS("has it open", start(Kind::InUse).reason.c_str());
  holder.kill();
  start(Kind::Ready);
  close(opened[0]);
  close(opened[1]);
}

}  // namespace mercure::hub::test

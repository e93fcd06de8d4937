#include "history/make_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "history/temporary_directory.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

TEST_GROUP(MakeDirectory) {
  TemporaryDirectory root;
  mode_t mask = 0;
  // Root makes it for another user, as it does in httpd; anybody else only for himself.
  uid_t user = geteuid() == 0 ? 65534 : geteuid();
  gid_t group = geteuid() == 0 ? 65534 : getegid();

  void setup() override {
    mask = umask(0077);
  }
  void teardown() override {
    umask(mask);
  }

  tl::expected<void, std::string> make(const std::string& name) {
    return makeDirectory(root.path() + "/" + name, user, group);
  }
  void checkRefused(const std::string& name, const char* part) {
    const auto made = make(name);
    CHECK_FALSE(made.has_value());
    STRCMP_CONTAINS(part, made.error().c_str());
    STRCMP_CONTAINS(root.path().c_str(), made.error().c_str());
  }
  void checkIs(const std::string& name, uid_t owner, mode_t mode) {
    struct stat status {};
    LONGS_EQUAL(0, lstat((root.path() + "/" + name).c_str(), &status));
    CHECK_TRUE(S_ISDIR(status.st_mode));
    UNSIGNED_LONGS_EQUAL(owner, status.st_uid);
    UNSIGNED_LONGS_EQUAL(mode, status.st_mode & 07777U);
  }
};

TEST(MakeDirectory, makesTheWholeWayWhateverTheUmask) {
  CHECK_TRUE(make("a/b/hub").has_value());
  checkIs("a", geteuid(), 0755);
  checkIs("a/b", geteuid(), 0755);
  checkIs("a/b/hub", user, 0700);
}

TEST(MakeDirectory, findsItMade) {
  for (int i = 0; i < 2; ++i) CHECK_TRUE(make("/a//hub/").has_value());
  checkIs("a/hub", user, 0700);
  // What its owner has let others see stays so.
  LONGS_EQUAL(0, chmod((root.path() + "/a/hub").c_str(), 0755));
  CHECK_TRUE(make("a/hub").has_value());
  checkIs("a/hub", user, 0755);
}

TEST(MakeDirectory, anotherUsersIsRefused) {
  if (geteuid() != 0) return;
  LONGS_EQUAL(0, mkdir((root.path() + "/hub").c_str(), 0700));
  checkRefused("hub", "belongs to user 0, expected 65534");
  checkIs("hub", 0, 0700);
}

TEST(MakeDirectory, oneThatOthersMayWriteToIsRefused) {
  CHECK_TRUE(make("hub").has_value());
  LONGS_EQUAL(0, chmod((root.path() + "/hub").c_str(), 0770));
  checkRefused("hub", "has mode 0770, so that others may write to it, expected 0700");
}

TEST(MakeDirectory, aLinkIsNotFollowedInTheEnd) {
  CHECK_TRUE(make("real").has_value());
  LONGS_EQUAL(0, symlink("real", (root.path() + "/hub").c_str()));
  checkRefused("hub", "expected a directory and no symbolic link");
  LONGS_EQUAL(0, symlink("/nowhere", (root.path() + "/dangling").c_str()));
  checkRefused("dangling", "expected a directory and no symbolic link");
}

TEST(MakeDirectory, aLinkIsFollowedOnTheWay) {
  CHECK_TRUE(make("disk/x").has_value());
  LONGS_EQUAL(0, symlink("disk", (root.path() + "/lib").c_str()));
  CHECK_TRUE(make("lib/hub").has_value());
  checkIs("disk/hub", user, 0700);
}

TEST(MakeDirectory, otherThingsAreRefused) {
  LONGS_EQUAL(0, mkfifo((root.path() + "/fifo").c_str(), 0600));
  checkRefused("fifo", "expected a directory and no symbolic link");
  checkRefused("fifo/hub", "cannot be opened as a directory");
  for (const char* path : {"", "/", "//", "relative/hub"}) {
    const auto made = makeDirectory(path, user, group);
    CHECK_FALSE(made.has_value());
    STRCMP_CONTAINS("is no absolute path", made.error().c_str());
  }
}

}  // namespace mercure::history::test

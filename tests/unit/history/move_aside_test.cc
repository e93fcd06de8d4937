#include "history/move_aside.h"

#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <string>

#include "history/file_bytes.h"
#include "history/temporary_directory.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

namespace {

constexpr std::time_t kNow = 1'700'000'000;  // 2023-11-14 22:13:20
constexpr const char* kEnding = ".damaged-20231114T221320";

}  // namespace

TEST_GROUP(MoveAside) {
  TemporaryDirectory directory;

  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory.path()),
                                                  std::filesystem::directory_iterator()));
  }
  void writeBoth(const std::string& bytes) const {
    writeFile(directory.dataFile(), bytes);
    writeFile(directory.lockFile(), bytes);
  }
};

TEST(MoveAside, bothFilesGetNamesWithTheTime) {
  writeBoth("damaged");
  const auto moved = moveAside(directory.path(), kNow);
  CHECK_TRUE(moved.has_value());
  STRCMP_EQUAL((directory.dataFile() + kEnding).c_str(), moved->c_str());
  STRCMP_EQUAL("damaged", bytesOfFile(*moved).c_str());
  STRCMP_EQUAL("damaged", bytesOfFile(directory.lockFile() + kEnding).c_str());
  UNSIGNED_LONGS_EQUAL(2, files());
}

TEST(MoveAside, onlyTheLastAreKept) {
  for (int i = 0; i < 3; ++i) {
    writeBoth(std::to_string(i));
    const auto moved = moveAside(directory.path(), kNow + 60 * i);
    CHECK_TRUE(moved.has_value());
    STRCMP_EQUAL(std::to_string(i).c_str(), bytesOfFile(*moved).c_str());
    UNSIGNED_LONGS_EQUAL(2, files());
  }
}

TEST(MoveAside, whateverTheyAre) {
  for (const char* kind : {"directory", "fifo", "link", "nothing"}) {
    if (*kind == 'd') LONGS_EQUAL(0, mkdir(directory.dataFile().c_str(), 0700));
    if (*kind == 'f') LONGS_EQUAL(0, mkfifo(directory.dataFile().c_str(), 0600));
    if (*kind == 'l') LONGS_EQUAL(0, symlink("/etc/passwd", directory.dataFile().c_str()));
    CHECK_TRUE(moveAside(directory.path(), kNow).has_value());
    CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(directory.dataFile())));
  }
  CHECK_TRUE(std::filesystem::exists("/etc/passwd"));
  UNSIGNED_LONGS_EQUAL(0, files());
}

TEST(MoveAside, otherFilesStay) {
  writeFile(directory.path() + "/data.mdb.mine", "mine");
  writeBoth("x");
  CHECK_TRUE(moveAside(directory.path(), kNow).has_value());
  CHECK_TRUE(moveAside(directory.path(), kNow + 1).has_value());
  UNSIGNED_LONGS_EQUAL(1, files());
  STRCMP_EQUAL("mine", bytesOfFile(directory.path() + "/data.mdb.mine").c_str());
}

TEST(MoveAside, whatFailsIsToldInWords) {
  const auto none = moveAside(directory.path() + "/none", kNow);
  CHECK_FALSE(none.has_value());
  STRCMP_CONTAINS("/none: No such file or directory", none.error().c_str());
  writeBoth("x");
  std::filesystem::create_directories(directory.dataFile() + kEnding + "/full");
  const auto occupied = moveAside(directory.path(), kNow);
  CHECK_FALSE(occupied.has_value());
  STRCMP_CONTAINS("cannot be renamed to data.mdb.damaged-20231114T221320", occupied.error().c_str());
}

}  // namespace mercure::history::test

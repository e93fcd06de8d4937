#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <random>
#include <string>

#include "history/lmdb_format.h"
#include "history/move_aside.h"
#include "history/sound_archive.h"
#include "hub/child_process.h"

#include <CppUTest/TestHarness.h>

// Archives that were damaged while nobody had them open: nothing crashes, and each is either told to be bad
// or works.
namespace mercure::history::test {

using hub::test::ChildProcess;
using Kind = Verdict::Kind;

namespace {

constexpr std::size_t kPage = SoundArchive::kPage;

}  // namespace

TEST_GROUP(Hostile) {
  SoundArchive sound;
  ArchiveFixture& fixture = sound.fixture;

  /// As at a cold start: what is told to be good works. Whether it was told to be bad.
  bool startWith(const std::function<void(std::string&)>& change) {
    sound.damage(change);
    const Verdict found = sound.verdict();
    if (found.kind == Kind::Good) sound.exercise();
    CHECK_TRUE(found.kind == Kind::Good || (found.kind == Kind::Bad && !found.reason.empty()));
    return found.kind == Kind::Bad;
  }
};

TEST(Hostile, aSoundOneIsGood) {
  sound.checkGood();
  CHECK_TRUE(sound.bytes.size() > 50 * kPage);
  sound.exercise();
}

TEST(Hostile, aBadOneMakesWayForANewOne) {
  CHECK_TRUE(startWith([](std::string& bytes) { bytes.resize(10 * kPage); }));
  CHECK_TRUE(moveAside(fixture.directory.path(), 0).has_value());
  sound.checkGood();
  UNSIGNED_LONGS_EQUAL(0, fixture.newest());
  sound.exercise();
}

TEST(Hostile, nothingAtAllIsGood) {
  unlink(fixture.directory.dataFile().c_str());
  sound.checkGood();
  unlink(fixture.directory.lockFile().c_str());
  sound.checkGood();
  UNSIGNED_LONGS_EQUAL(0, fixture.newest());
}

TEST(Hostile, anEmptyFileIsGood) {
  sound.damage([](std::string& bytes) { bytes.clear(); });
  sound.checkGood();
  UNSIGNED_LONGS_EQUAL(0, fixture.newest());
  fixture.append(1);
}

TEST(Hostile, truncationIsFoundAtEveryPage) {
  std::size_t bad = 0;
  for (std::size_t size = kPage; size < sound.bytes.size(); size += kPage) {
    sound.damage([size](std::string& bytes) { bytes.resize(size); });
    const bool isBad = sound.verdict().kind == Kind::Bad;
    // Opened unchecked, it is at least no crash: what lies beyond the end would be one when read.
    const auto archive = Archive::open(fixture.directory.path(), fixture.options);
    CHECK_TRUE(archive.has_value() != isBad);
    if (!archive) CHECK_TRUE(archive.error().code == FaultCode::Damaged);
    bad += isBad ? 1 : 0;
  }
  // The last pages may be free ones.
  CHECK_TRUE(bad + 20 > sound.bytes.size() / kPage);
}

TEST(Hostile, truncationIsFoundWithinAPage) {
  for (const std::size_t size :
       {1UL, 15UL, 16UL, 100UL, kPage - 1, kPage + 1, 2 * kPage - 1, 2 * kPage + 1}) {
    sound.damage([size](std::string& bytes) { bytes.resize(size); });
    CHECK_TRUE(sound.verdict().kind == Kind::Bad);
    sound.checkDoesNotOpen(FaultCode::Damaged);
  }
}

TEST(Hostile, zeroedMetaPages) {
  for (const std::size_t page : {0U, 1U}) {
    sound.damage([page](std::string& bytes) { std::fill_n(bytes.begin() + page * kPage, kPage, '\0'); });
    sound.checkBad("meta page");
    sound.checkDoesNotOpen(FaultCode::Damaged);
  }
}

// LMDB divides by it.
TEST(Hostile, anyPageSize) {
  constexpr std::size_t kOffset = sizeof(lmdb::PageHeader) + offsetof(lmdb::Meta, freePages.pageSize);
  for (const std::uint32_t pageSize : {0U, 1U, 256U, 3000U, 8192U, 1U << 17U, ~0U}) {
    sound.damage([pageSize](std::string& bytes) {
      for (const std::size_t page : {0UL, kPage}) std::memcpy(bytes.data() + page + kOffset, &pageSize, 4);
    });
    sound.checkBad("");
    sound.checkDoesNotOpen(FaultCode::Damaged);
  }
}

TEST(Hostile, bytesOfTheMetaPages) {
  std::size_t bad = 0;
  for (std::size_t i = 0; i < 2 * (16 + sizeof(lmdb::Meta)); i += 3) {
    const std::size_t offset = i < 16 + sizeof(lmdb::Meta) ? i : kPage + i - 16 - sizeof(lmdb::Meta);
    if (startWith([offset](std::string& bytes) { bytes[offset] ^= 0x21; })) ++bad;
  }
  CHECK_TRUE(bad > 30);
}

TEST(Hostile, everyZeroedPageInUseIsFound) {
  std::size_t bad = 0;
  for (std::size_t at = 0; at < sound.bytes.size(); at += kPage) {
    if (startWith([at](std::string& bytes) { std::fill_n(bytes.begin() + at, kPage, '\0'); })) ++bad;
  }
  CHECK_TRUE(bad > sound.bytes.size() / kPage * 3 / 4);
}

TEST(Hostile, randomBytesAnywhere) {
  std::mt19937 random(20240607);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  std::size_t bad = 0;
  for (int i = 0; i < 120; ++i) {
    const bool isBad = startWith([&](std::string& bytes) {
      const std::size_t count = i % 4 == 0 ? kPage : 1 + random() % 8;
      const std::size_t from = random() % (bytes.size() - count);
      std::generate_n(bytes.begin() + from, count, [&] { return static_cast<char>(random()); });
    });
    if (isBad) ++bad;
  }
  CHECK_TRUE(bad > 30);
}

// What steers LMDB: heads of pages, offsets and heads of nodes.
TEST(Hostile, flippedBitsAtTheBeginningOfPages) {
  std::mt19937 random(20240607);  // NOLINT(cert-msc51-cpp): the same bits in every run
  std::size_t bad = 0;
  for (int i = 0; i < 120; ++i) {
    const bool isBad = startWith([&](std::string& bytes) {
      const std::size_t page = 2 + random() % (bytes.size() / kPage - 2);
      bytes[page * kPage + random() % 64] ^= static_cast<char>(1U << random() % 8U);
    });
    if (isBad) ++bad;
  }
  CHECK_TRUE(bad > 60);
}

TEST(Hostile, swappedPages) {
  std::mt19937 random(20240607);  // NOLINT(cert-msc51-cpp): the same pages in every run
  for (int i = 0; i < 60; ++i) {
    startWith([&](std::string& bytes) {
      const std::size_t one = 2 + random() % (bytes.size() / kPage - 2);
      const std::size_t other = 2 + random() % (bytes.size() / kPage - 2);
      std::swap_ranges(bytes.begin() + one * kPage, bytes.begin() + (one + 1) * kPage,
                       bytes.begin() + other * kPage);
    });
  }
}

TEST(Hostile, aFlippedBitInARecordIsFound) {
  // All but one of the places where it can be read are in pages that are free by now.
  constexpr std::string_view kId = "urn:sample:77";
  std::size_t bad = 0;
  for (std::size_t at = sound.bytes.find(kId); at != std::string::npos; at = sound.bytes.find(kId, at + 1)) {
    sound.damage([at](std::string& bytes) { bytes[at + 11] ^= 1; });
    const Verdict found = sound.verdict();
    if (found.kind == Kind::Good) continue;
    ++bad;
    STRCMP_EQUAL("record 77: its checksum is wrong", found.reason.c_str());
    Slice slice(64U << 20U);
    const auto read = fixture.archive().read(0, slice);
    ArchiveFixture::checkFault(FaultCode::Damaged, read);
    UNSIGNED_LONGS_EQUAL(77, read.error().sequence);
    STRCMP_EQUAL("the history is damaged (record 77)", describe(read.error()).c_str());
    ArchiveFixture::checkFault(FaultCode::Damaged, fixture.archive().positionOf("urn:sample:77"));
    // What lies behind it can be read.
    UNSIGNED_LONGS_EQUAL(SoundArchive::kRecords - 77, fixture.readAll(77));
    fixture.close();
  }
  UNSIGNED_LONGS_EQUAL(1, bad);
}

TEST(Hostile, otherThingsInPlaceOfTheFiles) {
  for (const std::string& path : {fixture.directory.dataFile(), fixture.directory.lockFile()}) {
    const auto checkNotOurs = [&](const char* part) {
      sound.checkBad(part);
      sound.checkDoesNotOpen(FaultCode::NotOurs);
      CHECK_TRUE(moveAside(fixture.directory.path(), 0).has_value());
      sound.checkGood();
      fixture.append(1);
      fixture.close();
      unlink(path.c_str());
    };
    unlink(path.c_str());
    LONGS_EQUAL(0, mkdir(path.c_str(), 0700));
    checkNotOurs("");
    LONGS_EQUAL(0, mkfifo(path.c_str(), 0600));
    checkNotOurs("not a regular file");
    LONGS_EQUAL(0, symlink("/etc/passwd", path.c_str()));
    checkNotOurs("symbolic link");
    writeFile(path, sound.bytes);
    LONGS_EQUAL(0, chmod(path.c_str(), 0622));
    checkNotOurs("mode 0622, expected 0600");
    if (geteuid() != 0) continue;
    writeFile(path, sound.bytes);
    LONGS_EQUAL(0, chown(path.c_str(), 1, 1));
    checkNotOurs("belongs to user 1, expected 0");
  }
}

TEST(Hostile, aStaleLockFileIsMadeAnew) {
  for (const std::string& bytes : {std::string(), std::string(100, 'x'), std::string(8192, '\xFF')}) {
    writeFile(fixture.directory.lockFile(), bytes);
    sound.checkGood();
    fixture.append(fixture.newest() + 1);
    fixture.close();
  }
}

FORK_TEST(Hostile, anArchiveInUseIsLeftAlone) {
  std::array<int, 2> ends{};
  LONGS_EQUAL(0, pipe(ends.data()));
  ChildProcess holder([&] {
    fixture.archive();
    static_cast<void>(!write(ends[1], "x", 1));
    pause();
    return true;
  });
  char ready = 0;
  LONGS_EQUAL(1, read(ends[0], &ready, 1));
  const Verdict found = sound.verdict();
  LONGS_EQUAL(static_cast<int>(Kind::InUse), static_cast<int>(found.kind));
  holder.kill();
  sound.checkGood();
  close(ends[0]);
  close(ends[1]);
}

}  // namespace mercure::history::test

#include "history/archive.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "history/archive_fixture.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

TEST_GROUP(Archive) {
  ArchiveFixture fixture;
  Slice slice;

  tl::expected<void, Fault> appendAs(std::uint64_t sequence, const std::string& id) {
    const NewRecord record{.sequence = sequence, .publishedAt = 1, .id = id, .event = "data: x\n\n"};
    return fixture.archive().append({&record, 1});
  }
  void read(std::uint64_t after) {
    fixture.checkDone(fixture.archive().read(after, slice));
  }
};

TEST(Archive, aNewOneIsEmpty) {
  read(0);
  CHECK_TRUE(slice.records().empty());
  CHECK_FALSE(slice.hasMore());
  CHECK_FALSE(slice.isOvertaken());
  UNSIGNED_LONGS_EQUAL(0, fixture.newest());
  UNSIGNED_LONGS_EQUAL(0, fixture.oldest());
  UNSIGNED_LONGS_EQUAL(0, fixture.positionOf("urn:x"));
  const Statistics statistics = fixture.statistics();
  UNSIGNED_LONGS_EQUAL(0, statistics.records);
  CHECK_TRUE(statistics.bytesInUse <= 32768 && statistics.fileSize <= 65536);
}

TEST(Archive, givesBackWhatWasAppended) {
  for (const std::uint64_t sequence : {1U, 2U, 7U, 100U}) fixture.append(sequence);
  for (int openings = 0; openings < 2; ++openings) {
    UNSIGNED_LONGS_EQUAL(4, fixture.readAll());
    UNSIGNED_LONGS_EQUAL(1, fixture.readAll(7));
    UNSIGNED_LONGS_EQUAL(2, fixture.readAll(3));
    UNSIGNED_LONGS_EQUAL(0, fixture.readAll(100));
    UNSIGNED_LONGS_EQUAL(0, fixture.readAll(~0ULL));
    UNSIGNED_LONGS_EQUAL(1, fixture.oldest());
    UNSIGNED_LONGS_EQUAL(100, fixture.newest());
    const Statistics statistics = fixture.statistics();
    UNSIGNED_LONGS_EQUAL(4, statistics.records);
    LONGS_EQUAL(Sample::timeOf(1), statistics.oldest);
    LONGS_EQUAL(Sample::timeOf(100), statistics.newest);
    fixture.reopen();
  }
}

// Around what fits into a leaf, a page, two pages, and so on.
TEST(Archive, storesRecordsOfEverySize) {
  std::uint64_t sequence = 0;
  for (const std::size_t size : {0U, 1U, 1900U, 1950U, 2000U, 2100U, 3900U, 3950U, 3990U, 4000U, 4016U, 4080U,
                                 4096U, 8000U, 8160U, 12'000U, 65'536U, 1'000'000U, 7'000'000U}) {
    fixture.append(++sequence, size);
  }
  UNSIGNED_LONGS_EQUAL(sequence, fixture.readAll());
  for (std::uint64_t i = 1; i <= sequence; ++i) {
    UNSIGNED_LONGS_EQUAL(i, fixture.positionOf("urn:sample:" + std::to_string(i)));
  }
}

TEST(Archive, takesAnyBytesAndManyTopics) {
  const std::string zeros(5000, '\0');
  const std::vector<std::string> topics(1000, std::string(200, '\0').append("\xFF"));
  const NewRecord record{.sequence = 1, .flags = 255, .topics = topics, .id = zeros, .event = zeros};
  fixture.checkDone(fixture.archive().append({&record, 1}));
  read(0);
  CHECK_TRUE(slice.records().size() == 1 && slice.records()[0].topics == topics &&
             slice.records()[0].id == zeros && slice.records()[0].event == zeros &&
             slice.records()[0].flags == 255);
  UNSIGNED_LONGS_EQUAL(1, fixture.positionOf(zeros));
}

TEST(Archive, aBatchIsOneTransaction) {
  int syncs = 0;
  fixture.options.sync = Sync::On;
  fixture.options.beforeSync = [&syncs] { return ++syncs, 0; };
  const Samples samples(1, 30, 1000);
  fixture.checkDone(fixture.archive().append(samples.views()));
  LONGS_EQUAL(1, syncs);
  UNSIGNED_LONGS_EQUAL(30, fixture.readAll());
}

TEST(Archive, anEmptyBatchIsNothing) {
  fixture.checkDone(fixture.archive().append({}));
  UNSIGNED_LONGS_EQUAL(0, fixture.newest());
}

TEST(Archive, findsTheOldestOfAnId) {
  for (const std::uint64_t sequence : {3U, 5U, 9U}) fixture.checkDone(appendAs(sequence, "urn:twice"));
  fixture.checkDone(appendAs(10, "urn:once"));
  UNSIGNED_LONGS_EQUAL(3, fixture.positionOf("urn:twice"));
  UNSIGNED_LONGS_EQUAL(10, fixture.positionOf("urn:once"));
  UNSIGNED_LONGS_EQUAL(0, fixture.positionOf("urn:never"));
  UNSIGNED_LONGS_EQUAL(0, fixture.positionOf(""));
}

TEST(Archive, findsLongIds) {
  const std::string base(6000, 'a');
  fixture.checkDone(appendAs(1, base + "1"));
  fixture.checkDone(appendAs(2, base + "2"));
  UNSIGNED_LONGS_EQUAL(1, fixture.positionOf(base + "1"));
  UNSIGNED_LONGS_EQUAL(2, fixture.positionOf(base + "2"));
  UNSIGNED_LONGS_EQUAL(0, fixture.positionOf(base));
}

TEST(Archive, aSliceEndsWithTheRecordThatFillsIt) {
  fixture.appendMany(1, 20, 1000);
  slice = Slice(3000);
  read(0);
  UNSIGNED_LONGS_EQUAL(3, slice.records().size());
  CHECK_TRUE(slice.hasMore());
  slice = Slice(1U << 20U, 7);
  read(0);
  UNSIGNED_LONGS_EQUAL(7, slice.records().size());
  CHECK_TRUE(slice.hasMore());
  read(13);
  UNSIGNED_LONGS_EQUAL(7, slice.records().size());
  CHECK_FALSE(slice.hasMore());
}

TEST(Archive, aSliceHasOneRecordWhateverItsSize) {
  fixture.append(1, 3'000'000);
  fixture.append(2);
  read(0);
  UNSIGNED_LONGS_EQUAL(1, slice.records().size());
  CHECK_TRUE(slice.hasMore());
  read(1);
  UNSIGNED_LONGS_EQUAL(1, slice.records().size());
  CHECK_TRUE(Sample::is(slice.records()[0]));
  // A reader of small records does not keep the memory of a large one.
  CHECK_TRUE(slice.records()[0].event.capacity() < 1'000'000);
}

TEST(Archive, numbersMustAscend) {
  fixture.append(5);
  fixture.checkFault(FaultCode::OutOfOrder, appendAs(4, "urn:x"));
  fixture.checkFault(FaultCode::OutOfOrder, appendAs(5, "urn:x"));
  fixture.checkFault(FaultCode::OutOfOrder, appendAs(0, "urn:x"));
  const Sample seven(7, 1);
  const Sample six(6, 1);
  const std::array records = {seven.view(), six.view()};
  fixture.checkFault(FaultCode::OutOfOrder, fixture.archive().append(records));
  UNSIGNED_LONGS_EQUAL(1, fixture.readAll());
  fixture.append(6);
}

TEST(Archive, whatIsStoredAlreadyIsPassedOver) {
  const Samples samples(1, 20, 100);
  fixture.checkDone(fixture.archive().append(samples.views().first(12)));
  fixture.checkDone(fixture.archive().append(samples.views().subspan(5)));
  fixture.checkDone(fixture.archive().append(samples.views()));
  UNSIGNED_LONGS_EQUAL(20, fixture.readAll());
  UNSIGNED_LONGS_EQUAL(20, fixture.statistics().records);
}

TEST(Archive, tooLargeARecordIsRefused) {
  const std::string event(fixture.archive().largestRecord(), 'x');
  NewRecord record{.sequence = 1, .event = event};
  fixture.checkFault(FaultCode::TooLarge, [&] {
    const std::string larger(9U << 20U, 'x');
    const NewRecord tooLarge{.sequence = 1, .event = larger};
    return fixture.archive().append({&tooLarge, 1});
  }());
  record.event = std::string_view(event).substr(storedSize({}));
  UNSIGNED_LONGS_EQUAL(fixture.archive().largestRecord(), storedSize(record));
  fixture.checkDone(fixture.archive().append({&record, 1}));
  ++record.sequence;
  fixture.checkDone(fixture.archive().append({&record, 1}));
  UNSIGNED_LONGS_EQUAL(2, fixture.newest());
}

TEST(Archive, theFilesAreItsOwnersOnly) {
  fixture.append(1);
  for (const std::string& name : {fixture.directory.dataFile(), fixture.directory.lockFile()}) {
    struct stat status {};
    LONGS_EQUAL(0, stat(name.c_str(), &status));
    UNSIGNED_LONGS_EQUAL(0600, status.st_mode & 07777U);
  }
}

// CGI scripts have no use for them.
TEST(Archive, noProgramInheritsItsDescriptors) {
  fixture.append(1);
  int descriptors = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(entry.path(), error);
    if (!target.string().starts_with(fixture.directory.path())) continue;
    ++descriptors;
    CHECK_TRUE((fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK_TRUE(descriptors >= 3);
}

TEST(Archive, opensOnceInAProcess) {
  fixture.append(1);
  fixture.checkFault(FaultCode::AlreadyOpen, Archive::open(fixture.directory.path(), fixture.options));
  fixture.checkFault(FaultCode::AlreadyOpen, Archive::open(fixture.directory.path() + "/.", fixture.options));
  fixture.append(2);
  fixture.reopen();
  UNSIGNED_LONGS_EQUAL(2, fixture.readAll());
}

TEST(Archive, needsADirectory) {
  fixture.checkFault(FaultCode::IoError, Archive::open(fixture.directory.path() + "/none", fixture.options));
}

TEST(Archive, canBeMoved) {
  fixture.append(1);
  Archive moved = std::move(fixture.archive());
  CHECK_TRUE(moved.newest().has_value());
  fixture.archive() = std::move(moved);
  fixture.append(2);
}

}  // namespace mercure::history::test

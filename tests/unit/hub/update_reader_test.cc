#include "hub/update_reader.h"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "hub/archived_hub.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Outcome = UpdateReader::Outcome;

constexpr std::size_t kSmallLog = 2 * kSegmentPage;

const HistoryOptions kWritten{.directory = {}, .sync = false, .beforeSync = {}};

std::string idOf(std::uint64_t number) {
  return "urn:" + std::to_string(number);
}

}  // namespace

TEST_GROUP(UpdateReader) {
  ArchivedHub archived{kSmallLog, kWritten};
  Record record;
  std::uint64_t published = 0;  // updates, whose ids and sequence numbers go from 1 on

  void publish(int count, std::size_t eventSize = 100) {
    for (; count > 0; --count) {
      ++published;
      CHECK_TRUE(archived.publish(idOf(published), eventSize) == published);
    }
  }
  UpdateReader readerAt(const Place& place) {
    return {archived.segment(), archived.hub().history(), place};
  }
  UpdateReader readerAfter(std::uint64_t number) {
    const auto place = archived.hub().placeAfter(idOf(number));
    CHECK_TRUE(place && *place);
    UNSIGNED_LONGS_EQUAL(number, (*place)->sequence);
    return readerAt(**place);
  }
  void checkNext(UpdateReader & reader, std::uint64_t number) {
    CHECK_TRUE(reader.next(record) == Outcome::Read);
    UNSIGNED_LONGS_EQUAL(number, record.sequence);
    STRCMP_EQUAL(idOf(number).c_str(), record.id.c_str());
    UNSIGNED_LONGS_EQUAL(number, reader.place().sequence);
  }
  void checkRest(UpdateReader & reader, std::uint64_t first) {
    for (; first <= published; ++first) checkNext(reader, first);
    CHECK_TRUE(reader.next(record) == Outcome::NothingNew);
    CHECK_TRUE(reader.isInLog());
  }
  std::uint64_t oldestInLog() {
    return Log(archived.segment()).begin().sequence + 1;
  }
};

TEST(UpdateReader, readsFromTheLogWhatTheLogHolds) {
  publish(10);
  UpdateReader reader = readerAfter(3);
  CHECK_TRUE(reader.isInLog());
  checkRest(reader, 4);
  publish(2);
  checkRest(reader, 11);
}

TEST(UpdateReader, readsTheArchiveAndThenTheLog) {
  publish(500);
  CHECK_TRUE(oldestInLog() > 400);
  UpdateReader reader = readerAfter(100);
  CHECK_FALSE(reader.isInLog());
  CHECK_TRUE(reader.place().position == kNotInLog);
  checkRest(reader, 101);
  publish(5);
  checkRest(reader, 501);
}

TEST(UpdateReader, readsTheArchiveAlone) {
  publish(300);
  archived.forgetTheLog(kSmallLog);
  UpdateReader reader = readerAt({});
  checkRest(reader, 1);
  publish(3);
  checkRest(reader, 301);
}

TEST(UpdateReader, givesFlagsTopicsAndTimesAsTheyWere) {
  const std::vector<std::string> topics{"a", "", "https://example.com/b"};
  const RecordFlags flags{.isPrivate = true, .madeByHub = true, .generation = 1};
  CHECK_TRUE(archived.hub().publish({topics, "urn:1", "data: x\n\n", flags}).has_value());
  LogReader fromLog(archived.segment(), 0);
  CHECK_TRUE(fromLog.next(record) == Outcome::Read);
  const Record asLogged = record;
  UpdateReader reader = readerAt({});
  CHECK_TRUE(reader.next(record) == Outcome::Read);
  CHECK_TRUE(record.topics == topics);
  CHECK_TRUE(record.publishedAt == asLogged.publishedAt);
  CHECK_TRUE(record.flags.isPrivate && record.flags.madeByHub);
  UNSIGNED_LONGS_EQUAL(1, record.flags.generation);
  STRCMP_EQUAL("data: x\n\n", record.event.c_str());
}

TEST(UpdateReader, anEmptyHistoryHasNothing) {
  UpdateReader reader = readerAt(ArchivedHub::value(archived.hub().begin()));
  CHECK_TRUE(reader.next(record) == Outcome::NothingNew);
  publish(3);
  checkRest(reader, 1);
}

TEST(UpdateReader, overrunItReadsOnFromTheArchiveAndComesBack) {
  publish(5);
  UpdateReader reader = readerAfter(2);
  checkNext(reader, 3);
  publish(500);
  checkNext(reader, 4);
  CHECK_FALSE(reader.isInLog());
  checkRest(reader, 5);
}

TEST(UpdateReader, goesOnFromAnyPlaceThatItGave) {
  publish(400);
  UpdateReader reader = readerAt({});
  for (std::uint64_t number = 1; number <= published; ++number) {
    checkNext(reader, number);
    UpdateReader again = readerAt(reader.place());
    if (number < published) checkNext(again, number + 1);
  }
}

TEST(UpdateReader, whatIsKeptNowhereIsAnOverrun) {
  archived.options.maxCount = 10;
  publish(5);
  UpdateReader reader = readerAfter(2);
  publish(500);
  const std::uint64_t oldest = oldestInLog();
  CHECK_TRUE(reader.next(record) == Outcome::Overrun);
  CHECK_TRUE(reader.isInLog());
  checkRest(reader, oldest);
}

// A few updates in the history, many in the log.
TEST(UpdateReader, P1_REC_02_whatIsPrunedButStillLoggedIsNotLost) {
  archived.options.maxCount = 3;
  archived.forgetTheLog(64 * kSegmentPage);
  publish(10);
  UpdateReader reader = readerAt({.sequence = 4});
  checkRest(reader, 5);
  publish(10);
  checkRest(reader, 11);
}

TEST(UpdateReader, aHistoryThatIsPrunedToTheLastIsReadToItsEnd) {
  archived.options.maxAge = std::chrono::milliseconds(1);
  publish(3);
  archived.forgetTheLog(kSmallLog);
  const auto later = std::chrono::system_clock::now() + std::chrono::hours(1);
  while (ArchivedHub::value(archived.archive().prune(
      std::chrono::duration_cast<std::chrono::microseconds>(later.time_since_epoch()).count()))) {
  }
  CHECK_TRUE(archived.archived().empty());
  UpdateReader reader = readerAt(ArchivedHub::value(archived.hub().begin()));
  CHECK_TRUE(reader.next(record) == Outcome::NothingNew);
  UpdateReader late = readerAt({.sequence = 1});
  CHECK_TRUE(late.next(record) == Outcome::Overrun);
  CHECK_TRUE(late.next(record) == Outcome::NothingNew);
  archived.options.maxAge = {};
  publish(1);
  checkRest(reader, 4);
  checkRest(late, 4);
}

TEST(UpdateReader, withoutAHistoryAnOverrunIsOne) {
  publish(5);
  UpdateReader reader(archived.segment(), nullptr, Log(archived.segment()).begin());
  checkNext(reader, 1);
  publish(500);
  const std::uint64_t oldest = oldestInLog();
  CHECK_TRUE(reader.next(record) == Outcome::Overrun);
  checkRest(reader, oldest);
}

TEST(UpdateReader, anArchiveThatCannotBeReadIsAnOverrun) {
  publish(500);
  const std::uint64_t oldest = oldestInLog();
  // As it is for a process that was not told of it.
  HistoryOptions missing = archived.options;
  missing.directory += "/missing";
  History history(missing, archived.segment());
  UpdateReader reader(archived.segment(), &history, {.sequence = 7});
  CHECK_TRUE(reader.next(record) == Outcome::Overrun);
  checkRest(reader, oldest);
}

TEST(UpdateReader, refusedUpdatesAreNowhere) {
  ArchivedHub synced{kSmallLog};
  std::vector<std::string> good;
  for (int i = 0; i < 200; ++i) {
    synced.syncError = i % 3 == 0 ? EIO : 0;
    const std::string id = idOf(static_cast<std::uint64_t>(i));
    if (synced.publish(id)) good.push_back(id);
  }
  UpdateReader reader(synced.segment(), synced.hub().history(), {});
  for (const std::string& id : good) {
    CHECK_TRUE(reader.next(record) == Outcome::Read);
    STRCMP_EQUAL(id.c_str(), record.id.c_str());
  }
  CHECK_TRUE(reader.next(record) == Outcome::NothingNew);
}

TEST(UpdateReader, trimmingChangesNothing) {
  publish(400);
  UpdateReader reader = readerAt({});
  for (std::uint64_t number = 1; number <= published; ++number) {
    checkNext(reader, number);
    reader.trim();
  }
  checkRest(reader, published + 1);
}

// Readers, pruning and a tiny log: what is given is exactly the next one, and an overrun is told only when
// that is kept nowhere.
TEST(UpdateReader, randomWalksAreExact) {
  std::minstd_rand random(20);
  for (const std::uint64_t maxCount : {0U, 5U, 40U, 200U}) {
    ArchivedHub walked{kSmallLog, {.directory = {}, .maxCount = maxCount, .sync = false, .beforeSync = {}}};
    std::vector<UpdateReader> readers;
    std::vector<std::uint64_t> last(4, 0);
    for (std::size_t i = 0; i < last.size(); ++i)
      readers.emplace_back(walked.segment(), walked.hub().history(), Place{});
    std::uint64_t newest = 0;
    std::uint64_t overruns = 0;
    for (int step = 0; step < 3000; ++step) {
      const std::size_t who = random() % (readers.size() + 1);
      const std::uint64_t times = random() % (random() % 20 == 0 ? 150 : 12);
      if (who == readers.size()) {
        for (std::uint64_t i = 0; i < times; ++i) {
          ++newest;
          CHECK_TRUE(walked.publish(idOf(newest), random() % 900) == newest);
        }
        continue;
      }
      for (std::uint64_t i = 0; i < times; ++i) {
        const Outcome outcome = readers[who].next(record);
        if (outcome == Outcome::NothingNew) UNSIGNED_LONGS_EQUAL(newest, last[who]);
        if (outcome != Outcome::Read && outcome != Outcome::Overrun) break;
        if (outcome == Outcome::Overrun) {
          ++overruns;
          CHECK_TRUE(Log(walked.segment()).begin().sequence > last[who]);
          CHECK_TRUE(ArchivedHub::value(walked.archive().oldest()).value_or(0) > last[who] + 1);
          last[who] = Log(walked.segment()).begin().sequence;
          continue;
        }
        // From the very beginning is from what is kept.
        if (last[who] == 0) last[who] = record.sequence - 1;
        UNSIGNED_LONGS_EQUAL(last[who] + 1, record.sequence);
        last[who] = record.sequence;
        STRCMP_EQUAL(idOf(record.sequence).c_str(), record.id.c_str());
      }
    }
    CHECK_EQUAL(maxCount != 0, overruns > 0);
  }
}

TEST(UpdateReader, readersLoseNothingWhileOthersPublish) {
  constexpr std::uint64_t kUpdates = 6000;
  archived.archive();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (unsigned self = 0; self < 4; ++self) {
    threads.emplace_back([&, self] {
      std::minstd_rand random(self + 1);
      Record own;
      std::uint64_t last = 0;
      UpdateReader reader = readerAt({});
      const bool sound = await([&] {
        const Outcome outcome = reader.next(own);
        if (outcome == Outcome::NothingNew) return last == 2 * kUpdates;
        if (outcome == Outcome::Overrun || own.sequence != last + 1) return true;
        last = own.sequence;
        // At times it stays behind, or another goes on from where it stands.
        if (random() % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
        if (random() % 50 == 0) reader = readerAt(reader.place());
        return false;
      });
      good += sound && last == 2 * kUpdates ? 1 : 0;
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t j = 0; j < kUpdates; ++j) static_cast<void>(archived.publish("urn:x", j % 300));
    });
  }
  for (std::thread& thread : threads) thread.join();
  LONGS_EQUAL(4, good);
}

}  // namespace mercure::hub::test

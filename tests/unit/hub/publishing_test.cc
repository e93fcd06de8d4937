#include "hub/publishing.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "hub/archived_hub.h"
#include "hub/archived_record.h"
#include "hub/pipe_fixture.h"
#include "hub/record_format.h"
#include "hub/ring.h"
#include "hub/unsettled.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Ids = std::vector<std::string>;
using Kind = PublishError::Kind;

constexpr std::size_t kLog = 256 * kSegmentPage;

const HistoryOptions kWritten{.directory = {}, .sync = false, .beforeSync = {}};

/// What one publisher was answered.
struct Answers {
  std::set<std::string> good;
  std::set<std::string> bad;
};

/// `count` publishers at once, each with `each` updates one after the other.
Answers publishAtOnce(ArchivedHub& archived, int count, int each, std::size_t eventSize = 100) {
  archived.archive();
  std::vector<Answers> answers(static_cast<std::size_t>(count));
  std::vector<std::thread> publishers;
  for (std::size_t who = 0; who < answers.size(); ++who) {
    publishers.emplace_back([&, who] {
      for (int i = 0; i < each; ++i) {
        const std::string id = "urn:" + std::to_string(who) + ":" + std::to_string(i);
        (archived.publish(id, eventSize) ? answers[who].good : answers[who].bad).insert(id);
      }
    });
  }
  for (std::thread& publisher : publishers) publisher.join();
  for (std::size_t who = 1; who < answers.size(); ++who) {
    answers[0].good.merge(answers[who].good);
    answers[0].bad.merge(answers[who].bad);
  }
  return answers[0];
}

std::set<std::string> setOf(const Ids& ids) {
  return {ids.begin(), ids.end()};
}

/// Whether each publisher's updates stand in the order in which it published them.
bool isEachInOrder(const Ids& ids, std::size_t publishers) {
  std::vector<int> next(publishers);
  return std::ranges::all_of(ids, [&](const std::string& id) {
    unsigned who = 0;
    int index = 0;
    return std::sscanf(id.c_str(), "urn:%u:%d", &who, &index) == 2 && who < publishers &&
           index == next[who]++;
  });
}

void checkRefused(const tl::expected<std::uint64_t, PublishError>& answer, Kind kind) {
  CHECK_FALSE(answer.has_value());
  if (answer.error().kind != kind) FAIL(describe(answer.error()).c_str());
}

}  // namespace

TEST_GROUP(Publishing) {
  ArchivedHub archived{kLog};

  void checkBoth(const Ids& expected) {
    CHECK_TRUE(archived.archived() == expected);
    CHECK_TRUE(archived.released() == expected);
  }
};

TEST(Publishing, P0_PUB_39_anAnswerMeansThatTheUpdateIsStoredAndOut) {
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const auto sequence = archived.publish("urn:" + std::to_string(i));
    CHECK_TRUE(sequence == i);
    LONGS_EQUAL(static_cast<long>(i), archived.syncs);
    UNSIGNED_LONGS_EQUAL(i, archived.hub().end().sequence);
    LONGS_EQUAL(static_cast<long>(i), bytesIn(archived.pipe()));
  }
  checkBoth({"urn:1", "urn:2", "urn:3"});
  UNSIGNED_LONGS_EQUAL(3, archived.counters().published);
}

TEST(Publishing, nobodyReadsAnUpdateBeforeItIsStored) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  std::vector<std::string> seen;
  std::uint64_t end = 0;
  bool isKnown = true;
  archived.onSync = [&] {
    seen = archived.released();
    end = Log(archived.segment()).end().sequence;
    isKnown = Log(archived.segment()).placeAfter("urn:2").has_value();
  };
  CHECK_TRUE(archived.publish("urn:2").has_value());
  CHECK_TRUE(seen == Ids{"urn:1"});
  UNSIGNED_LONGS_EQUAL(1, end);
  CHECK_FALSE(isKnown);
}

TEST(Publishing, P0_PUB_39_aFailedCommitReachesNobodyAndTheNextOneWorks) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  archived.syncError = ENOSPC;
  for (int i = 0; i < 3; ++i) {
    const auto refused = archived.publish("urn:bad");
    checkRefused(refused, Kind::HistoryUnusable);
    CHECK_TRUE(refused.error().fault.code == history::FaultCode::NoSpace);
  }
  archived.syncError = 0;
  CHECK_TRUE(archived.publish("urn:2").has_value());
  checkBoth({"urn:1", "urn:2"});
  CHECK_FALSE(archived.hub().placeAfter("urn:bad").value_or(Place{}).has_value());
  CHECK_FALSE(Log(archived.segment()).placeAfter("urn:bad").has_value());
  UNSIGNED_LONGS_EQUAL(3, archived.counters().historyRefused);
  UNSIGNED_LONGS_EQUAL(0, archived.counters().historyLost);
  UNSIGNED_LONGS_EQUAL(2, archived.counters().published);
}

TEST(Publishing, everyPublishersOrderIsKept) {
  const Answers answers = publishAtOnce(archived, 8, 40);
  UNSIGNED_LONGS_EQUAL(320, answers.good.size());
  const Ids ids = archived.archived();
  CHECK_TRUE(isEachInOrder(ids, 8));
  checkBoth(ids);
  UNSIGNED_LONGS_EQUAL(320, ids.size());
}

TEST(Publishing, publishersAtOnceShareCommits) {
  archived.syncTime = std::chrono::milliseconds(10);
  const Answers answers = publishAtOnce(archived, 32, 100);
  UNSIGNED_LONGS_EQUAL(3200, answers.good.size());
  CHECK_TRUE(archived.syncs <= 400);
  CHECK_TRUE(setOf(archived.archived()) == answers.good);
}

TEST(Publishing, everyAnswerIsTrueWhileCommitsFail) {
  std::atomic<unsigned> round{0};
  archived.onSync = [&] { archived.syncError = ++round % 3 == 0 ? EIO : 0; };
  const Answers answers = publishAtOnce(archived, 16, 30);
  CHECK_TRUE(!answers.good.empty() && !answers.bad.empty());
  CHECK_TRUE(setOf(archived.archived()) == answers.good);
  CHECK_TRUE(setOf(archived.released()) == answers.good);
  UNSIGNED_LONGS_EQUAL(answers.bad.size(), archived.counters().historyRefused);
}

TEST(Publishing, aLogFullOfWhatWaitsLosesNothing) {
  ArchivedHub small{2 * kSegmentPage};
  small.syncTime = std::chrono::milliseconds(2);
  const Answers answers = publishAtOnce(small, 16, 40, 1500);
  UNSIGNED_LONGS_EQUAL(640, answers.good.size());
  const Ids ids = small.archived();
  UNSIGNED_LONGS_EQUAL(640, ids.size());
  CHECK_TRUE(isEachInOrder(ids, 16));
}

TEST(Publishing, aLogFullOfWhatWaitsIsEmptiedByTheNextPublisher) {
  ArchivedHub small{2 * kSegmentPage};
  small.archive();
  const std::vector<std::string> topics{"a"};
  Ids expected;
  // As when their publishers were killed.
  for (int i = 0;; ++i) {
    expected.push_back("urn:" + std::to_string(i));
    if (!Log(small.segment()).append({topics, expected.back(), "data: x\n\n", {}})) break;
  }
  CHECK_TRUE(small.publish(expected.back()).has_value());
  CHECK_TRUE(small.archived() == expected);
}

// A process that is killed while it refuses what it could not store leaves voids that nothing has settled.
TEST(Publishing, aFullDiskAfterAKilledHolderIsNoEndForEver) {
  ArchivedHub small{2 * kSegmentPage};
  const std::vector<std::string> topics{"a"};
  CHECK_TRUE(Log(small.segment()).append({topics, "urn:killed", "data: x\n\n", {}}).has_value());
  small.dieStoring([&] { makeVoid(Ring(small.segment().ring()), 0); });
  small.syncError = ENOSPC;
  for (int i = 0; i < 200; ++i) {
    checkRefused(small.publish("urn:bad"), Kind::HistoryUnusable);
    UNSIGNED_LONGS_EQUAL(small.log().appended, small.log().settled);
  }
  small.syncError = 0;
  CHECK_TRUE(small.publish("urn:good").has_value());
  CHECK_TRUE(small.archived() == Ids{"urn:good"});
  CHECK_TRUE(small.released() == Ids{"urn:good"});
  UNSIGNED_LONGS_EQUAL(201, small.counters().historyRefused);
}

// The same, killed a moment later: everything that the log holds is known to be refused, the newest too.
TEST(Publishing, aLogFullOfWhatWasRefusedIsEmptied) {
  for (const bool sync : {true, false}) {
    ArchivedHub small{2 * kSegmentPage, {.directory = {}, .sync = sync, .beforeSync = {}}};
    small.archive();
    const std::vector<std::string> topics{"a"};
    while (Log(small.segment()).append({topics, "urn:killed", "data: x\n\n", {}})) {
    }
    small.dieStoring([&] {
      for (std::uint64_t i = 1; i <= small.log().sequence; ++i) {
        small.log().refusals[i % kRefusalsKept].sequence = i;
        if (sync)
          makeVoid(Ring(small.segment().ring()), (i - 1) * (small.log().appended / small.log().sequence));
      }
    });
    CHECK_TRUE(small.publish("urn:good").has_value());
    STRCMP_EQUAL("urn:good", small.archived().back().c_str());
  }
}

TEST(Publishing, whatADeadHolderHadMadeVoidIsRefused) {
  archived.archive();
  const std::vector<std::string> topics{"a"};
  const Log log(archived.segment());
  CHECK_TRUE(log.append({topics, "urn:1", "data: x\n\n", {}}).has_value());
  CHECK_TRUE(log.append({topics, "urn:2", "data: x\n\n", {}}).has_value());
  archived.dieStoring([&] { makeVoid(Ring(archived.segment().ring()), 0); });
  const PipeFixture pipes;
  const BroadcastPipe pipe = pipes.pipe();
  Unsettled unsettled(archived.segment(), pipe);
  history::GroupCommit commit(archived.archive(), unsettled);
  CHECK_FALSE(commit.commit(1).has_value());
  CHECK_TRUE(commit.commit(2).has_value());
  checkBoth({"urn:2"});
  UNSIGNED_LONGS_EQUAL(1, archived.counters().repairs);
}

TEST(Publishing, whatADeadHolderHadStoredIsOutEvenIfTheNextCommitFails) {
  archived.archive();
  const std::vector<std::string> topics{"a"};
  for (const char* const id : {"urn:1", "urn:2"})
    CHECK_TRUE(Log(archived.segment()).append({topics, id, "data: x\n\n", {}}).has_value());
  archived.dieStoring([&] {
    LogReader reader(archived.segment(), 0);
    Record record;
    while (reader.nextBefore(archived.log().appended, record) == LogReader::Outcome::Read) {
      const history::NewRecord stored = toArchive(record);
      CHECK_TRUE(archived.archive().append({&stored, 1}).has_value());
    }
  });
  archived.syncError = ENOSPC;
  checkRefused(archived.publish("urn:3"), Kind::HistoryUnusable);
  archived.syncError = 0;
  checkBoth({"urn:1", "urn:2"});
  CHECK_TRUE(archived.publish("urn:4").has_value());
  checkBoth({"urn:1", "urn:2", "urn:4"});
}

TEST(Publishing, P0_REC_16_aFreshLogGoesOnBehindTheHistory) {
  for (int i = 1; i <= 5; ++i) CHECK_TRUE(archived.publish("urn:" + std::to_string(i)).has_value());
  archived.forgetTheLog(kLog);
  UNSIGNED_LONGS_EQUAL(5, archived.hub().end().sequence);
  CHECK_TRUE(archived.publish("urn:6") == 6U);
  CHECK_TRUE(archived.archived() == (Ids{"urn:1", "urn:2", "urn:3", "urn:4", "urn:5", "urn:6"}));
}

TEST(Publishing, ofLogsThatFollowEachOtherTheOneThatIsBehindGoesOnBehindTheOther) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  const history::NewRecord others{.sequence = 1000, .publishedAt = 1, .id = "urn:other"};
  CHECK_TRUE(archived.archive().append({&others, 1}).has_value());
  CHECK_TRUE(archived.publish("urn:2") == 1001U);
  CHECK_TRUE(archived.publish("urn:3") == 1002U);
  CHECK_TRUE(archived.archived() == (Ids{"urn:1", "urn:other", "urn:2", "urn:3"}));
  CHECK_TRUE(archived.released() == (Ids{"urn:1", "urn:2", "urn:3"}));
}

TEST(Publishing, anUpdateTooLargeForTheHistoryIsRefusedInWords) {
  for (const bool sync : {true, false}) {
    ArchivedHub large{1024 * kSegmentPage,
                      {.directory = {}, .maxSize = 4U << 20U, .sync = sync, .beforeSync = {}}};
    const auto refused = large.publish("urn:1", large.archive().largestRecord() + 1);
    checkRefused(refused, Kind::TooLargeForHistory);
    STRCMP_EQUAL("larger than the history takes", describe(refused.error()).c_str());
    checkRefused(large.publish("urn:1", 512 * kSegmentPage), Kind::TooLargeForHistory);
    CHECK_TRUE(large.publish("urn:2", large.archive().largestRecord() - 1000).has_value());
    CHECK_TRUE(large.released() == Ids{"urn:2"});
  }
}

TEST(Publishing, anArchiveThatCannotBeOpenedRefusesAllAndIsTriedAgain) {
  const std::string directory = archived.options.directory;
  archived.options.directory += "/missing";
  std::vector<HistoryTrouble::Kind> told;
  archived.hub().observeTrouble([&](const HistoryTrouble& trouble) { told.push_back(trouble.kind); });
  for (int i = 0; i < 3; ++i) checkRefused(archived.publish("urn:1"), Kind::HistoryUnusable);
  UNSIGNED_LONGS_EQUAL(0, archived.log().sequence);
  CHECK_TRUE(told == std::vector{HistoryTrouble::Kind::Refused});
  CHECK_FALSE(archived.hub().begin().has_value());
  CHECK_FALSE(archived.hub().placeAfter("urn:1").has_value());
  std::filesystem::create_directory(archived.options.directory);
  CHECK_TRUE(await([&] { return archived.publish("urn:2").has_value(); }));
  checkBoth({"urn:2"});
}

TEST_GROUP(PublishingBeside) {
  ArchivedHub archived{kLog, kWritten};
};

TEST(PublishingBeside, P0_PUB_39_updatesAreOutAndStored) {
  const Answers answers = publishAtOnce(archived, 8, 40);
  UNSIGNED_LONGS_EQUAL(320, answers.good.size());
  const Ids ids = archived.archived();
  CHECK_TRUE(setOf(ids) == answers.good);
  CHECK_TRUE(archived.released() == ids);
  LONGS_EQUAL(320, bytesIn(archived.pipe()));
  // The disk is waited for by another thread.
  CHECK_TRUE(await([&] { return archived.syncs > 0; }));
}

TEST(PublishingBeside, anArchiveThatCannotBeOpenedLosesWhatTheLogLosesAndNoMore) {
  ArchivedHub small{2 * kSegmentPage, kWritten};
  small.options.directory += "/missing";
  Ids expected;
  const auto publish = [&](int i) { CHECK_TRUE(small.publish("urn:" + std::to_string(i), 500).has_value()); };
  for (int i = 0; i < 100; ++i) publish(i);
  CHECK_TRUE(small.released().back() == "urn:99");
  CHECK_TRUE(small.counters().historyLost > 0);
  std::filesystem::create_directory(small.options.directory);
  int last = 99;
  CHECK_TRUE(await([&] {
    publish(++last);
    return small.hub().history()->archive().has_value();
  }));
  publish(++last);
  const Ids ids = small.archived();
  STRCMP_EQUAL(("urn:" + std::to_string(last)).c_str(), ids.back().c_str());
  UNSIGNED_LONGS_EQUAL(static_cast<std::uint64_t>(last) + 1, ids.size() + small.counters().historyLost);
}

TEST(PublishingBeside, ofLogsThatFollowEachOtherTheOneThatIsBehindLosesOneUpdate) {
  CHECK_TRUE(archived.publish("urn:1").has_value());
  const history::NewRecord others{.sequence = 1000, .publishedAt = 1, .id = "urn:other"};
  CHECK_TRUE(archived.archive().append({&others, 1}).has_value());
  CHECK_TRUE(archived.publish("urn:2") == 2U);
  CHECK_TRUE(archived.publish("urn:3") == 1001U);
  CHECK_TRUE(archived.released() == (Ids{"urn:1", "urn:2", "urn:3"}));
  CHECK_TRUE(archived.archived() == (Ids{"urn:1", "urn:other", "urn:3"}));
  UNSIGNED_LONGS_EQUAL(1, archived.counters().historyLost);
}

TEST(PublishingBeside, troubleIsToldOnceASecondAndSummedUp) {
  archived.options.directory += "/missing";
  using Clock = std::chrono::steady_clock;
  std::vector<std::uint64_t> counts;
  std::vector<Clock::time_point> times;
  archived.hub().observeTrouble([&](const HistoryTrouble& trouble) {
    CHECK_TRUE(trouble.kind == HistoryTrouble::Kind::Lost);
    CHECK_TRUE(trouble.fault.error == ENOENT);
    counts.push_back(trouble.count);
    times.push_back(Clock::now());
  });
  std::uint64_t published = 0;
  CHECK_TRUE(await([&] {
    ++published;
    CHECK_TRUE(archived.publish("urn:1").has_value());
    return counts.size() == 3;
  }));
  UNSIGNED_LONGS_EQUAL(1, counts[0]);
  CHECK_TRUE(counts[1] > 1);
  UNSIGNED_LONGS_EQUAL(published, counts[0] + counts[1] + counts[2]);
  CHECK_TRUE(times[2] - times[0] >= std::chrono::seconds(2) - std::chrono::milliseconds(500));
}

// Another segment's processes have the archive now, and nobody reads the log any more.
TEST(Publishing, aRetiredHubThatHasNotOpenedItsArchiveTakesNothingAndComplainsOfNothing) {
  for (const HistoryOptions& options : {HistoryOptions(), kWritten}) {
    ArchivedHub retired(kLog, options);
    int told = 0;
    retired.hub().observeTrouble([&](const HistoryTrouble&) { ++told; });
    retired.hub().retire();
    checkRefused(retired.publish("urn:1"), Kind::HistoryUnusable);
    CHECK_FALSE(retired.hub().placeAfter("urn:1").has_value());
    CHECK_TRUE(retired.released().empty());
    LONGS_EQUAL(0, told);
  }
}

}  // namespace mercure::hub::test

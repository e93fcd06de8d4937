#include "hub/shared_document.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "hub/child_process.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Missed = SharedDocument::Missed;
using Need = SharedDocument::Need;
using Moment = SharedDocument::Moment;
using std::chrono::seconds;

constexpr DocumentName kName{1, 2, 3};
constexpr seconds kAnHour{3600};
constexpr int kThreads = 4;

/// A document of one letter, as long as the letter says.
std::string documentOf(char letter) {
  return std::string(static_cast<std::size_t>(letter) * 251 % kMaxDocumentSize + 1, letter);
}

}  // namespace

TEST_GROUP(SharedDocument) {
  SharedObject<SharedDocument> shared;
  SharedDocument& document = *shared;
  const Moment start = std::chrono::steady_clock::now();

  void setup() override {
    CHECK_TRUE(document.initialise(kName));
  }

  Moment at(seconds offset) const {
    return start + offset;
  }
  SharedDocument::Claim claim(Need need, seconds offset) {
    const auto claim = document.claim(need, at(offset));
    CHECK_TRUE(claim.has_value());
    return claim.value_or(SharedDocument::Claim{});
  }
  bool isRefused(Need need, seconds offset) {
    const auto claim = document.claim(need, at(offset));
    if (claim) document.giveUp(*claim);
    return !claim;
  }
  /// Whether the content is another one now.
  bool store(const std::string& bytes, seconds offset = seconds(0), Need need = Need::Freshness) {
    const auto stored = document.store(claim(need, offset), bytes, at(offset + kAnHour));
    CHECK_TRUE(stored.has_value());
    return stored && stored->isChanged;
  }
  void checkContent(SharedDocument::Stamp stamp, const std::string& bytes) {
    const auto content = document.read();
    UNSIGNED_LONGS_EQUAL(stamp, content.stamp);
    UNSIGNED_LONGS_EQUAL(stamp, document.stamp());
    CHECK_TRUE(bytes == content.bytes);
  }
};

TEST(SharedDocument, aFreshOneHoldsNothing) {
  checkContent(0, "");
  CHECK_TRUE(document.isValid());
  CHECK_TRUE(document.name() == kName);
  CHECK_FALSE(document.isBeingFetched(start));
  CHECK_FALSE(document.hasFailed());
  CHECK_FALSE(document.attemptedAt().has_value());
}

TEST(SharedDocument, anAttemptThatFailedMayBeMadeAgainAtOnceWhereThatIsAllowed) {
  CHECK_TRUE(document.fail(claim(Need::Change, seconds(0)), "down"));
  CHECK_TRUE(isRefused(Need::Freshness, seconds(1)));
  document.allowRetry();
  CHECK_TRUE(document.hasFailed());
  CHECK_FALSE(isRefused(Need::Freshness, seconds(1)));
  CHECK_FALSE(isRefused(Need::Change, seconds(1)));
}

TEST(SharedDocument, anAttemptThatSucceededIsNotMadeAgainSooner) {
  store("a", seconds(0), Need::Change);
  document.allowRetry();
  CHECK_TRUE(isRefused(Need::Freshness, seconds(1)));
  CHECK_TRUE(isRefused(Need::Change, seconds(1)));
}

TEST(SharedDocument, whatWasStoredIsReadWhateverItsLength) {
  std::vector<std::size_t> lengths{0, 1, 7, 8, 9, 4095, 4096, kMaxDocumentSize - 1, kMaxDocumentSize, 3};
  SharedDocument::Stamp stamp = 0;
  for (const std::size_t length : lengths) {
    std::string bytes(length, '\0');
    for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<char>(i * 7 + length);
    CHECK_TRUE(store(bytes, kAnHour * (stamp + 1)));
    checkContent(++stamp, bytes);
    CHECK_TRUE(document.isValid());
  }
}

TEST(SharedDocument, theStampIsRaisedWhenTheContentChangesAndOnlyThen) {
  CHECK_TRUE(store("abcdefghi"));
  CHECK_FALSE(store("abcdefghi", kAnHour));
  checkContent(1, "abcdefghi");
  CHECK_TRUE(store("abcdefghj", 2 * kAnHour));
  checkContent(2, "abcdefghj");
  CHECK_TRUE(store("abcdefgh", 3 * kAnHour));
  checkContent(3, "abcdefgh");
  CHECK_TRUE(store("", 4 * kAnHour));
  checkContent(4, "");
  CHECK_TRUE(store(std::string(8, '\0'), 5 * kAnHour));
  checkContent(5, std::string(8, '\0'));
}

TEST(SharedDocument, itsMarksGoWithIt) {
  const std::vector<DocumentMark> marks{{1}, {2, 3}, {}};
  CHECK_TRUE(document.store(claim(Need::Freshness, seconds(0)), "a", at(kAnHour), marks).has_value());
  CHECK_TRUE(document.read().marks == marks);
  const std::vector<DocumentMark> many(kMaxDocumentMarks + 1, DocumentMark{9});
  CHECK_TRUE(document.store(claim(Need::Freshness, kAnHour), "b", at(2 * kAnHour), many).has_value());
  UNSIGNED_LONGS_EQUAL(kMaxDocumentMarks, document.read().marks.size());
  CHECK_TRUE(document.isValid());
  CHECK_TRUE(store("c", 2 * kAnHour));
  CHECK_TRUE(document.read().marks.empty());
}

TEST(SharedDocument, anEmptyDocumentIsOneToo) {
  CHECK_TRUE(store(""));
  checkContent(1, "");
}

TEST(SharedDocument, moreThanItHoldsIsNotStored) {
  store("before");
  const auto own = claim(Need::Freshness, kAnHour);
  CHECK_FALSE(document.store(own, std::string(kMaxDocumentSize + 1, 'x'), at(kAnHour)).has_value());
  checkContent(1, "before");
  CHECK_TRUE(document.store(own, "after", at(kAnHour)).has_value());
}

TEST(SharedDocument, onlyOneHasTheClaim) {
  const auto own = claim(Need::Freshness, seconds(0));
  CHECK_TRUE(document.isBeingFetched(start));
  CHECK_FALSE(document.claim(Need::Freshness, start).has_value());
  CHECK_FALSE(document.claim(Need::Change, at(seconds(14))).has_value());
  document.giveUp(own);
  CHECK_FALSE(document.isBeingFetched(start));
}

TEST(SharedDocument, theClaimOfADeadFetcherRunsOut) {
  claim(Need::Freshness, seconds(0));
  CHECK_TRUE(document.isBeingFetched(at(SharedDocument::kLease) - std::chrono::nanoseconds(1)));
  CHECK_FALSE(document.isBeingFetched(at(SharedDocument::kLease)));
  CHECK_TRUE(document.claim(Need::Freshness, at(SharedDocument::kLease)).has_value());
}

TEST(SharedDocument, aVoidClaimChangesNothing) {
  const auto late = claim(Need::Freshness, seconds(0));
  const auto own = claim(Need::Freshness, SharedDocument::kLease);
  CHECK_FALSE(document.store(late, "late", at(kAnHour)).has_value());
  CHECK_FALSE(document.fail(late, "late"));
  document.giveUp(late);
  CHECK_TRUE(document.isBeingFetched(at(SharedDocument::kLease)));
  CHECK_FALSE(document.hasFailed());
  checkContent(0, "");
  CHECK_TRUE(document.store(own, "own", at(kAnHour)).has_value());
  CHECK_FALSE(document.store(own, "twice", at(kAnHour)).has_value());
  CHECK_FALSE(document.fail(own, "twice"));
  checkContent(1, "own");
}

TEST(SharedDocument, aFreshDocumentNeedsNoOther) {
  store("a");
  CHECK_TRUE(isRefused(Need::Freshness, seconds(1)));
  CHECK_TRUE(isRefused(Need::Freshness, kAnHour - seconds(1)));
  CHECK_FALSE(isRefused(Need::Freshness, kAnHour));
}

TEST(SharedDocument, forAChangeItIsFetchedOnceAMinute) {
  store("a");
  store("a", seconds(1), Need::Change);
  CHECK_TRUE(isRefused(Need::Change, seconds(2)));
  CHECK_TRUE(isRefused(Need::Change, seconds(60)));
  store("b", seconds(61), Need::Change);
  CHECK_TRUE(isRefused(Need::Change, seconds(120)));
  CHECK_FALSE(isRefused(Need::Change, seconds(121)));
}

TEST(SharedDocument, whatWasMissedBeforeAnAttemptIsNotSoughtAfterIt) {
  store("a", seconds(10));
  const auto missed = [this](seconds offset) { return Missed{document.stamp(), at(offset)}; };
  CHECK_FALSE(document.claim(Need::Change, at(seconds(11)), missed(seconds(9))).has_value());
  const auto later = document.claim(Need::Change, at(seconds(11)), missed(seconds(10)));
  CHECK_TRUE(later.has_value());
  document.giveUp(*later);
  // An age is no matter of what was missed.
  CHECK_TRUE(document.claim(Need::Freshness, at(kAnHour + seconds(10)), missed(seconds(9))).has_value());
}

TEST(SharedDocument, whatWasMissedInAnotherDocumentIsLookedForInThisOneFirst) {
  store("a");
  const Missed before{document.stamp(), at(kAnHour)};
  store("b", kAnHour);
  const Missed still{document.stamp(), at(kAnHour)};
  CHECK_FALSE(document.claim(Need::Change, at(kAnHour), before).has_value());
  CHECK_TRUE(document.claim(Need::Change, at(kAnHour), still).has_value());
}

TEST(SharedDocument, afterAFailureItIsFetchedAMinuteLaterWhateverFor) {
  for (const Need failed : {Need::Freshness, Need::Change}) {
    const seconds offset = failed == Need::Freshness ? seconds(0) : kAnHour;
    CHECK_TRUE(document.fail(claim(failed, offset), failed == Need::Change ? "a" : "b"));
    for (const Need need : {Need::Freshness, Need::Change}) {
      CHECK_TRUE(isRefused(need, offset + seconds(59)));
      CHECK_FALSE(isRefused(need, offset + seconds(60)));
    }
  }
}

TEST(SharedDocument, aFailureKeepsTheDocument) {
  store("kept");
  CHECK_TRUE(document.fail(claim(Need::Freshness, kAnHour), "down"));
  CHECK_TRUE(document.hasFailed());
  checkContent(1, "kept");
  CHECK_TRUE(document.attemptedAt() == at(kAnHour));
}

TEST(SharedDocument, aFailureIsNewWhenItsReasonIs) {
  CHECK_TRUE(document.fail(claim(Need::Freshness, kAnHour), "down"));
  CHECK_FALSE(document.fail(claim(Need::Freshness, 2 * kAnHour), "down"));
  CHECK_TRUE(document.fail(claim(Need::Freshness, 3 * kAnHour), "broken"));
  CHECK_TRUE(document.fail(claim(Need::Freshness, 4 * kAnHour), ""));
  CHECK_FALSE(document.fail(claim(Need::Freshness, 5 * kAnHour), ""));
  const auto stored = document.store(claim(Need::Freshness, 6 * kAnHour), "up", at(6 * kAnHour));
  CHECK_TRUE(stored && stored->hadFailed);
  CHECK_FALSE(document.hasFailed());
  const auto again = document.store(claim(Need::Freshness, 7 * kAnHour), "up", at(7 * kAnHour));
  CHECK_TRUE(again && !again->hadFailed);
  CHECK_TRUE(document.fail(claim(Need::Freshness, 8 * kAnHour), ""));
}

TEST(SharedDocument, whatWasGivenUpDoesNotCount) {
  store("a");
  document.giveUp(claim(Need::Change, seconds(1)));
  CHECK_FALSE(isRefused(Need::Change, seconds(2)));
  CHECK_TRUE(document.attemptedAt() == at(seconds(0)));
}

TEST(SharedDocument, anotherTakesItsPlaceWithAllThatIsKnown) {
  SharedObject<SharedDocument> fresh;
  CHECK_TRUE(fresh->initialise(kName));
  CHECK_TRUE(store("first"));
  CHECK_TRUE(store("second", kAnHour));
  const auto failed = claim(Need::Change, 2 * kAnHour);
  CHECK_TRUE(document.fail(failed, "it is down"));
  fresh->inherit(document);
  CHECK_TRUE(fresh->read().bytes == "second");
  UNSIGNED_LONGS_EQUAL(document.stamp(), fresh->stamp());
  CHECK_TRUE(fresh->isValid() && fresh->hasFailed() && fresh->attemptedAt() == document.attemptedAt());
  CHECK_FALSE(fresh->claim(Need::Change, at(2 * kAnHour + seconds(59))).has_value());
  CHECK_TRUE(fresh->claim(Need::Change, at(2 * kAnHour + seconds(61))).has_value());
}

TEST(SharedDocument, anotherTakesNothingFromAnEmptyOne) {
  SharedObject<SharedDocument> fresh;
  CHECK_TRUE(fresh->initialise(kName));
  fresh->inherit(document);
  UNSIGNED_LONGS_EQUAL(0, fresh->stamp());
  CHECK_TRUE(fresh->claim(Need::Freshness, start).has_value());
}

TEST(SharedDocument, aDamagedOneIsFound) {
  SharedObject<SharedDocument> zeroed;
  CHECK_FALSE(zeroed->isValid());
  store("a");
  // The size of either copy: behind the numbers, and behind the first copy's bytes.
  auto* bytes = reinterpret_cast<std::byte*>(&document);
  constexpr std::size_t kCopy =
      kMaxDocumentSize + 2 * sizeof(std::uint64_t) + kMaxDocumentMarks * sizeof(DocumentMark);
  for (const std::size_t copy : {std::size_t{0}, std::size_t{1}}) {
    const std::size_t numbers = sizeof(DocumentName) + sizeof(RobustMutex) + 6 * sizeof(std::uint64_t);
    auto& size = *reinterpret_cast<std::atomic<std::uint64_t>*>(bytes + numbers + copy * kCopy);
    const std::uint64_t before = size;
    UNSIGNED_LONGS_EQUAL(copy, before);  // of the first document, which is the second copy
    size = kMaxDocumentSize + 1;
    CHECK_FALSE(document.isValid());
    UNSIGNED_LONGS_EQUAL(copy == 1 ? kMaxDocumentSize : 1, document.read().bytes.size());
    size = before;
    CHECK_TRUE(document.isValid());
    auto& marks = *(&size + 1);
    marks = kMaxDocumentMarks + 1;
    CHECK_FALSE(document.isValid());
    CHECK_TRUE(document.read().marks.size() <= kMaxDocumentMarks);
    marks = 0;
  }
}

TEST(SharedDocument, aNameIsTheSameForTheSameTextAlone) {
  const auto name = nameDocument("https://issuer.example/keys");
  CHECK_TRUE(name.has_value());
  CHECK_TRUE(name == nameDocument(std::string("https://issuer.example/keys")));
  CHECK_TRUE(name != nameDocument("https://issuer.example/key"));
  CHECK_TRUE(name != nameDocument(""));
}

TEST(SharedDocument, readersBesideAWriterFindWholeDocuments) {
  std::atomic<bool> enough{false};
  std::atomic<int> torn{0};
  std::atomic<int> reads{0};
  std::vector<std::thread> readers;
  readers.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    readers.emplace_back([&] {
      SharedDocument::Stamp last = 0;
      while (!enough) {
        const auto content = document.read();
        const char letter = content.bytes.empty() ? '\0' : content.bytes.front();
        if (content.stamp < last || (content.stamp != 0 && content.bytes != documentOf(letter))) ++torn;
        last = content.stamp;
        ++reads;
      }
    });
  }
  int round = 0;
  const bool inTime = await([&] {
    store(documentOf(static_cast<char>('a' + round % 26)), kAnHour * (round + 1));
    return ++round > 500 && reads > 2000;
  });
  enough = true;
  for (auto& reader : readers) reader.join();
  CHECK_TRUE(inTime);
  LONGS_EQUAL(0, torn);
}

// Each round is a minute later than the one before, and ends when the document is stored.
TEST(SharedDocument, ofManyThreadsOneGetsTheClaim) {
  constexpr std::size_t kRounds = 5000;
  std::vector<std::atomic<int>> claims(kRounds);
  std::atomic<std::size_t> round{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::size_t mine = round; mine < kRounds; mine = round) {
        const auto own = document.claim(Need::Change, start + mine * SharedDocument::kBetweenAttempts);
        if (!own) continue;
        ++claims[mine];
        static_cast<void>(document.store(*own, "a", start));
        round = mine + 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_TRUE(std::ranges::all_of(claims, [](const auto& ofRound) { return ofRound == 1; }));
}

}  // namespace mercure::hub::test

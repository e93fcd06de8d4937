#include "endpoint/remote_key_set.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "endpoint/fake_issuer.h"
#include "hub/child_process.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint::test {

namespace {

using hub::SharedDocument;
using hub::test::await;
using hub::test::ChildProcess;
using Manner = FakeIssuer::Manner;
using Need = RemoteKeySet::Need;
using Lines = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86'400;
constexpr int kThreads = 4;  // or processes
constexpr const char* kUrl = "https://issuer.example/keys";
const std::string kChanged = "changed: one is of no use; another is not either";

}  // namespace

TEST_GROUP(RemoteKeySet) {
  hub::test::SharedObject<SharedDocument> document;
  hub::test::SharedObject<FakeIssuer> issuer;
  NewsList news;
  std::shared_ptr<RemoteKeySet> keySet;

  void setup() override {
    CHECK_TRUE(document->initialise({1}));
    issuer->number = 1;
    keySet = makeKeySet();
  }
  void teardown() override {
    keySet.reset();
    CHECK_FALSE(issuer->tookSignals);
  }

  std::unique_ptr<RemoteKeySet> makeKeySet() {
    return makeKeySet(*document, *issuer);
  }
  std::unique_ptr<RemoteKeySet> makeKeySet(SharedDocument & ofDocument, FakeIssuer & ofIssuer) {
    return std::make_unique<RemoteKeySet>(
        ofDocument,
        RemoteKeySet::Options{
            .url = kUrl,
            .read = readFakeSet,
            .download = [&ofIssuer](const std::string&,
                                    const std::atomic<bool>& isToEnd) { return ofIssuer.answer(isToEnd); },
            .observer = [this](const KeySetNews& each) { news.add(each); },
            .clock = [this] { return issuer->now(); }});
  }

  /// The number of the set in use; 0 before there is one.
  static int numberOf(const RemoteKeySet::Keys& keys) {
    return keys.set.keys.empty() ? 0 : std::stoi(*keys.set.keys.front().id);
  }
  int number() {
    return numberOf(*keySet->current());
  }
  std::shared_ptr<const RemoteKeySet::Keys> newerThan(std::shared_ptr<const RemoteKeySet::Keys> keys) {
    const auto end = steady_clock::now() + RemoteKeySet::kLongestWait;
    return awaitNewer({&keySet, 1}, {&keys, 1}, issuer->now(), end) ? keys : nullptr;
  }
  bool isIdle() {
    return !document->isBeingFetched(issuer->now());
  }
  /// Until the fetch that may be going on has ended, and what is to be told of it has been.
  void settle() {
    CHECK_TRUE(await([this] { return isIdle() && keySet->awaitEnd({}); }));
  }
  void fetch() {
    CHECK_TRUE(isFetchedAfter(0));
  }
  /// Whether it is fetched after that time for that need.
  bool isFetchedAfter(std::int64_t seconds, Need need = Need::Freshness) {
    const int before = issuer->downloads;
    issuer->seconds += seconds;
    keySet->refresh(need);
    settle();
    return issuer->downloads != before;
  }
  void checkNews(const Lines& expected) {
    const Lines lines = news.take();
    for (const std::string& line : lines) CHECK_TEXT(lines == expected, line.c_str());
    CHECK_TRUE(lines == expected);
  }
};

TEST(RemoteKeySet, isEmptyAndFetchesNothingUntilItIsUsed) {
  UNSIGNED_LONGS_EQUAL(0, keySet->current()->stamp);
  LONGS_EQUAL(0, number());
  LONGS_EQUAL(0, issuer->downloads);
  STRCMP_EQUAL(kUrl, keySet->url().c_str());
}

TEST(RemoteKeySet, theFirstUseFetchesIt) {
  issuer->isHeld = true;
  CHECK_TRUE(keySet->refresh(Need::Freshness));
  LONGS_EQUAL(0, number());  // nobody waits
  issuer->isHeld = false;
  CHECK_TRUE(await([this] { return keySet->stamp() != 0; }));
  LONGS_EQUAL(1, number());
  LONGS_EQUAL(1, issuer->downloads);
  settle();
  checkNews({kChanged});
  STRCMP_EQUAL(kUrl, news.lastUrl().c_str());
}

TEST(RemoteKeySet, isReadOnceAndAgainWhenItHasChanged) {
  fetch();
  const auto first = keySet->current();
  POINTERS_EQUAL(first.get(), keySet->current().get());
  CHECK_TRUE(isFetchedAfter(kHour));
  POINTERS_EQUAL(first.get(), keySet->current().get());
  issuer->number = 2;
  CHECK_TRUE(isFetchedAfter(kHour));
  LONGS_EQUAL(2, number());
  LONGS_EQUAL(1, numberOf(*first));
  checkNews({kChanged, kChanged});
}

TEST(RemoteKeySet, isFetchedAgainWhenItIsAsOldAsItsIssuerSays) {
  struct Age {
    std::int64_t said;
    std::int64_t counts;
  };
  for (const auto& [said, counts] :
       {Age{0, kHour}, Age{600, 600}, Age{1, 5 * kMinute}, Age{-5, 5 * kMinute}, Age{30 * kDay, kDay}}) {
    issuer->maxAge = said;
    CHECK_TRUE(isFetchedAfter(kDay));
    CHECK_FALSE(isFetchedAfter(counts - 1));
    CHECK_TRUE(isFetchedAfter(1));
  }
}

TEST(RemoteKeySet, theOldKeysServeWhileItIsFetched) {
  fetch();
  issuer->isHeld = true;
  issuer->number = 2;
  issuer->seconds += kHour;
  CHECK_TRUE(keySet->refresh(Need::Freshness));
  LONGS_EQUAL(1, number());
  issuer->isHeld = false;
  settle();
  LONGS_EQUAL(2, number());
}

TEST(RemoteKeySet, anUnknownKeyIsLookedForOnceAMinute) {
  fetch();
  for (int round = 2; round <= 3; ++round) {
    issuer->number = round;
    const auto newer = newerThan(keySet->current());
    CHECK_TRUE(newer != nullptr);
    LONGS_EQUAL(round, newer ? numberOf(*newer) : 0);
    issuer->number = round + 1;
    issuer->seconds += kMinute - 1;
    const auto start = steady_clock::now();
    CHECK_TRUE(newerThan(keySet->current()) == nullptr);
    CHECK_TRUE(steady_clock::now() - start < RemoteKeySet::kLongestWait);
    LONGS_EQUAL(round, issuer->downloads);
    issuer->seconds += 1;
  }
}

TEST(RemoteKeySet, newerKeysThatAreThereAlreadyNeedNoFetch) {
  fetch();
  const auto known = keySet->current();
  issuer->number = 2;
  CHECK_TRUE(isFetchedAfter(kHour));
  LONGS_EQUAL(2, issuer->downloads);
  const auto newer = newerThan(known);
  LONGS_EQUAL(2, newer ? numberOf(*newer) : 0);
  LONGS_EQUAL(2, issuer->downloads);
}

TEST(RemoteKeySet, anUnknownKeyWaitsForTheFirstFetch) {
  const auto nothing = keySet->current();
  keySet->refresh(Need::Freshness);
  const auto newer = newerThan(nothing);
  LONGS_EQUAL(1, newer ? numberOf(*newer) : 0);
  LONGS_EQUAL(1, issuer->downloads);
}

TEST(RemoteKeySet, aKeySetThatHasNotChangedHoldsNobodyUp) {
  fetch();
  const auto start = steady_clock::now();
  CHECK_TRUE(newerThan(keySet->current()) == nullptr);
  CHECK_TRUE(steady_clock::now() - start < RemoteKeySet::kLongestWait);
  LONGS_EQUAL(2, issuer->downloads);
}

TEST(RemoteKeySet, anUnknownKeyWaitsTwoSecondsAtMost) {
  fetch();
  issuer->isHeld = true;
  const auto start = steady_clock::now();
  CHECK_TRUE(newerThan(keySet->current()) == nullptr);
  const auto waited = steady_clock::now() - start;
  CHECK_TRUE(waited >= milliseconds(2'000));
  CHECK_TRUE(waited < milliseconds(3'500));
  CHECK_FALSE(isIdle());
}

TEST(RemoteKeySet, aFetchThatCameTooEarlyIsFollowedByAnother) {
  fetch();
  const auto known = keySet->current();
  issuer->isHeld = true;
  issuer->seconds += kHour;
  CHECK_TRUE(keySet->refresh(Need::Freshness));
  CHECK_TRUE(await([this] { return issuer->downloads == 2; }));
  issuer->number = 2;
  std::thread release([this] {
    std::this_thread::sleep_for(milliseconds(50));
    issuer->isHeld = false;
  });
  const auto newer = newerThan(known);
  release.join();
  LONGS_EQUAL(2, newer ? numberOf(*newer) : 0);
  LONGS_EQUAL(3, issuer->downloads);
}

TEST(RemoteKeySet, aFetchAfterTheTokenCameIsEnough) {
  const auto came = issuer->now();
  const auto end = steady_clock::now() + RemoteKeySet::kLongestWait;
  issuer->seconds += 1;
  fetch();
  std::vector keys{keySet->current()};
  CHECK_FALSE(awaitNewer({&keySet, 1}, keys, came, end));
  LONGS_EQUAL(1, issuer->downloads);
  // The next one that comes has not lost the minute's attempt by that.
  CHECK_TRUE(isFetchedAfter(1, Need::Change));
}

TEST(RemoteKeySet, aSetThatHangsKeepsNoOtherBack) {
  hub::test::SharedObject<SharedDocument> otherDocument;
  hub::test::SharedObject<FakeIssuer> otherIssuer;
  CHECK_TRUE(otherDocument->initialise({2}));
  otherIssuer->isHeld = true;
  const std::vector<std::shared_ptr<RemoteKeySet>> sets{makeKeySet(*otherDocument, *otherIssuer), keySet};
  fetch();
  std::vector keys{sets[0]->current(), sets[1]->current()};
  issuer->number = 2;
  const auto start = steady_clock::now();
  CHECK_TRUE(awaitNewer(sets, keys, issuer->now(), start + hub::test::kPatience));
  CHECK_TRUE(steady_clock::now() - start < hub::test::kPatience / 2);
  LONGS_EQUAL(2, numberOf(*keys[1]));
  UNSIGNED_LONGS_EQUAL(0, keys[0]->stamp);
  CHECK_TRUE(await([&] { return otherIssuer->downloads == 1; }));
}

TEST(RemoteKeySet, anIssuerThatIsDownTakesNoKeysAway) {
  fetch();
  issuer->manner = Manner::Down;
  issuer->number = 2;
  CHECK_TRUE(isFetchedAfter(kHour));
  LONGS_EQUAL(1, number());
  const auto start = steady_clock::now();
  issuer->seconds += kMinute;
  CHECK_TRUE(newerThan(keySet->current()) == nullptr);
  CHECK_TRUE(steady_clock::now() - start < RemoteKeySet::kLongestWait);
  LONGS_EQUAL(1, number());
}

TEST(RemoteKeySet, afterAFailureItIsFetchedOnceAMinute) {
  issuer->manner = Manner::Down;
  fetch();
  for (const Need need : {Need::Freshness, Need::Change}) {
    CHECK_FALSE(isFetchedAfter(kMinute - 1, need));
    CHECK_TRUE(isFetchedAfter(1, need));
  }
  issuer->manner = Manner::Right;
  CHECK_TRUE(isFetchedAfter(kMinute));
  LONGS_EQUAL(1, number());
}

TEST(RemoteKeySet, troubleIsToldWhenItsReasonChangesAndWhenItIsOver) {
  for (const Manner manner : {Manner::Down, Manner::Down, Manner::Broken, Manner::Broken, Manner::Garbage,
                              Manner::Garbage, Manner::Right, Manner::Right, Manner::Down}) {
    issuer->manner = manner;
    CHECK_TRUE(isFetchedAfter(kHour));
  }
  checkNews({"refused: it is down", "refused: it is broken", "refused: it is no key set",
             "restored: ", kChanged, "refused: it is down"});
}

TEST(RemoteKeySet, whatIsNoKeySetDoesNotReplaceOne) {
  fetch();
  issuer->manner = Manner::Garbage;
  CHECK_TRUE(isFetchedAfter(kHour));
  LONGS_EQUAL(1, number());
  UNSIGNED_LONGS_EQUAL(1, document->stamp());
  STRCMP_EQUAL("set 1", document->read().bytes.c_str());
}

TEST(RemoteKeySet, aDocumentThatAnotherCouldReadIsToldAndKeepsTheKeys) {
  fetch();
  LONGS_EQUAL(1, number());
  const auto claim = document->claim(Need::Change, issuer->now());
  CHECK_TRUE(claim && document->store(*claim, "of another kind", issuer->now()).has_value());
  checkNews({kChanged});
  LONGS_EQUAL(1, number());
  LONGS_EQUAL(1, number());
  checkNews({"refused: it is no key set"});
}

TEST(RemoteKeySet, aFetchWithoutMemoryIsAsIfItHadNotBeen) {
  issuer->manner = Manner::Exhausting;
  keySet->refresh(Need::Freshness);
  settle();
  LONGS_EQUAL(1, issuer->downloads);
  checkNews({});
  issuer->manner = Manner::Right;
  CHECK_TRUE(await([this] { return isFetchedAfter(0); }));
  LONGS_EQUAL(1, number());
}

TEST(RemoteKeySet, manyThreadsMakeOneFetch) {
  std::atomic<int> ready{0};
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      const auto known = keySet->current();
      for (int use = 0; use < 100; ++use) keySet->refresh(Need::Freshness);
      const auto keys = known->stamp == 0 ? newerThan(known) : known;
      right += keys && numberOf(*keys) == 1 ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  LONGS_EQUAL(kThreads, right);
  LONGS_EQUAL(1, issuer->downloads);
}

TEST(RemoteKeySet, threadsReadWhileItChanges) {
  std::atomic<bool> enough{false};
  std::atomic<int> faults{0};
  std::vector<std::thread> readers;
  readers.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    readers.emplace_back([&] {
      int last = 0;
      while (!enough) {
        keySet->refresh(Need::Freshness);
        const int seen = number();
        if (seen < last) ++faults;
        last = seen;
        std::this_thread::yield();
      }
    });
  }
  const bool inTime = await([this] {
    issuer->seconds += kHour;
    keySet->refresh(Need::Freshness);
    if (isIdle()) ++issuer->number;
    return number() > 15;
  });
  enough = true;
  for (auto& reader : readers) reader.join();
  CHECK_TRUE(inTime);
  LONGS_EQUAL(0, faults);
}

TEST(RemoteKeySet, closingEndsAFetchAsIfItHadNotBeen) {
  issuer->isHeld = true;
  CHECK_TRUE(keySet->refresh(Need::Freshness));
  CHECK_TRUE(await([this] { return issuer->downloads == 1; }));
  keySet->close();
  keySet->close();
  LONGS_EQUAL(1, issuer->stopped);
  checkNews({});
  CHECK_TRUE(isIdle());
  // Another process takes over at once.
  issuer->isHeld = false;
  const auto other = makeKeySet();
  other->refresh(Need::Freshness);
  settle();
  LONGS_EQUAL(2, issuer->downloads);
  LONGS_EQUAL(1, number());
}

TEST(RemoteKeySet, onceClosedItFetchesNothingMore) {
  fetch();
  keySet->close();
  CHECK_FALSE(isFetchedAfter(kHour));
  CHECK_TRUE(newerThan(keySet->current()) == nullptr);
  LONGS_EQUAL(1, issuer->downloads);
  LONGS_EQUAL(1, number());
  keySet = makeKeySet();
  CHECK_TRUE(isFetchedAfter(0));
}

TEST(RemoteKeySet, endsWithoutAWaitWhereNobodyMayWait) {
  CHECK_TRUE(keySet->awaitEnd(milliseconds(0)));
  issuer->isHeld = true;
  CHECK_TRUE(keySet->refresh(Need::Freshness));
  CHECK_FALSE(keySet->awaitEnd(milliseconds(20)));
  keySet->requestEnd();
  CHECK_TRUE(keySet->awaitEnd(milliseconds(10'000)));
  LONGS_EQUAL(1, issuer->stopped);
  CHECK_TRUE(isIdle());
  issuer->isHeld = false;
  CHECK_FALSE(isFetchedAfter(kHour));
}

TEST(RemoteKeySet, itsEndEndsAFetchToo) {
  issuer->isHeld = true;
  CHECK_TRUE(keySet->refresh(Need::Freshness));
  CHECK_TRUE(await([this] { return issuer->downloads == 1; }));
  keySet.reset();
  LONGS_EQUAL(1, issuer->stopped);
}

TEST(RemoteKeySet, nobodyWaitsForAFetchThatHasOutlivedItsClaim) {
  issuer->isHeld = true;
  CHECK_TRUE(keySet->refresh(Need::Freshness));
  CHECK_TRUE(await([this] { return issuer->downloads == 1; }));
  issuer->seconds += 15;
  CHECK_FALSE(keySet->refresh(Need::Freshness));
  // Another process does not wait either.
  issuer->number = 2;
  const auto other = makeKeySet();
  CHECK_TRUE(other->refresh(Need::Freshness));
  issuer->isHeld = false;
  settle();
  other->close();
  keySet->close();
  LONGS_EQUAL(2, number());
  checkNews({kChanged});
}

FORK_TEST(RemoteKeySet, manyProcessesMakeOneFetch) {
  std::vector<ChildProcess> processes;
  processes.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    processes.emplace_back([this] {
      for (int use = 0; use < 100; ++use) keySet->refresh(Need::Freshness);
      const bool hasKeys = await([this] { return number() == 1; });
      keySet->close();
      return hasKeys;
    });
  }
  for (auto& process : processes) CHECK_TRUE(process.succeeded());
  LONGS_EQUAL(1, issuer->downloads);
  LONGS_EQUAL(1, number());
}

FORK_TEST(RemoteKeySet, anUnknownKeyWaitsForTheFetchOfAnotherProcess) {
  fetch();
  issuer->number = 2;
  issuer->isHeld = true;
  ChildProcess fetcher([this] {
    const auto other = makeKeySet();
    other->refresh(Need::Change);
    return await([this] { return isIdle(); });
  });
  CHECK_TRUE(await([this] { return issuer->downloads == 2; }));
  std::thread release([this] {
    std::this_thread::sleep_for(milliseconds(50));
    issuer->isHeld = false;
  });
  const auto newer = newerThan(keySet->current());
  release.join();
  LONGS_EQUAL(2, newer ? numberOf(*newer) : 0);
  LONGS_EQUAL(2, issuer->downloads);
  CHECK_TRUE(fetcher.succeeded());
}

FORK_TEST(RemoteKeySet, afterAProcessThatIsKilledAnotherFetches) {
  issuer->isHeld = true;
  ChildProcess fetcher([this] {
    keySet->refresh(Need::Freshness);
    pause();
    return true;
  });
  CHECK_TRUE(await([this] { return issuer->downloads == 1; }));
  fetcher.kill();
  issuer->isHeld = false;
  CHECK_TRUE(keySet->refresh(Need::Freshness));  // it still counts as being fetched
  LONGS_EQUAL(1, issuer->downloads);
  issuer->seconds += 15;
  keySet->refresh(Need::Freshness);
  settle();
  LONGS_EQUAL(2, issuer->downloads);
  LONGS_EQUAL(1, number());
}

FORK_TEST(RemoteKeySet, theReasonForTroubleIsToldByOneProcess) {
  issuer->manner = Manner::Down;
  fetch();
  checkNews({"refused: it is down"});
  issuer->seconds += kMinute;
  ChildProcess other([this] {
    keySet->refresh(Need::Freshness);
    return await([this] { return isIdle() && keySet->awaitEnd({}); }) && news.take().empty();
  });
  CHECK_TRUE(other.succeeded());
  LONGS_EQUAL(2, issuer->downloads);
}

}  // namespace mercure::endpoint::test

#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <string>
#include <vector>

#include "hub/child_process.h"
#include "hub/shared_document.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using Need = SharedDocument::Need;
using Moment = SharedDocument::Moment;

constexpr std::size_t kWriters = 2;
constexpr std::size_t kReaders = 2;

/// What the processes tell each other.
struct Crowd {
  SharedDocument document;
  std::atomic<std::int64_t> hours;  ///< a clock that goes on with each store, so that each is due
  std::atomic<std::uint64_t> stores;
  std::atomic<std::uint64_t> reads;
  std::atomic<std::uint64_t> faults;
  std::atomic<std::uint64_t> claims;
  std::atomic<bool> mayStop;
};

/// Large, so that writers die in the middle of it, and all of one letter.
std::string documentOf(std::uint64_t number) {
  const char letter = static_cast<char>('a' + number % 26);
  return std::string(kMaxDocumentSize - number % 26 * 999, letter);
}

bool isWhole(const SharedDocument::Content& content) {
  if (content.stamp == 0) return content.bytes.empty();
  if (content.bytes.empty()) return false;
  return content.bytes == documentOf(static_cast<std::uint64_t>(content.bytes.front() - 'a'));
}

Moment hour(std::int64_t number) {
  return Moment(std::chrono::hours(number));
}

}  // namespace

TEST_GROUP(SharedDocumentCrowd) {
  SharedObject<Crowd> crowd;
  std::mt19937 random{std::random_device{}()};

  void setup() override {
    CHECK_TRUE(crowd->document.initialise({1}));
    crowd->hours = 1;
  }

  ChildProcess writer(bool lives) {
    return ChildProcess([this, lives, seed = random()] {
      if (!lives && !dieIn(std::chrono::nanoseconds(1 + seed % 2'000'000))) return false;
      while (!crowd->mayStop) {
        const std::int64_t now = ++crowd->hours;
        const auto claim = crowd->document.claim(Need::Freshness, hour(now));
        if (!claim) continue;
        const auto text = documentOf(static_cast<std::uint64_t>(now) + seed);
        if (crowd->document.store(*claim, text, hour(now))) ++crowd->stores;
      }
      return true;
    });
  }

  ChildProcess reader() {
    return ChildProcess([this] {
      SharedDocument::Stamp last = 0;
      while (!crowd->mayStop) {
        const auto content = crowd->document.read();
        if (!isWhole(content) || content.stamp < last) ++crowd->faults;
        last = content.stamp;
        ++crowd->reads;
      }
      return true;
    });
  }
};

FORK_TEST(SharedDocumentCrowd, writersThatAreKilledInTheMiddleLeaveWholeDocuments) {
  std::vector<ChildProcess> readers;
  for (std::size_t i = 0; i < kReaders; ++i) readers.push_back(reader());
  std::vector<ChildProcess> writers;
  for (std::size_t i = 0; i < kWriters; ++i) writers.push_back(writer(false));
  std::size_t round = 0;
  const bool inTime = await([&] {
    ChildProcess& next = writers[round++ % kWriters];
    static_cast<void>(next.succeeded());  // it dies of its own accord
    next = writer(false);
    return round >= 300 && crowd->stores > 300 && crowd->reads > 3000;
  });
  CHECK_TRUE(inTime);
  // One that lives goes on with what they left.
  const std::uint64_t before = crowd->stores;
  ChildProcess survivor = writer(true);
  CHECK_TRUE(await([&] { return crowd->stores > before + 100; }));
  crowd->mayStop = true;
  CHECK_TRUE(survivor.succeeded());
  for (auto& each : readers) CHECK_TRUE(each.succeeded());
  UNSIGNED_LONGS_EQUAL(0, crowd->faults);
  CHECK_TRUE(crowd->document.isValid());
}

FORK_TEST(SharedDocumentCrowd, aWriterThatDiesWithTheLockHoldsNobodyUp) {
  SharedDocument& document = crowd->document;
  const auto own = document.claim(Need::Freshness, hour(1));
  CHECK_TRUE(own.has_value());
  ChildProcess dying([&] {
    // The lock lies behind the name; whoever holds it dies before it has changed anything.
    auto* lock =
        reinterpret_cast<RobustMutex*>(reinterpret_cast<std::byte*>(&document) + sizeof(DocumentName));
    if (lock->lock() != RobustMutex::Locked::Clean) return false;
    raise(SIGKILL);
    return true;
  });
  CHECK_FALSE(dying.succeeded());
  CHECK_TRUE(own && document.store(*own, "a", hour(1)).has_value());
  UNSIGNED_LONGS_EQUAL(1, document.stamp());
}

FORK_TEST(SharedDocumentCrowd, ofManyProcessesOneFetches) {
  constexpr int kProcesses = 4;
  std::vector<ChildProcess> processes;
  processes.reserve(kProcesses);
  for (int i = 0; i < kProcesses; ++i) {
    processes.emplace_back([this] {
      for (int attempt = 0; attempt < 2000; ++attempt) {
        const auto claim = crowd->document.claim(attempt % 2 == 0 ? Need::Freshness : Need::Change, hour(1));
        if (!claim) continue;
        ++crowd->claims;
        if (!crowd->document.fail(*claim, "down")) return false;
      }
      return true;
    });
  }
  for (auto& process : processes) CHECK_TRUE(process.succeeded());
  UNSIGNED_LONGS_EQUAL(1, crowd->claims);
}

FORK_TEST(SharedDocumentCrowd, whatOneProcessStoresAnotherReads) {
  ChildProcess other([this] {
    const auto claim = crowd->document.claim(Need::Freshness, hour(1));
    return claim && crowd->document.store(*claim, documentOf(1), hour(2)).has_value();
  });
  CHECK_TRUE(other.succeeded());
  CHECK_TRUE(crowd->document.read().bytes == documentOf(1));
  CHECK_FALSE(crowd->document.claim(Need::Freshness, hour(1)).has_value());
}

FORK_TEST(SharedDocumentCrowd, afterAFetcherThatWasKilledAnotherFetches) {
  ChildProcess fetcher([this] {
    if (!crowd->document.claim(Need::Change, hour(1))) return false;
    raise(SIGKILL);
    return true;
  });
  CHECK_FALSE(fetcher.succeeded());
  CHECK_TRUE(crowd->document.isBeingFetched(hour(1)));
  CHECK_FALSE(crowd->document.claim(Need::Change, hour(1)).has_value());
  CHECK_TRUE(crowd->document.claim(Need::Change, hour(1) + SharedDocument::kLease).has_value());
}

}  // namespace mercure::hub::test

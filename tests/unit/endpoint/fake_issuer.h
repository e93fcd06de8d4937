#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "endpoint/remote_key_set.h"
#include "endpoint/tokens.h"

namespace mercure::endpoint::test {

/// An issuer and a clock, which forked processes share. Its set has one key, whose `kid` is the set's number.
struct FakeIssuer {
  enum class Manner { Right, Down, Broken, Garbage, Exhausting };

  std::atomic<int> number;
  std::atomic<Manner> manner;
  std::atomic<std::int64_t> maxAge;  ///< seconds; 0: nothing is said
  std::atomic<bool> isHeld;          ///< answers are withheld
  std::atomic<int> downloads;
  std::atomic<int> stopped;
  std::atomic<bool> tookSignals;
  std::atomic<std::int64_t> seconds;  ///< that have passed

  [[nodiscard]] hub::SharedDocument::Moment now() const {
    return hub::SharedDocument::Moment(std::chrono::hours(1000) + std::chrono::seconds(seconds));
  }

  tl::expected<auth::DownloadedKeySet, std::string> answer(const std::atomic<bool>& isToEnd) {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    if (sigismember(&blocked, SIGTERM) != 1 || sigismember(&blocked, SIGPROF) != 1) tookSignals = true;
    const int current = number;  // what it was asked for when it was
    ++downloads;
    while (isHeld && !isToEnd) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (isToEnd) {
      ++stopped;
      return tl::unexpected(std::string("it was given up"));
    }
    auth::DownloadedKeySet downloaded{.document = "set " + std::to_string(current), .maxAge = {}};
    if (maxAge != 0) downloaded.maxAge = std::chrono::seconds(maxAge);
    switch (manner) {
      case Manner::Down:
        return tl::unexpected(std::string("it is down"));
      case Manner::Broken:
        return tl::unexpected(std::string("it is broken"));
      case Manner::Garbage:
        downloaded.document = "garbage";
        break;
      case Manner::Exhausting:
        throw std::bad_alloc();
      case Manner::Right:
        break;
    }
    return downloaded;
  }
};

/// Reads the sets of that issuer.
inline tl::expected<auth::KeySet, std::string> readFakeSet(std::string_view document) {
  if (!document.starts_with("set ")) return tl::unexpected(std::string("it is no key set"));
  auth::KeySet set;
  set.keys.push_back({*auth::Key::read(kSecret, auth::Algorithm::HS256), std::string(document.substr(4))});
  set.notes = {"one is of no use", "another is not either"};
  return set;
}

/// The news as lines, from whatever thread.
class NewsList {
 public:
  void add(const KeySetNews& news) {
    const char* kind = news.kind == KeySetNews::Kind::Refused    ? "refused"
                       : news.kind == KeySetNews::Kind::Restored ? "restored"
                       : news.kind == KeySetNews::Kind::Useless  ? "useless"
                                                                 : "changed";
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(kind) + ": " + std::string(news.explanation));
    lastUrl_ = news.url;
  }
  [[nodiscard]] std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }
  [[nodiscard]] std::string lastUrl() const {
    const std::lock_guard lock(mutex_);
    return lastUrl_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::string lastUrl_;
};

}  // namespace mercure::endpoint::test

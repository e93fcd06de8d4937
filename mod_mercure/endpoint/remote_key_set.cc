#include "endpoint/remote_key_set.h"

#include <pthread.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <utility>

#include "hub/signals_blocked.h"

namespace mercure::endpoint {

namespace {

using hub::SharedDocument;

/// For streams, which go on as long as the key that verified their token is there, for whatever algorithms
/// this set or another one of its URL may use it.
std::vector<hub::DocumentMark> marksOf(std::string_view document) {
  std::vector<hub::DocumentMark> marks;
  if (const auto set = auth::readKeySet(document))
    for (const auth::IdentifiedKey& each : set->keys) marks.push_back(each.key.fingerprint());
  return marks;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(text.empty() ? "" : "; ").append(line);
  return text;
}

}  // namespace

RemoteKeySet::RemoteKeySet(SharedDocument& document, Options options)
    : document_(document), options_(std::move(options)) {
}

RemoteKeySet::~RemoteKeySet() {
  close();
}

std::shared_ptr<const RemoteKeySet::Keys> RemoteKeySet::current() {
  const std::lock_guard lock(keysMutex_);
  if (document_.stamp() == readStamp_) return keys_;
  const auto content = document_.read();
  auto set = options_.read(content.bytes);
  // Whoever stored it could read it, perhaps for other algorithms.
  if (set) keys_ = std::make_shared<const Keys>(Keys{content.stamp, std::move(*set)});
  readStamp_ = content.stamp;
  if (!set) tell(KeySetNews::Kind::Refused, set.error());
  return keys_;
}

bool RemoteKeySet::refresh(Need need, const std::optional<SharedDocument::Missed>& missed) {
  const Moment now = options_.clock();
  if (const auto claim = document_.claim(need, now, missed)) start(*claim);
  return document_.isBeingFetched(now);
}

/// Gives the claim back where no fetch can begin.
void RemoteKeySet::start(const Claim& claim) {
  const std::lock_guard lock(fetchMutex_);
  // Nobody waits for a download that has outlived its claim.
  if (isEnding_ || isDownloading_) return document_.giveUp(claim);
  if (fetch_.joinable()) fetch_.join();
  isFetching_ = isDownloading_ = true;
  try {
    const hub::SignalsBlocked inherited;
    fetch_ = std::thread(&RemoteKeySet::fetch, this, claim);
  } catch (const std::exception&) {
    isFetching_ = isDownloading_ = false;
    document_.giveUp(claim);
  }
}

void RemoteKeySet::fetch(const Claim& claim) noexcept {
  pthread_setname_np(pthread_self(), "mercure-keys");
  try {
    const auto downloaded = options_.download(options_.url, isEnding_);
    isDownloading_ = false;
    if (isEnding_)
      document_.giveUp(claim);
    else if (downloaded)
      accept(claim, *downloaded);
    else
      refuse(claim, downloaded.error());
  } catch (const std::exception&) {
    // No memory: whoever needs the keys next tries again.
    isDownloading_ = false;
    document_.giveUp(claim);
  }
  isFetching_ = false;
}

void RemoteKeySet::accept(const Claim& claim, const auth::DownloadedKeySet& downloaded) {
  const auto set = options_.read(downloaded.document);
  if (!set) return refuse(claim, set.error());
  const std::string notes = joined(set->notes);
  const auto age = std::clamp(downloaded.maxAge.value_or(kUsualAge), kShortestAge, kLongestAge);
  const auto stored =
      document_.store(claim, downloaded.document, claim.since + age, marksOf(downloaded.document));
  if (!stored) return;
  if (stored->hadFailed) tell(KeySetNews::Kind::Restored, {});
  if (stored->isChanged)
    tell(set->keys.empty() ? KeySetNews::Kind::Useless : KeySetNews::Kind::Changed, notes);
}

void RemoteKeySet::refuse(const Claim& claim, std::string_view reason) {
  if (document_.fail(claim, reason)) tell(KeySetNews::Kind::Refused, reason);
}

void RemoteKeySet::tell(KeySetNews::Kind kind, std::string_view explanation) const {
  options_.observer({.kind = kind, .url = options_.url, .explanation = explanation});
}

RemoteKeySet::Sought RemoteKeySet::seekNewer(const Keys& known, Moment since) {
  // A fetch that went on already may come too early for what is looked for: then another one is due.
  const bool isGoingOn = refresh(Need::Change, SharedDocument::Missed{.stamp = known.stamp, .at = since});
  if (document_.stamp() == known.stamp) return {.newer = nullptr, .isAwaited = isGoingOn};
  auto newer = current();
  // A document that can't be read has changed no keys.
  return {.newer = newer->stamp == known.stamp ? nullptr : std::move(newer), .isAwaited = false};
}

void RemoteKeySet::close() noexcept {
  requestEnd();
  const std::lock_guard lock(fetchMutex_);  // whoever is about to start a fetch has done so
  if (fetch_.joinable()) fetch_.join();
}

bool RemoteKeySet::awaitEnd(std::chrono::milliseconds limit) const noexcept {
  constexpr timespec kBetweenLooks{.tv_sec = 0, .tv_nsec = 5'000'000};
  const auto end = std::chrono::steady_clock::now() + limit;
  while (isFetching_) {
    if (std::chrono::steady_clock::now() >= end) return false;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &kBetweenLooks, nullptr);
  }
  return true;
}

bool awaitNewer(std::span<const std::shared_ptr<RemoteKeySet>> sets,
                std::span<std::shared_ptr<const RemoteKeySet::Keys>> keys, RemoteKeySet::Moment since,
                RemoteKeySet::Moment end) {
  // Another process that fetches has no other way to wake this one.
  constexpr std::chrono::milliseconds kBetweenLooks{5};
  for (;;) {
    bool isAwaited = false;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      auto sought = sets[i]->seekNewer(*keys[i], since);
      if (sought.newer != nullptr) {
        keys[i] = std::move(sought.newer);
        return true;
      }
      isAwaited |= sought.isAwaited;
    }
    if (!isAwaited || std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace mercure::endpoint

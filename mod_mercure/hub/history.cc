#include "hub/history.h"

#include <pthread.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "hub/log.h"
#include "hub/signals_blocked.h"

namespace mercure::hub {

namespace {

constexpr std::chrono::seconds kBetweenAttempts{1};
constexpr std::chrono::seconds kBetweenUpkeeps{1};

history::Options optionsOf(const HistoryOptions& options) {
  return {.maxSize = options.maxSize,
          .maxCount = options.maxCount,
          .maxAge = options.maxAge,
          .sync = options.sync ? history::Sync::On : history::Sync::Off,
          .maxReaders = options.maxReaders,
          .beforeSync = options.beforeSync};
}

std::int64_t microsecondsNow() noexcept {
  const auto sinceEpoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(sinceEpoch).count();
}

}  // namespace

History::History(HistoryOptions options, Segment segment) : options_(std::move(options)), segment_(segment) {
}

History::~History() {
  close();
}

History::Opened History::archive() {
  const std::lock_guard lock(mutex_);
  if (archive_ != nullptr) return archive_;
  // Another segment's processes have it now, and may be checking it.
  if (segment_.header().retired != 0)
    return tl::unexpected(history::Fault{history::FaultCode::IoError, ESTALE});
  const auto now = std::chrono::steady_clock::now();
  if (now < nextAttempt_) return tl::unexpected(fault_);
  auto opened = open();
  if (!opened) {
    fault_ = opened.error();
    nextAttempt_ = now + kBetweenAttempts;
    return tl::unexpected(fault_);
  }
  archive_ = std::make_shared<history::Archive>(*std::move(opened));
  return archive_;
}

tl::expected<history::Archive, history::Fault> History::open() const {
  auto opened = history::Archive::open(options_.directory, optionsOf(options_));
  if (opened && !continueSequence(*opened))
    return tl::unexpected(history::Fault{history::FaultCode::LockUnusable});
  return opened;
}

bool History::continueSequence(const history::Archive& archive) const {
  const auto newest = archive.newest();
  if (!newest) return false;
  return Log(segment_).continueAfter(*newest ? (*newest)->sequence : 0);
}

void History::noteStored() noexcept {
  if (options_.sync) return;
  isSyncWanted_ = true;
  wantUpkeep();
}

void History::noteTime() noexcept {
  if (options_.maxAge.count() > 0) wantUpkeep();
}

void History::wantUpkeep() noexcept {
  const std::lock_guard lock(upkeepMutex_);
  if (std::exchange(isUpkeepWanted_, true)) return;
  if (upkeep_.joinable()) {
    upkeepWanted_.notify_one();
    return;
  }
  try {
    const SignalsBlocked inherited;
    upkeep_ = std::thread(&History::runUpkeep, this);
  } catch (const std::system_error&) {
    isUpkeepWanted_ = false;  // the next caller tries again
  }
}

void History::runUpkeep() noexcept {
  pthread_setname_np(pthread_self(), "mercure-keep");
  std::unique_lock lock(upkeepMutex_);
  for (;;) {
    upkeepWanted_.wait(lock, [this] { return isUpkeepWanted_ || isClosing_; });
    // What comes within this second is done at its end.
    if (upkeepWanted_.wait_for(lock, kBetweenUpkeeps, [this] { return isClosing_; })) return;
    isUpkeepWanted_ = false;
    lock.unlock();
    if (const auto opened = archive()) {
      // A fault here shows when the next update is stored.
      if (isSyncWanted_.exchange(false)) (void)(*opened)->sync();
      if (options_.maxAge.count() > 0) (void)(*opened)->prune(microsecondsNow());
    }
    lock.lock();
  }
}

void History::close() noexcept {
  {
    const std::lock_guard lock(upkeepMutex_);
    isClosing_ = true;
    upkeepWanted_.notify_one();
  }
  if (upkeep_.joinable()) upkeep_.join();
  isClosing_ = false;
  isUpkeepWanted_ = false;
  const std::lock_guard lock(mutex_);
  if (archive_ != nullptr && isSyncWanted_.exchange(false)) (void)archive_->sync();
  archive_ = nullptr;
}

}  // namespace mercure::hub

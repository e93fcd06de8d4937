#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <tl/expected.hpp>

#include "history/archive.h"
#include "hub/segment.h"

namespace mercure::hub {

/// Where a hub's updates are kept on disk, and how many of them.
struct HistoryOptions {
  std::string directory;                 ///< this hub's own, absolute
  std::uint64_t maxSize = 256U << 20U;   ///< bytes
  std::uint64_t maxCount = 0;            ///< updates; 0: as many as fit
  std::chrono::milliseconds maxAge{0};   ///< 0: as old as they are
  bool sync = true;                      ///< whether a publisher is answered when its update is on the disk
  unsigned maxReaders = 126;             ///< of all processes at once
  std::function<int()> beforeSync = {};  ///< for tests: see history::Options
};

/// One hub's history as one process has it. Any thread, unless a function says otherwise.
class History {
 public:
  using Opened = tl::expected<std::shared_ptr<history::Archive>, history::Fault>;

  History(HistoryOptions options, Segment segment);
  History(const History&) = delete;
  History& operator=(const History&) = delete;
  ~History();

  [[nodiscard]] const HistoryOptions& options() const noexcept { return options_; }

  /// The archive, opened at the first call; after a fault it is tried again once a second at most. The log's
  /// sequence goes on behind the archive's from then on.
  [[nodiscard]] Opened archive();

  /// Makes the log's sequence go on behind the archive's; false when either can't be used.
  [[nodiscard]] bool continueSequence(const history::Archive& archive) const;

  /// Says that an update was stored, or that a second has passed: what has to be synced, or has become too
  /// old, is seen to by a thread within a second. Nothing happens where that does not matter.
  void noteStored() noexcept;
  void noteTime() noexcept;

  /// Ends that thread and closes the archive, before this process forks one that goes on with the hub: LMDB
  /// cannot be carried across. No other thread may hold what archive() gave.
  void close() noexcept;

 private:
  [[nodiscard]] tl::expected<history::Archive, history::Fault> open() const;
  void wantUpkeep() noexcept;
  void runUpkeep() noexcept;

  const HistoryOptions options_;
  Segment segment_;
  std::mutex mutex_;
  std::shared_ptr<history::Archive> archive_;
  history::Fault fault_;
  std::chrono::steady_clock::time_point nextAttempt_{};

  std::mutex upkeepMutex_;
  std::condition_variable upkeepWanted_;
  bool isUpkeepWanted_ = false;
  std::atomic<bool> isSyncWanted_{false};
  bool isClosing_ = false;
  std::thread upkeep_;
};

}  // namespace mercure::hub

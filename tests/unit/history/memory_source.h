#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "history/group_commit.h"
#include "history/rounds.h"

namespace mercure::history::test {

/// A log that publishers of one process share: what a hub keeps in shared memory.
class MemorySource {
 public:
  MemorySource() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&turn_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  ~MemorySource() { pthread_mutex_destroy(&turn_); }
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;

  /// Appends a record to the log; its sequence number.
  std::uint64_t publish(std::string event) {
    const std::lock_guard guard(log_);
    const std::uint64_t sequence = firstNumber + entries_.size();
    entries_.push_back({"urn:" + std::to_string(sequence), std::move(event), std::nullopt});
    return sequence;
  }

  /// Called with the batch that was given out, with the turn held.
  std::function<void(std::size_t)> onBatch = {};
  std::uint64_t firstNumber = 1;

  // What GroupCommit asks for:
  Turn tryLock() noexcept {
    switch (pthread_mutex_trylock(&turn_)) {
      case 0:
        return Turn::Mine;
      case EOWNERDEAD:
        return pthread_mutex_consistent(&turn_), Turn::Mine;
      case EBUSY:
        return Turn::Others;
      default:
        return Turn::Unusable;
    }
  }
  /// After a holder has died.
  void makeUnusable() {
    pthread_mutex_lock(&turn_);
    pthread_mutex_unlock(&turn_);  // without having made it consistent
  }
  void unlock() noexcept { pthread_mutex_unlock(&turn_); }

  std::optional<tl::expected<void, Fault>> outcome(std::uint64_t sequence) noexcept {
    const std::lock_guard guard(log_);
    if (sequence < firstNumber || sequence >= firstNumber + entries_.size()) return std::nullopt;
    return entries_[sequence - firstNumber].outcome;
  }
  std::uint32_t rounds() noexcept { return rounds_.count(); }
  void awaitRound(std::uint32_t seen) noexcept { rounds_.await(seen, std::chrono::milliseconds(100)); }
  void endRound() noexcept { rounds_.end(); }

  void pending(const Budget& budget, std::vector<NewRecord>& batch) {
    {
      const std::lock_guard guard(log_);
      std::uint64_t bytes = 0;
      for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        if (entry.outcome) continue;
        const NewRecord record{
            .sequence = firstNumber + i, .publishedAt = 1, .id = entry.id, .event = entry.event};
        bytes += storedSize(record);
        if (!batch.empty() && (batch.size() == budget.records || bytes > budget.bytes)) break;
        batch.push_back(record);
      }
    }
    if (onBatch) onBatch(batch.size());
  }
  void stored(std::uint64_t sequence) noexcept { settle(firstNumber, sequence, {}); }
  void refuse(std::uint64_t first, std::uint64_t last, const Fault& fault) noexcept {
    settle(first, last, tl::unexpected(fault));
  }

 private:
  struct Entry {
    std::string id;
    std::string event;
    std::optional<tl::expected<void, Fault>> outcome;
  };

  void settle(std::uint64_t first, std::uint64_t last, const tl::expected<void, Fault>& outcome) noexcept {
    const std::lock_guard guard(log_);
    for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
      Entry& entry = entries_[sequence - firstNumber];
      if (!entry.outcome) entry.outcome = outcome;
    }
  }

  pthread_mutex_t turn_{};
  Rounds rounds_;
  std::mutex log_;
  std::deque<Entry> entries_;  // deque: views of an entry stay good while others are added
};
static_assert(CommitSource<MemorySource>);

}  // namespace mercure::history::test

#pragma once

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <new>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "history/archive.h"
#include "history/fault.h"
#include "history/record.h"

namespace mercure::history {

enum class Turn {
  Mine,      ///< the lock is held now, also when it was taken over from an owner that died
  Others,    ///< somebody else holds it
  Unusable,  ///< it is no lock any more
};

/// What publishers of all processes share: a lock, and the log with what waits to be stored. Each record in
/// the log is waiting, stored or refused. Nothing here may throw, but pending() std::bad_alloc.
template <typename T>
concept CommitSource = requires(T source, std::uint64_t sequence, const Fault& fault, const Budget& budget,
                                std::uint32_t seen, std::vector<NewRecord>& batch) {
  // Any thread, without the lock:
  { source.tryLock() } -> std::same_as<Turn>;
  source.unlock();
  // What became of a record; none while it is waiting. Must be known until its publisher has asked.
  { source.outcome(sequence) } -> std::same_as<std::optional<tl::expected<void, Fault>>>;
  // A Rounds in shared memory: its count, and waiting for the next end, for a tenth of a second or so.
  { source.rounds() } -> std::same_as<std::uint32_t>;
  source.awaitRound(seen);
  source.endRound();

  // With the lock held. Fills `batch` with the oldest waiting records, in order, within the budget but one at
  // least if there is one; views live until the lock is released.
  source.pending(budget, batch);
  // All waiting records up to this one are stored.
  source.stored(sequence);
  // The waiting ones from this one to that one are refused.
  source.refuse(sequence, sequence, fault);
};

/// Stores what publishers append to the log with as few commits as can be: whoever gets the lock stores all
/// that waits, in one transaction, and the others find theirs stored.
///
/// A publisher waits for rounds, not for the lock: having waited, it would have to get hold of the lock only
/// to learn that there is nothing left to do. If a holder dies, the next to look takes the lock over; records
/// that the dead one had stored already are passed over by Archive::append().
template <CommitSource Source>
class GroupCommit {
 public:
  /// Both must outlive this object. One for each process.
  GroupCommit(Archive& archive, Source& source) noexcept : archive_(archive), source_(source) {}

  /// Returns when the record with this number, which the caller has appended to the log, is stored or
  /// refused. `Lost`: the log has nothing waiting, and knows nothing of it. Any thread.
  [[nodiscard]] tl::expected<void, Fault> commit(std::uint64_t sequence) {
    for (bool nothingLeft = false;;) {
      const std::uint32_t seen = source_.rounds();
      if (const auto outcome = source_.outcome(sequence)) return *outcome;
      if (nothingLeft) return tl::unexpected(Fault{FaultCode::Lost, 0, sequence});
      switch (source_.tryLock()) {
        case Turn::Others:
          source_.awaitRound(seen);
          break;
        case Turn::Unusable:
          return tl::unexpected(Fault{FaultCode::LockUnusable});
        case Turn::Mine:
          nothingLeft = !Round(*this).storePending(sequence);
          break;
      }
    }
  }

  /// Stores the oldest of what is waiting, whosever it is, or waits while somebody else does. Any thread.
  void storeSome() {
    const std::uint32_t seen = source_.rounds();
    const Turn turn = source_.tryLock();
    if (turn == Turn::Mine) (void)Round(*this).storePending(std::nullopt);
    if (turn == Turn::Others) source_.awaitRound(seen);
  }

 private:
  /// The time that the lock is held.
  class Round {
   public:
    explicit Round(GroupCommit& commit) noexcept
        : archive_(commit.archive_), source_(commit.source_), batch_(commit.batch_) {}
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;
    ~Round() {
      source_.unlock();
      source_.endRound();  // last: whoever wakes finds the lock free
    }

    /// Stores or refuses a batch; false: nothing was waiting.
    bool storePending(std::optional<std::uint64_t> own) noexcept {
      try {
        batch_.clear();
        source_.pending(archive_.budget(), batch_);
        if (batch_.empty()) return false;
        const auto appended = archive_.append(batch_);
        if (appended)
          source_.stored(batch_.back().sequence);
        else
          refuseBatch(appended.error());
      } catch (const std::bad_alloc&) {
        // Nothing was stored. The others may have more luck.
        if (own) source_.refuse(*own, *own, Fault{FaultCode::IoError, ENOMEM});
      }
      return true;
    }

   private:
    /// But for the first ones, if they are what a holder that died had stored already.
    void refuseBatch(const Fault& fault) {
      const auto isStored = [this](const NewRecord& record) {
        return archive_.holds(record).value_or(false);
      };
      const std::uint64_t last = batch_.back().sequence;
      const auto first = std::ranges::find_if_not(batch_, isStored);
      if (first == batch_.end()) return source_.stored(last);
      const std::uint64_t firstRefused = first->sequence;
      if (first != batch_.begin()) source_.stored(std::prev(first)->sequence);
      source_.refuse(firstRefused, last, fault);
    }

    Archive& archive_;
    Source& source_;
    std::vector<NewRecord>& batch_;
  };

  Archive& archive_;
  Source& source_;
  std::vector<NewRecord> batch_;  // the lock's holder's
};

}  // namespace mercure::history

#include "hub/publishing.h"

#include <utility>

#include "history/group_commit.h"

namespace mercure::hub {

namespace {

using Kind = PublishError::Kind;
constexpr history::Fault kRetired{history::FaultCode::IoError, ESTALE};

/// So often room is made in the log in vain, nothing of anybody's being settled, before an update is refused.
constexpr int kVainAttempts = 100;

tl::unexpected<PublishError> refused(Kind kind, const history::Fault& fault = {}) {
  return tl::unexpected(PublishError{kind, fault});
}

bool isTooLarge(const NewRecord& update, const history::Archive& archive) noexcept {
  const history::NewRecord record{.topics = update.topics, .id = update.id, .event = update.event};
  return history::storedSize(record) > archive.largestRecord();
}

}  // namespace

std::string describe(const PublishError& error) {
  switch (error.kind) {
    case Kind::TooLargeForLog:
      return "larger than half of the log";
    case Kind::TooLargeForHistory:
      return "larger than the history takes";
    case Kind::LogUnusable:
      return "the log's lock is unusable";
    case Kind::HistoryUnusable:
      break;
  }
  return history::describe(error.fault);
}

Publishing::Publishing(Segment segment, History* history, const BroadcastPipe& pipe,
                       TroubleTeller& trouble) noexcept
    : segment_(segment),
      log_(segment),
      history_(history),
      pipe_(pipe),
      unsettled_(segment, pipe),
      trouble_(trouble) {
}

Publishing::Sequence Publishing::publish(const NewRecord& update) {
  Sequence sequence;
  if (history_ == nullptr) {
    sequence = append(update, {});
    if (sequence) pipe_.post();
  } else {
    const auto archive = history_->archive();
    // Nobody reads a retired log any more, and what it stores is in the way of the one that replaces it.
    if (isRetired()) return refused(Kind::HistoryUnusable, kRetired);
    sequence = segment_.header().historyMode == HistoryMode::Synced ? publishStoredFirst(update, archive)
                                                                    : publishStoredBeside(update, archive);
  }
  if (sequence) segment_.counters().published.fetch_add(1, std::memory_order_relaxed);
  return sequence;
}

/// Whoever stores the update lets it out.
Publishing::Sequence Publishing::publishStoredFirst(const NewRecord& update, const History::Opened& archive) {
  if (!archive) {
    trouble_.tell(HistoryTrouble::Kind::Refused, archive.error());
    return refused(Kind::HistoryUnusable, archive.error());
  }
  if (isTooLarge(update, **archive)) return refused(Kind::TooLargeForHistory);
  for (bool isRetry = false;; isRetry = true) {
    const auto sequence = append(update, archive);
    if (!sequence) return sequence;
    const auto stored = store(*sequence, **archive);
    if (stored) return sequence;
    // Another segment's publisher has stored more meanwhile, at a reload that replaced it with this one.
    const bool isBehind = stored.error().code == history::FaultCode::OutOfOrder;
    if (isBehind && isRetired()) return refused(Kind::HistoryUnusable, kRetired);
    if (isBehind && !isRetry && history_->continueSequence(**archive)) continue;
    trouble_.tell(HistoryTrouble::Kind::Refused, stored.error());
    return refused(Kind::HistoryUnusable, stored.error());
  }
}

Publishing::Sequence Publishing::publishStoredBeside(const NewRecord& update,
                                                     const History::Opened& archive) {
  if (archive && isTooLarge(update, **archive)) return refused(Kind::TooLargeForHistory);
  const auto sequence = append(update, archive);
  if (!sequence) return sequence;
  pipe_.post();
  const auto stored = archive ? store(*sequence, **archive) : tl::unexpected(archive.error());
  if (!stored) {
    // As above, but for the next one: this one is out.
    if (stored.error().code == history::FaultCode::OutOfOrder) (void)history_->continueSequence(**archive);
    trouble_.tell(HistoryTrouble::Kind::Lost, stored.error());
  }
  history_->noteStored();
  return sequence;
}

Publishing::Sequence Publishing::append(const NewRecord& update, const History::Opened& archive) {
  // Room that others take first is no reason to refuse: one of many publishers can lose race after race.
  const auto& settled = segment_.log().settledSequence;
  for (int inVain = 0; inVain < kVainAttempts;) {
    const std::uint64_t before = settled.load(std::memory_order_acquire);
    const auto sequence = log_.append(update);
    if (sequence) return *sequence;
    if (sequence.error() == AppendFault::TooLarge) return refused(Kind::TooLargeForLog);
    if (sequence.error() == AppendFault::LockUnusable) return refused(Kind::LogUnusable);
    makeRoom(archive);
    inVain = settled.load(std::memory_order_acquire) == before ? inVain + 1 : 0;
  }
  return refused(Kind::HistoryUnusable, history::Fault{history::FaultCode::Full});
}

/// Sees to it that something of what the log holds is settled.
void Publishing::makeRoom(const History::Opened& archive) {
  if (archive)
    history::GroupCommit(**archive, unsettled_).storeSome();
  else
    giveUp(archive.error());
}

/// Nothing that waits in the log will be stored.
void Publishing::giveUp(const history::Fault& fault) {
  const std::uint32_t seen = unsettled_.rounds();
  if (unsettled_.tryLock() != history::Turn::Mine) {
    unsettled_.awaitRound(seen);
    return;
  }
  unsettled_.refuse(0, segment_.log().sequence, fault);
  unsettled_.unlock();
  unsettled_.endRound();
}

tl::expected<void, history::Fault> Publishing::store(std::uint64_t sequence, history::Archive& archive) {
  return history::GroupCommit(archive, unsettled_).commit(sequence);
}

}  // namespace mercure::hub

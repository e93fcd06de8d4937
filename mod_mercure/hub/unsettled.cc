#include "hub/unsettled.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include "hub/archived_record.h"
#include "hub/record_format.h"
#include "hub/ring.h"

namespace mercure::hub {

namespace {

constexpr std::chrono::milliseconds kLongestWait{100};

/// Memory for records is kept between batches up to so many.
constexpr std::size_t kRecordsKept = 64;

constexpr unsigned kErrorShift = 8;

std::uint64_t packed(const history::Fault& fault) noexcept {
  return static_cast<std::uint64_t>(fault.code) | std::uint64_t{static_cast<std::uint32_t>(fault.error)}
                                                      << kErrorShift;
}

history::Fault unpacked(std::uint64_t word, std::uint64_t sequence) noexcept {
  return {static_cast<history::FaultCode>(word & 0xFFU),
          static_cast<int>(static_cast<std::uint32_t>(word >> kErrorShift)), sequence};
}

StorageRefusal& refusalAt(std::uint64_t sequence, LogState& state) noexcept {
  return state.refusals[sequence % kRefusalsKept];
}

}  // namespace

history::Turn Unsettled::tryLock() noexcept {
  switch (segment_.log().storing.tryLock()) {
    case RobustMutex::Locked::Clean:
      return history::Turn::Mine;
    case RobustMutex::Locked::OwnerDied:
      repair();
      return history::Turn::Mine;
    case RobustMutex::Locked::No:
      break;
  }
  return history::Turn::Others;
}

std::optional<tl::expected<void, history::Fault>> Unsettled::outcome(std::uint64_t sequence) const noexcept {
  LogState& state = segment_.log();
  // First: what is settled was refused before, if it was.
  const bool isSettled = state.settledSequence.load(std::memory_order_acquire) >= sequence;
  const StorageRefusal& refusal = refusalAt(sequence, state);
  const std::uint64_t refused = refusal.sequence.load(std::memory_order_acquire);
  if (refused == sequence) return tl::unexpected(unpacked(refusal.fault, sequence));
  if (!isSettled) return std::nullopt;
  // A later refusal may have taken the place of this one's.
  if (refused > sequence) return tl::unexpected(history::Fault{history::FaultCode::Lost, 0, sequence});
  return tl::expected<void, history::Fault>();
}

void Unsettled::awaitRound(std::uint32_t seen) const noexcept {
  segment_.log().rounds.await(seen, kLongestWait);
}

/// Visits what is not settled, the oldest first, until `visit` returns false. The lock is held, and so
/// nothing of it can be overwritten.
template <typename Visit>
void Unsettled::forEach(Visit visit) const noexcept {
  const LogState& state = segment_.log();
  const Ring ring(segment_.ring());
  const std::uint64_t appended = state.appended.load(std::memory_order_acquire);
  for (std::uint64_t position = state.settled; position < appended;) {
    const RecordFrame frame = readFrame(ring.at(position));
    if (!isPlausibleSize(frame.size, ring.size(), appended - position)) return;
    if (!visit(Head{position, frame.sequence}, position + frame.size)) return;
    position += frame.size;
  }
}

void Unsettled::pending(const history::Budget& budget, std::vector<history::NewRecord>& batch) {
  const std::uint64_t appended = segment_.log().appended.load(std::memory_order_acquire);
  LogReader reader(segment_, segment_.log().settled);
  std::uint64_t bytes = 0;
  std::uint64_t lastVoid = 0;
  std::size_t used = 0;
  for (;;) {
    if (used == records_.size()) records_.emplace_back();
    Record& record = records_[used];
    if (reader.nextBefore(appended, record) != LogReader::Outcome::Read) break;
    if (record.isVoid) {
      lastVoid = record.sequence;
      continue;
    }
    bytes += history::storedSize(toArchive(record));
    if (used > 0 && (used == budget.records || bytes > budget.bytes)) break;
    ++used;
  }
  // Only now: the records may have moved until here.
  batch.reserve(used);
  for (std::size_t i = 0; i < used; ++i) batch.push_back(toArchive(records_[i]));
  if (used == 0 && lastVoid != 0) settleUpTo(lastVoid);
}

void Unsettled::stored(std::uint64_t sequence) noexcept {
  settleUpTo(sequence);
  if (records_.size() > kRecordsKept) std::vector<Record>().swap(records_);
}

void Unsettled::refuse(std::uint64_t first, std::uint64_t last, const history::Fault& fault) noexcept {
  const Ring ring(segment_.ring());
  bool othersWait = false;
  forEach([&](const Head& head, std::uint64_t) {
    if (head.sequence > last) return false;
    if (head.sequence >= first)
      refuseOne(head, fault);
    else if (!isVoid(ring.at(head.position)))
      othersWait = true;
    return true;
  });
  if (!othersWait) settleUpTo(last);
}

void Unsettled::refuseOne(const Head& head, const history::Fault& fault) noexcept {
  LogState& state = segment_.log();
  const Ring ring(segment_.ring());
  const bool isVoid = segment_.header().historyMode == HistoryMode::Synced;
  if (isVoid) makeVoid(ring, head.position);
  auto& counter = isVoid ? segment_.counters().historyRefused : segment_.counters().historyLost;
  counter.fetch_add(1, std::memory_order_relaxed);
  StorageRefusal& refusal = refusalAt(head.sequence, state);
  refusal.fault.store(packed(fault), std::memory_order_release);
  refusal.sequence.store(head.sequence, std::memory_order_release);
}

/// Everything up to this record is stored or refused.
void Unsettled::settleUpTo(std::uint64_t sequence) noexcept {
  LogState& state = segment_.log();
  std::uint64_t settled = state.settled;
  std::uint64_t last = 0;
  forEach([&](const Head& head, std::uint64_t end) {
    if (head.sequence > sequence) return false;
    settled = end;
    last = head.sequence;
    return true;
  });
  if (settled == state.settled) return;
  const bool releases = segment_.header().historyMode == HistoryMode::Synced;
  if (releases) {
    state.released.store(settled, std::memory_order_release);
    state.end.set({last, settled});
  }
  state.settledSequence.store(last, std::memory_order_release);
  // Last: whoever takes over from a dead one begins here once more.
  state.settled.store(settled, std::memory_order_release);
  if (releases) pipe_.post();
}

/// After the lock's owner died: it may have made records void whose publishers it had not told yet.
void Unsettled::repair() noexcept {
  segment_.counters().repairs.fetch_add(1);
  const Ring ring(segment_.ring());
  forEach([&](const Head& head, std::uint64_t) {
    const bool isKnown = refusalAt(head.sequence, segment_.log()).sequence == head.sequence;
    if (!isKnown && isVoid(ring.at(head.position)))
      refuseOne(head, history::Fault{history::FaultCode::IoError, EINTR, head.sequence});
    return true;
  });
}

}  // namespace mercure::hub

#include "hub/log.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include <apr_siphash.h>

#include "hub/record_format.h"
#include "hub/ring.h"

namespace mercure::hub {

namespace {

std::int64_t now() noexcept {
  const auto sinceEpoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(sinceEpoch).count();
}

std::uint64_t hashOf(std::string_view id, const LogState& state) noexcept {
  return apr_siphash24(id.data(), id.size(), reinterpret_cast<const unsigned char*>(state.idKey));
}

std::atomic<std::uint64_t>& chainOf(std::uint64_t hash, LogState& state) noexcept {
  return state.ids[hash % kIdChains];
}

/// Where the tail has to be for the next `size` bytes to be overwritten. The lock is held.
std::uint64_t tailFor(std::uint64_t size, const LogState& state, const Ring& ring) noexcept {
  const std::uint64_t appended = state.appended;
  std::uint64_t tail = state.tail;
  while (appended + size - tail > ring.size()) {
    const std::uint64_t oldest = ring.at(tail).get();
    tail = isPlausibleSize(oldest, ring.size(), appended - tail) ? tail + oldest : appended;
  }
  return tail;
}

void release(const Place& end, LogState& state) noexcept {
  state.released.store(end.position, std::memory_order_release);
  state.end.set(end);
}

/// After a writer died while it held the lock. Its tail holds whatever it did, and `appended` moves past
/// whole records only; the other heads, the sequence and the chain of its id may lack the last one.
void repair(Segment segment, const Ring& ring) noexcept {
  LogState& state = segment.log();
  const std::uint64_t appended = state.appended;
  std::uint64_t position = state.tail;
  std::uint64_t newest = state.sequence;
  while (position < appended) {
    const RecordFrame frame = readFrame(ring.at(position));
    if (!isPlausibleSize(frame.size, ring.size(), appended - position)) {
      state.tail = appended;
      break;
    }
    newest = std::max(newest, frame.sequence);
    auto& chain = chainOf(frame.idHash, state);
    if (chain <= position) chain = position + 1;
    position += frame.size;
  }
  const HistoryMode mode = segment.header().historyMode;
  if (mode != HistoryMode::Synced) release({newest, appended}, state);
  if (mode == HistoryMode::None) state.settled = appended;
  state.sequence = newest;
}

/// Takes the lock of those who append, and repairs what its last owner left if that one died.
class Appending {
 public:
  explicit Appending(Segment segment) noexcept : lock_(segment.log().lock), locked_(lock_.lock()) {
    if (locked_ != RobustMutex::Locked::OwnerDied) return;
    repair(segment, Ring(segment.ring()));
    segment.counters().repairs.fetch_add(1);
  }
  Appending(const Appending&) = delete;
  Appending& operator=(const Appending&) = delete;
  ~Appending() {
    if (isUsable()) lock_.unlock();
  }
  [[nodiscard]] bool isUsable() const noexcept { return locked_ != RobustMutex::Locked::No; }

 private:
  RobustMutex& lock_;
  RobustMutex::Locked locked_;
};

/// Goes through the released records of one chain, the newest first.
class Chain {
 public:
  Chain(std::uint64_t hash, Segment segment) noexcept
      : state_(segment.log()),
        ring_(segment.ring()),
        hash_(hash),
        released_(state_.released.load(std::memory_order_acquire)),
        link_(chainOf(hash, state_).load(std::memory_order_acquire)) {}

  struct Found {
    std::uint64_t position;
    RecordFrame frame;
  };
  /// The next one that has the hash and, as far as it could be seen, the id.
  std::optional<Found> next(std::string_view id) noexcept {
    while (link_ != 0) {
      const std::uint64_t position = link_ - 1;
      const RecordFrame frame = readFrame(ring_.at(position));
      const bool isId =
          frame.idHash == hash_ && hasId(ring_.at(position), id, frame.size) && !isVoid(ring_.at(position));
      if (isGone(position)) break;
      link_ = frame.previousOfId < link_ ? frame.previousOfId : 0;
      if (isId && position < released_) return Found{position, frame};
    }
    link_ = 0;
    return std::nullopt;
  }

  [[nodiscard]] bool isGone(std::uint64_t position) const noexcept {
    return position < state_.tail.load(std::memory_order_acquire);
  }

 private:
  LogState& state_;
  const Ring ring_;
  const std::uint64_t hash_;
  const std::uint64_t released_;
  std::uint64_t link_;
};

Place placeAfter(const Chain::Found& found) noexcept {
  return {found.frame.sequence, found.position + found.frame.size};
}

}  // namespace

tl::expected<std::uint64_t, AppendFault> Log::append(const NewRecord& record) const {
  LogState& state = segment_.log();
  const Ring ring(segment_.ring());
  const auto size = encodedSize(record);
  if (!size || *size > ring.size() / kLargestPart) return tl::unexpected(AppendFault::TooLarge);

  const Appending appending(segment_);
  if (!appending.isUsable()) return tl::unexpected(AppendFault::LockUnusable);
  const std::uint64_t tail = tailFor(*size, state, ring);
  if (tail > state.settled) return tl::unexpected(AppendFault::Unsettled);
  state.tail.store(tail, std::memory_order_release);

  const std::uint64_t position = state.appended;
  const std::uint64_t end = position + *size;
  const std::uint64_t hash = hashOf(record.id, state);
  auto& chain = chainOf(hash, state);
  const RecordFrame frame{.size = *size,
                          .sequence = state.sequence + 1,
                          .publishedAt = now(),
                          .idHash = hash,
                          .previousOfId = chain};
  encode(record, frame, ring.at(position));
  const HistoryMode mode = segment_.header().historyMode;
  state.appended.store(end, std::memory_order_release);
  if (mode == HistoryMode::None) state.settled.store(end, std::memory_order_release);
  if (mode != HistoryMode::Synced) release({frame.sequence, end}, state);
  chain.store(position + 1, std::memory_order_release);
  // Last: what it says is released already.
  state.sequence.store(frame.sequence, std::memory_order_release);
  return frame.sequence;
}

bool Log::continueAfter(std::uint64_t newest) const {
  LogState& state = segment_.log();
  const Appending appending(segment_);
  if (!appending.isUsable()) return false;
  if (state.sequence >= newest) return true;
  state.sequence = newest;
  // Then nobody is settling anything.
  if (state.settled == state.appended) {
    state.settledSequence = newest;
    state.end.set({newest, state.released});
  }
  return true;
}

Place Log::end() const noexcept {
  return segment_.log().end.get();
}

Place Log::begin() const {
  const LogState& state = segment_.log();
  for (;;) {
    const std::uint64_t tail = state.tail.load(std::memory_order_acquire);
    const Place newest = end();
    if (tail >= newest.position) return newest;
    const RecordFrame oldest = readFrame(Ring(segment_.ring()).at(tail));
    if (state.tail.load(std::memory_order_acquire) == tail) return {oldest.sequence - 1, tail};
  }
}

std::optional<Place> Log::placeAfter(std::string_view id) const {
  Chain chain(hashOf(id, segment_.log()), segment_);
  std::optional<Chain::Found> oldest;
  while (const auto found = chain.next(id)) oldest = found;
  return oldest ? std::optional(hub::placeAfter(*oldest)) : std::nullopt;
}

std::optional<Place> Log::placeAfter(std::string_view id, std::uint64_t sequence) const {
  Chain chain(hashOf(id, segment_.log()), segment_);
  while (const auto found = chain.next(id))
    if (found->frame.sequence == sequence) return hub::placeAfter(*found);
  return std::nullopt;
}

std::uint64_t Log::bytesAfter(const Place& place) const noexcept {
  const LogState& state = segment_.log();
  if (place.position == kNotInLog || place.position < state.tail.load(std::memory_order_acquire))
    return kNotInLog;
  const std::uint64_t released = state.released.load(std::memory_order_acquire);
  return released > place.position ? released - place.position : 0;
}

LogReader::Outcome LogReader::next(Record& record) {
  const std::uint64_t released = segment_.log().released.load(std::memory_order_acquire);
  for (;;) {
    const Outcome outcome = nextBefore(released, record);
    if (outcome != Outcome::Read || !record.isVoid) return outcome;
  }
}

LogReader::Outcome LogReader::nextBefore(std::uint64_t head, Record& record) {
  if (position_ >= head) return Outcome::NothingNew;

  // Until the tail has been looked at once more, whatever was read may be of another record, torn, or both.
  const Ring ring(segment_.ring());
  Ring::Cursor cursor = ring.at(position_);
  const std::uint64_t size = cursor.get();
  const bool plausible = isPlausibleSize(size, ring.size(), head - position_);
  if (plausible) {
    words_.resize(size / sizeof(std::uint64_t));
    words_.front() = size;
    cursor.get(std::span(words_).subspan(1));
  }
  const std::uint64_t tail = segment_.log().tail.load(std::memory_order_acquire);
  if (tail > position_) {
    position_ = tail;
    return Outcome::Overrun;
  }
  if (!plausible || !decode(words_, record)) {
    position_ = head;
    return Outcome::Overrun;
  }
  position_ += size;
  return Outcome::Read;
}

}  // namespace mercure::hub

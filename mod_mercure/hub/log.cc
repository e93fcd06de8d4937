#include "hub/log.h"

#include <chrono>
#include <mutex>

#include "hub/record_format.h"
#include "hub/ring.h"

namespace mercure::hub {

namespace {

std::int64_t now() noexcept {
  const auto sinceEpoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(sinceEpoch).count();
}

/// Ends every record that the next `size` bytes will overwrite. The lock is held.
void makeRoom(LogState& state, const Ring& ring, std::uint64_t appended, std::uint64_t size) noexcept {
  std::uint64_t tail = state.tail;
  while (appended + size - tail > ring.size()) {
    const std::uint64_t oldest = ring.at(tail).get();
    tail = isPlausibleSize(oldest, ring.size(), appended - tail) ? tail + oldest : appended;
  }
  state.tail.store(tail, std::memory_order_release);
}

/// After a writer died while it held the lock. Its tail holds whatever it did, and `appended` moves past
/// whole records only; the heads and the sequence move one after the other and may disagree by that record.
void repair(LogState& state, const Ring& ring) noexcept {
  const std::uint64_t appended = state.appended;
  std::uint64_t position = state.tail;
  while (position < appended) {
    Ring::Cursor cursor = ring.at(position);
    const std::uint64_t size = cursor.get();
    if (!isPlausibleSize(size, ring.size(), appended - position)) {
      state.tail = appended;
      break;
    }
    state.sequence = cursor.get();
    position += size;
  }
  state.released = appended;
}

}  // namespace

tl::expected<std::uint64_t, AppendFault> Log::append(const NewRecord& record) const {
  LogState& state = segment_.log();
  const Ring ring(segment_.ring());
  const auto size = encodedSize(record);
  if (!size || *size > ring.size() / kLargestPart) return tl::unexpected(AppendFault::TooLarge);

  const auto locked = state.lock.lock();
  if (locked == RobustMutex::Locked::No) return tl::unexpected(AppendFault::LockUnusable);
  const std::lock_guard<RobustMutex> unlocking(state.lock, std::adopt_lock);
  if (locked == RobustMutex::Locked::OwnerDied) {
    repair(state, ring);
    segment_.counters().repairs.fetch_add(1);
  }

  const std::uint64_t appended = state.appended;
  const std::uint64_t sequence = state.sequence + 1;
  makeRoom(state, ring, appended, *size);
  encode(record, *size, sequence, now(), ring.at(appended));
  state.appended.store(appended + *size, std::memory_order_release);
  state.released.store(appended + *size, std::memory_order_release);
  // Last: repair() finds a newer one in the ring, but nothing could tell it that this one is too new.
  state.sequence.store(sequence, std::memory_order_release);
  return sequence;
}

std::uint64_t Log::releasedPosition() const noexcept {
  return segment_.log().released.load(std::memory_order_acquire);
}

LogReader::Outcome LogReader::next(Record& record) {
  const LogState& state = segment_.log();
  const std::uint64_t released = state.released.load(std::memory_order_acquire);
  if (position_ >= released) return Outcome::NothingNew;

  // Until the tail has been looked at once more, whatever was read may be of another record, torn, or both.
  const Ring ring(segment_.ring());
  Ring::Cursor cursor = ring.at(position_);
  const std::uint64_t size = cursor.get();
  const bool plausible = isPlausibleSize(size, ring.size(), released - position_);
  if (plausible) {
    words_.resize(size / sizeof(std::uint64_t));
    words_.front() = size;
    cursor.get(std::span(words_).subspan(1));
  }
  const std::uint64_t tail = state.tail.load(std::memory_order_acquire);
  if (tail > position_) {
    position_ = tail;
    return Outcome::Overrun;
  }
  if (!plausible || !decode(words_, record)) {
    position_ = released;
    return Outcome::Overrun;
  }
  position_ += size;
  return Outcome::Read;
}

}  // namespace mercure::hub

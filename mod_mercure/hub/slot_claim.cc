#include "hub/slot_claim.h"

#include <unistd.h>

#include <utility>

#include "hub/client_seats.h"

namespace mercure::hub {

namespace {

void clear(Segment segment, Slot& slot) noexcept {
  ClientSeats(segment).forget(slot);
  slot.streams = 0;
  slot.threadedStreams = 0;
  slot.tlsStreams = 0;
  slot.kind = SlotKind::Free;
  slot.pid = 0;
}

/// Takes the slot's lock, which only a dead owner or nobody can have; the slot is then cleared.
bool seize(Segment segment, Slot& slot) noexcept {
  const auto locked = slot.owner.tryLock();
  if (locked == RobustMutex::Locked::No) return false;
  if (locked == RobustMutex::Locked::OwnerDied) segment.counters().repairs.fetch_add(1);
  clear(segment, slot);
  return true;
}

}  // namespace

std::size_t freeDeadSlots(Segment segment) noexcept {
  std::size_t freed = 0;
  for (Slot& slot : segment.slots()) {
    if (slot.pid == 0 || !seize(segment, slot)) continue;
    slot.owner.unlock();
    ++freed;
  }
  return freed;
}

SlotClaim SlotClaim::claim(Segment segment, SlotKind kind) noexcept {
  SlotClaim claim;
  for (Slot& slot : segment.slots()) {
    if (!seize(segment, slot)) continue;
    slot.pid = getpid();  // first: freeDeadSlots() looks at slots with a pid only
    slot.kind = kind;
    claim.slot_ = &slot;
    claim.segment_.emplace(segment);
    break;
  }
  return claim;
}

SlotClaim::SlotClaim(SlotClaim&& other) noexcept
    : segment_(other.segment_), slot_(std::exchange(other.slot_, nullptr)) {
}

SlotClaim& SlotClaim::operator=(SlotClaim&& other) noexcept {
  std::swap(segment_, other.segment_);
  std::swap(slot_, other.slot_);
  return *this;
}

SlotClaim::~SlotClaim() {
  if (slot_ == nullptr) return;
  clear(*segment_, *slot_);
  slot_->owner.unlock();
}

}  // namespace mercure::hub

#include "hub/process_slots.h"

#include <algorithm>

namespace mercure::hub {

ProcessSlots::ProcessSlots(std::span<Hub* const> hubs, SlotKind kind) : kind_(kind) {
  places_.reserve(hubs.size());
  for (const Hub* const hub : hubs) places_.push_back({.hub = hub, .claim = {}});
}

void ProcessSlots::claim() {
  const std::lock_guard lock(mutex_);
  if (complete_ || released_) return;
  complete_ = true;
  for (Place& place : places_) {
    if (!place.claim) place.claim = SlotClaim::claim(place.hub->segment(), kind_);
    if (!place.claim) complete_ = false;
  }
}

void ProcessSlots::release() noexcept {
  const std::lock_guard lock(mutex_);
  released_ = true;
  for (Place& place : places_) place.claim = SlotClaim();
}

Slot* ProcessSlots::slotIn(const Hub& hub) const noexcept {
  const std::lock_guard lock(mutex_);
  const auto place = std::ranges::find(places_, &hub, &Place::hub);
  return place == places_.end() ? nullptr : place->claim.slot();
}

void ProcessSlots::markClosing() noexcept {
  const std::lock_guard lock(mutex_);
  for (const Place& place : places_)
    if (place.claim) place.claim.slot()->kind = SlotKind::ClosingKeeper;
}

void ProcessSlots::change(std::atomic<std::int64_t>& gauge, std::int64_t by) noexcept {
  const std::lock_guard lock(mutex_);
  if (!released_) gauge.fetch_add(by);
}

ClientSeats::Taken ProcessSlots::takeFor(Client client, const Hub& hub, const Slot& slot,
                                         std::uint64_t most) noexcept {
  const std::lock_guard lock(mutex_);
  if (released_) return ClientSeats::Taken::Uncounted;
  return ClientSeats(hub.segment()).take(client, slot, most);
}

void ProcessSlots::giveBack(Client client, const Hub& hub, const Slot& slot) noexcept {
  const std::lock_guard lock(mutex_);
  if (!released_) ClientSeats(hub.segment()).giveBack(client, slot);
}

}  // namespace mercure::hub

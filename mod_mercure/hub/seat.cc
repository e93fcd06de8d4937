#include <utility>

#include "hub/dispatchers.h"
#include "hub/process_slots.h"

namespace mercure::hub {

Seat::Seat(Hub& hub, std::shared_ptr<ProcessSlots> slots, Slot& slot) noexcept
    : hub_(&hub), slots_(std::move(slots)), slot_(&slot) {
  slots_->change(slot_->streams, 1);
}

Seat::Seat(Seat&& other) noexcept
    : hub_(std::exchange(other.hub_, nullptr)),
      slots_(std::move(other.slots_)),
      slot_(std::exchange(other.slot_, nullptr)),
      client_(std::exchange(other.client_, 0)),
      tls_(std::exchange(other.tls_, false)),
      threaded_(std::exchange(other.threaded_, false)) {
}

Seat& Seat::operator=(Seat&& other) noexcept {
  std::swap(hub_, other.hub_);
  std::swap(slots_, other.slots_);
  std::swap(slot_, other.slot_);
  std::swap(client_, other.client_);
  std::swap(tls_, other.tls_);
  std::swap(threaded_, other.threaded_);
  return *this;
}

void Seat::move(std::shared_ptr<ProcessSlots> slots, Slot* slot) noexcept {
  slots_ = std::move(slots);
  slot_ = slot;
  if (slot == nullptr) return;
  slots_->change(slot->streams, 1);
  if (tls_) slots_->change(slot->tlsStreams, 1);
  if (threaded_) slots_->change(slot->threadedStreams, 1);
  if (const Client client = std::exchange(client_, 0); client != 0)
    (void)countFor(client, ClientSeats::kNoLimit);
}

Seat::~Seat() {
  if (slot_ == nullptr) return;
  if (client_ != 0) slots_->giveBack(client_, *hub_, *slot_);
  uncountThreaded();
  if (tls_) slots_->change(slot_->tlsStreams, -1);
  slots_->change(slot_->streams, -1);
}

bool Seat::countFor(Client client, std::uint64_t most) noexcept {
  const ClientSeats::Taken taken = slots_->takeFor(client, *hub_, *slot_, most);
  if (taken == ClientSeats::Taken::Yes) client_ = client;
  return taken != ClientSeats::Taken::LimitReached;
}

void Seat::countTls() noexcept {
  if (slot_ == nullptr || std::exchange(tls_, true)) return;
  slots_->change(slot_->tlsStreams, 1);
}

void Seat::countThreaded() noexcept {
  if (slot_ == nullptr || std::exchange(threaded_, true)) return;
  slots_->change(slot_->threadedStreams, 1);
}

void Seat::uncountThreaded() noexcept {
  if (!std::exchange(threaded_, false)) return;
  slots_->change(slot_->threadedStreams, -1);
}

}  // namespace mercure::hub

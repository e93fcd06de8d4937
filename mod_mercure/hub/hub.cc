#include "hub/hub.h"

#include <utility>

#include "hub/slot_claim.h"

namespace mercure::hub {

Hub::Hub(std::string name, std::span<std::byte> memory, const BroadcastPipe& pipe)
    : name_(std::move(name)), segment_(memory), log_(segment_), pipe_(pipe), epoch_(segment_.header().epoch) {
}

tl::expected<std::uint64_t, AppendFault> Hub::publish(const NewRecord& update) {
  const auto sequence = log_.append(update);
  if (!sequence) return sequence;
  counters().published.fetch_add(1, std::memory_order_relaxed);
  pipe_.post();
  return sequence;
}

std::uint64_t Hub::position() const noexcept {
  return log_.releasedPosition();
}

Gauges Hub::gauges() const {
  freeDeadSlots(segment_);
  Gauges sum;
  for (const Slot& slot : segment_.slots()) {
    if (slot.pid == 0) continue;
    sum.streams += slot.streams;
    sum.threadedStreams += slot.threadedStreams;
    sum.tlsStreams += slot.tlsStreams;
    ++sum.processes;
    if (slot.kind == SlotKind::Keeper || slot.kind == SlotKind::ClosingKeeper) ++sum.keepers;
  }
  return sum;
}

void Hub::enterEpoch() noexcept {
  epoch_ = segment_.header().epoch;
}

std::optional<EndReason> Hub::isOver() const noexcept {
  if (isRetired()) return EndReason::HubRetired;
  if (segment_.header().epoch != epoch_) return EndReason::ServerStopping;
  return std::nullopt;
}

bool Hub::isRetired() const noexcept {
  return segment_.header().retired != 0;
}

void Hub::retire() const noexcept {
  segment_.header().retired = 1;
  pipe_.post();
}

}  // namespace mercure::hub

#include "hub/hub.h"

#include <utility>

#include "hub/slot_claim.h"

namespace mercure::hub {

namespace {

/// What httpd's parent may take to read its configuration once more.
constexpr std::chrono::seconds kLongestReload{10};

std::int64_t steadyNow() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

bool isAbandoned(const SegmentHeader& header) noexcept {
  const std::int64_t leftAt = header.leftAt;
  return leftAt != 0 && std::chrono::steady_clock::duration(steadyNow() - leftAt) > kLongestReload;
}

}  // namespace

void leave(Segment segment) noexcept {
  segment.header().leftAt = steadyNow();
}

void comeBack(Segment segment) noexcept {
  segment.header().leftAt = 0;
}

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
  if (isRetired() || isAbandoned(segment_.header())) return EndReason::HubRetired;
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

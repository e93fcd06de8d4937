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

Hub::Hub(std::string name, std::span<std::byte> memory, const BroadcastPipe& pipe,
         std::optional<HistoryOptions> history)
    : name_(std::move(name)),
      segment_(memory),
      log_(segment_),
      pipe_(pipe),
      history_(history ? std::make_unique<History>(*std::move(history), segment_) : nullptr),
      publishing_(segment_, history_.get(), pipe_, trouble_),
      epoch_(segment_.header().epoch) {
}

Place Hub::end() {
  // Whoever opens the archive first tells the log where its sequence goes on.
  if (history_ != nullptr) (void)history_->archive();
  return log_.end();
}

tl::expected<Place, history::Fault> Hub::begin() {
  if (history_ == nullptr) return log_.begin();
  const auto archive = history_->archive();
  if (!archive) return unreadable(archive.error());
  return Place{};
}

tl::expected<std::optional<Place>, history::Fault> Hub::placeAfter(std::string_view id) {
  if (history_ != nullptr) {
    const auto archive = history_->archive();
    if (!archive) return unreadable(archive.error());
    const auto sequence = (*archive)->positionOf(id);
    if (!sequence) return unreadable(sequence.error());
    if (*sequence) return log_.placeAfter(id, **sequence).value_or(Place{.sequence = **sequence});
  }
  return log_.placeAfter(id);
}

tl::unexpected<history::Fault> Hub::unreadable(const history::Fault& fault) {
  // Whoever comes back finds the hub that has replaced a retired one.
  if (!isRetired()) trouble_.tell(HistoryTrouble::Kind::Unreadable, fault);
  return tl::unexpected(fault);
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

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "hub/client_seats.h"
#include "hub/hub.h"
#include "hub/slot_claim.h"

namespace mercure::hub {

/// This process's slots, one a hub, in which its seats are counted. Any thread, unless a function says
/// otherwise.
class ProcessSlots {
 public:
  ProcessSlots(std::span<Hub* const> hubs, SlotKind kind);

  /// Claims the slots that are still missing. One thread only, the one that calls release() later.
  void claim();

  /// Lets go of them all; seats that still exist count nowhere from here on, for a slot may be another
  /// process's at once.
  void release() noexcept;

  /// The slot in `hub`; null while there is none.
  [[nodiscard]] Slot* slotIn(const Hub& hub) const noexcept;

  /// Says in every slot that this keeper is one too many.
  void markClosing() noexcept;

  /// Adds `by` to a gauge of one of the slots, unless they have been let go of.
  void change(std::atomic<std::int64_t>& gauge, std::int64_t by) noexcept;

  /// Counts a client's seat in the slot in `hub`, or takes it back, unless the slots have been let go of.
  [[nodiscard]] ClientSeats::Taken takeFor(Client client, const Hub& hub, const Slot& slot,
                                           std::uint64_t most) noexcept;
  void giveBack(Client client, const Hub& hub, const Slot& slot) noexcept;

 private:
  struct Place {
    const Hub* hub;
    SlotClaim claim;
  };
  const SlotKind kind_;
  mutable std::mutex mutex_;
  std::vector<Place> places_;
  bool complete_ = false;
  bool released_ = false;
};

}  // namespace mercure::hub

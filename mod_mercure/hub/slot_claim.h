#pragma once

#include <cstdint>
#include <optional>

#include "hub/segment.h"

namespace mercure::hub {

/// Frees the slots whose owners died: their gauges and clients' seats go back to nothing. Any thread; waits
/// shortly for the table of clients, and only when there is something to free. How many it freed.
std::size_t freeDeadSlots(Segment segment) noexcept;

/// A process's slot in one hub, claimed by and released on the same thread, which must live in between: the
/// slot's lock is that thread's. Other threads of the process may change the gauges through slot().
class SlotClaim {
 public:
  SlotClaim() = default;
  SlotClaim(const SlotClaim&) = delete;
  SlotClaim& operator=(const SlotClaim&) = delete;
  SlotClaim(SlotClaim&& other) noexcept;
  SlotClaim& operator=(SlotClaim&& other) noexcept;
  ~SlotClaim();

  /// Claims a free slot, or one whose owner died; an empty claim when there is none left.
  [[nodiscard]] static SlotClaim claim(Segment segment, SlotKind kind) noexcept;

  [[nodiscard]] explicit operator bool() const noexcept { return slot_ != nullptr; }
  [[nodiscard]] Slot* slot() const noexcept { return slot_; }

 private:
  std::optional<Segment> segment_;
  Slot* slot_ = nullptr;
};

}  // namespace mercure::hub

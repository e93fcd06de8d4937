#include "hub/keepers.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <tuple>

#include "hub/deadline.h"
#include "hub/slot_claim.h"

namespace mercure::hub {

namespace {

bool hasKeepers(Segment segment) {
  freeDeadSlots(segment);
  return std::ranges::any_of(segment.slots(), [](const Slot& slot) {
    return slot.kind == SlotKind::Keeper || slot.kind == SlotKind::ClosingKeeper;
  });
}

}  // namespace

void raiseEpoch(Segment segment) noexcept {
  ++segment.header().epoch;
}

bool isKeeperTooMany(std::span<const Segment> segments, std::size_t most, pid_t self) {
  std::map<pid_t, std::int64_t> streamsOf;
  for (const Segment& segment : segments) {
    for (const Slot& slot : segment.slots()) {
      const pid_t pid = slot.pid;
      if (pid != 0 && slot.kind == SlotKind::Keeper) streamsOf[pid] += slot.streams;
    }
  }
  if (streamsOf.size() <= most) return false;
  const auto byStreams = [](const auto& keeper) { return std::tuple(keeper.second, keeper.first); };
  return std::ranges::min_element(streamsOf, {}, byStreams)->first == self;
}

bool awaitNoKeepers(std::span<const Segment> segments, std::chrono::milliseconds limit) {
  constexpr timespec kStep{.tv_sec = 0, .tv_nsec = 5'000'000};
  const auto until = later(std::chrono::steady_clock::now(), limit);
  while (std::ranges::any_of(segments, hasKeepers)) {
    if (std::chrono::steady_clock::now() >= until) return false;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &kStep, nullptr);
  }
  return true;
}

}  // namespace mercure::hub

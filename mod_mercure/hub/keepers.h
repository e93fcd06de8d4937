#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>

#include "hub/segment.h"

namespace mercure::hub {

/// A new life of the server begins, or its last one ends: the streams of every process that belongs to an
/// earlier one end, once they are woken. The parent only.
void raiseEpoch(Segment segment) noexcept;

/// Whether there are more than `most` keepers, and the one of process `self` has the fewest streams: it is
/// the one to close. Keepers that are closing already do not count.
[[nodiscard]] bool isKeeperTooMany(std::span<const Segment> segments, std::size_t most, pid_t self);

/// Waits until no keeper holds a slot any more; false after `limit`. Any process.
[[nodiscard]] bool awaitNoKeepers(std::span<const Segment> segments, std::chrono::milliseconds limit);

}  // namespace mercure::hub

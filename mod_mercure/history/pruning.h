#pragma once

#include <cstdint>
#include <limits>

#include <tl/expected.hpp>

#include "history/fault.h"
#include "history/limits.h"
#include "history/transaction.h"

namespace mercure::history {

/// What an archive may hold: the oldest records go until all of it is true.
struct Bounds {
  std::uint64_t pages = std::numeric_limits<std::uint64_t>::max();  ///< in use
  std::uint64_t records = std::numeric_limits<std::uint64_t>::max();
  std::int64_t notBefore = std::numeric_limits<std::int64_t>::min();  ///< µs since 1970
};

/// Whether the oldest record, if there is one, is beyond the bounds.
[[nodiscard]] tl::expected<bool, Fault> exceeds(const Transaction& transaction, const Bounds& bounds);

struct Pruned {
  std::uint64_t parts = 0;  ///< of records, that were taken away
  bool done = false;        ///< whether the bounds hold now
};

/// Takes away the oldest records, with what stands about them in the other trees, until the bounds hold or
/// one step is done: LMDB must list what a transaction frees in consecutive pages.
[[nodiscard]] tl::expected<Pruned, Fault> pruneAStep(const Transaction& transaction, const Limits& limits,
                                                     const Bounds& bounds);

}  // namespace mercure::history

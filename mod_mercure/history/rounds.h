#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace mercure::history {

/// Counts rounds of something and lets threads of any process wait for the next one to end. Lives in place in
/// shared memory, zeroed or constructed; nothing is held, so that nobody's death matters.
class Rounds {
 public:
  [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_acquire); }

  /// Ends a round: wakes whoever waits.
  void end() noexcept;

  /// Waits until the count is no longer `seen`, at most for `limit`; may return early.
  void await(std::uint32_t seen, std::chrono::milliseconds limit) const noexcept;

 private:
  std::atomic<std::uint32_t> count_{0};
};
static_assert(sizeof(Rounds) == 4 && std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace mercure::history

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "hub/place.h"

namespace mercure::hub {

/// A place in shared memory, which one thread at a time sets and any number of them get, always as a whole.
/// One who dies while it sets it leaves the place that was there.
class SharedPlace {
 public:
  void set(const Place& place) noexcept {
    const std::uint64_t next = count_.load(std::memory_order_relaxed) + 1;
    Copy& copy = copies_[next % copies_.size()];
    copy.sequence.store(place.sequence, std::memory_order_release);
    copy.position.store(place.position, std::memory_order_release);
    count_.store(next, std::memory_order_release);
  }

  [[nodiscard]] Place get() const noexcept {
    for (;;) {
      const std::uint64_t count = count_.load(std::memory_order_acquire);
      const Copy& copy = copies_[count % copies_.size()];
      Place place;
      place.sequence = copy.sequence.load(std::memory_order_acquire);
      place.position = copy.position.load(std::memory_order_acquire);
      // Only the other copy is being changed as long as the count is the same.
      if (count_.load(std::memory_order_acquire) == count) return place;
    }
  }

 private:
  struct Copy {
    std::atomic<std::uint64_t> sequence;
    std::atomic<std::uint64_t> position;
  };
  std::array<Copy, 2> copies_;
  std::atomic<std::uint64_t> count_;
};

}  // namespace mercure::hub

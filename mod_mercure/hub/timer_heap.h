#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "hub/deadline.h"

namespace mercure::hub {

/// Something that a TimerHeap may hold: one entry, which it knows the place of.
class Timed {
 public:
  Timed() = default;
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 protected:
  ~Timed() = default;

 private:
  friend class TimerHeap;
  static constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t place_ = kNowhere;
};

/// Who is due next. An entry need not follow a deadline that moves away: whoever finds it due too early
/// schedules it again. One thread at a time.
class TimerHeap {
 public:
  /// Puts `timed` in, or moves it. Only putting in may throw std::bad_alloc.
  void schedule(Timed& timed, MonotonicTime due);

  /// As schedule(), but never to a later time than it has. It must be in the heap.
  void advance(Timed& timed, MonotonicTime due) noexcept;

  /// Nothing happens when it is not in.
  void remove(Timed& timed) noexcept;

  /// One that is due at `now`, left where it is, or null.
  [[nodiscard]] Timed* due(MonotonicTime now) const noexcept;

  /// When the next one is due; kNever when there is none.
  [[nodiscard]] MonotonicTime next() const noexcept;

 private:
  struct Entry {
    MonotonicTime due{};
    Timed* timed = nullptr;
  };
  void put(std::size_t place, Entry entry) noexcept;
  void settle(std::size_t place, Entry entry) noexcept;

  std::vector<Entry> entries_;  // a binary heap, the earliest first
};

}  // namespace mercure::hub

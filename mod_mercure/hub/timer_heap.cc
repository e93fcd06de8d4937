#include "hub/timer_heap.h"

namespace mercure::hub {

void TimerHeap::schedule(Timed& timed, MonotonicTime due) {
  if (timed.place_ == Timed::kNowhere) {
    entries_.push_back({});
    timed.place_ = static_cast<std::uint32_t>(entries_.size() - 1);
  }
  settle(timed.place_, {due, &timed});
}

void TimerHeap::advance(Timed& timed, MonotonicTime due) noexcept {
  if (due < entries_[timed.place_].due) settle(timed.place_, {due, &timed});
}

void TimerHeap::remove(Timed& timed) noexcept {
  if (timed.place_ == Timed::kNowhere) return;
  const std::size_t hole = timed.place_;
  timed.place_ = Timed::kNowhere;
  const Entry last = entries_.back();
  entries_.pop_back();
  if (last.timed != &timed) settle(hole, last);
}

Timed* TimerHeap::due(MonotonicTime now) const noexcept {
  return entries_.empty() || entries_.front().due > now ? nullptr : entries_.front().timed;
}

MonotonicTime TimerHeap::next() const noexcept {
  return entries_.empty() ? kNever : entries_.front().due;
}

void TimerHeap::put(std::size_t place, Entry entry) noexcept {
  entries_[place] = entry;
  entry.timed->place_ = static_cast<std::uint32_t>(place);
}

/// Moves up what is due before its parent, or down what is due after a child, until the order holds.
void TimerHeap::settle(std::size_t place, Entry entry) noexcept {
  for (; place > 0 && entry.due < entries_[(place - 1) / 2].due; place = (place - 1) / 2)
    put(place, entries_[(place - 1) / 2]);
  for (std::size_t child = 2 * place + 1; child < entries_.size(); child = 2 * place + 1) {
    if (child + 1 < entries_.size() && entries_[child + 1].due < entries_[child].due) ++child;
    if (entry.due <= entries_[child].due) break;
    put(place, entries_[child]);
    place = child;
  }
  put(place, entry);
}

}  // namespace mercure::hub

#include "hub/threaded_queue.h"

#include <new>
#include <utility>

namespace mercure::hub {

ThreadedQueue::ThreadedQueue(std::shared_ptr<Inbox> dispatcher, Counters& counters)
    : dispatcher_(std::move(dispatcher)), counters_(counters) {
}

ThreadedStream::Taken ThreadedQueue::take(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [this] { return !events_.empty() || ended_; });
  waiting_ = 0;
  Taken taken{.events = std::exchange(events_, {}), .ended = ended_};
  const bool tell = std::exchange(isDrainAwaited_, false);
  lock.unlock();
  if (tell && dispatcher_ != nullptr) dispatcher_->tellDrained();
  return taken;
}

void ThreadedQueue::wrote(std::uint64_t events, std::uint64_t bytes) noexcept {
  counters_.delivered.fetch_add(events, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  written_.events += events;
  written_.bytes += bytes;
}

void ThreadedQueue::finish(EndReason reason) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = reason;
  }
  if (dispatcher_ != nullptr) dispatcher_->tellFinished();
}

bool ThreadedQueue::push(const std::shared_ptr<const std::string>& event, std::size_t limit) {
  {
    const std::lock_guard lock(mutex_);
    if (!events_.empty() && (waiting_ > limit || event->size() > limit - waiting_)) return false;
    events_.push_back(event);
    waiting_ += event->size();
  }
  changed_.notify_one();
  return true;
}

void ThreadedQueue::end(EndReason reason, const std::shared_ptr<const std::string>& farewell) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = reason;
    try {
      if (farewell != nullptr) events_.push_back(farewell);
    } catch (const std::bad_alloc&) {
      // The client comes back without having been told when.
    }
  }
  changed_.notify_one();
}

bool ThreadedQueue::isDrained() noexcept {
  const std::lock_guard lock(mutex_);
  isDrainAwaited_ = !events_.empty();
  return events_.empty();
}

std::optional<EndReason> ThreadedQueue::finished() const noexcept {
  const std::lock_guard lock(mutex_);
  return finished_;
}

Stream::Tally ThreadedQueue::tally() const noexcept {
  const std::lock_guard lock(mutex_);
  return written_;
}

ThreadedFeed::ThreadedFeed(Seat seat, std::shared_ptr<ThreadedQueue> queue, Subscription subscription,
                           std::shared_ptr<const StreamLimits> limits, std::optional<MonotonicTime> endsAt)
    : Stream(std::move(seat), std::move(subscription), std::move(limits), endsAt), queue_(std::move(queue)) {
}

void ThreadedFeed::open(const Turn& turn) noexcept {
  begin(turn.now);
}

bool ThreadedFeed::push(const SharedFrame& frame, std::size_t limit, const Turn& /*turn*/) {
  return queue_->push(frame->text(), limit);
}

std::optional<EndReason> ThreadedFeed::onTimer(Turn& turn) {
  if (const auto over = lifeOver(turn.now)) return over;
  giveNotice(turn);
  return std::nullopt;
}

void ThreadedFeed::end(EndReason reason, const SharedFrame& farewell, Turn& /*turn*/) noexcept {
  std::shared_ptr<const std::string> text;
  try {
    if (farewell != nullptr) text = farewell->text();
  } catch (const std::bad_alloc&) {
    // As if there were none.
  }
  queue_->end(reason, text);
}

}  // namespace mercure::hub

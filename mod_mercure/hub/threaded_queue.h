#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "hub/inbox.h"
#include "hub/stream.h"
#include "hub/threaded_stream.h"

namespace mercure::hub {

/// What the dispatcher and the thread that writes a stream share. May outlive the dispatcher.
class ThreadedQueue final : public ThreadedStream {
 public:
  /// `dispatcher` is told when the thread has stopped, unless it is null. What was written is counted in
  /// `counters`, which must outlive this object.
  ThreadedQueue(std::shared_ptr<Inbox> dispatcher, Counters& counters);

  [[nodiscard]] Taken take(std::chrono::milliseconds wait) override;
  void wrote(std::uint64_t events, std::uint64_t bytes) noexcept override;
  void finish(EndReason reason) noexcept override;

  // The dispatcher's side.

  /// False when more than `limit` bytes would wait; an empty queue takes any one event (ANY-46). May throw
  /// std::bad_alloc.
  [[nodiscard]] bool push(const std::shared_ptr<const std::string>& event, std::size_t limit);
  /// Whether the thread has taken everything; if not, the dispatcher is told once it has.
  [[nodiscard]] bool isDrained() noexcept;
  /// Nothing comes any more but `farewell`, unless it is null. Later calls change nothing.
  void end(EndReason reason, const std::shared_ptr<const std::string>& farewell) noexcept;
  [[nodiscard]] std::optional<EndReason> finished() const noexcept;
  [[nodiscard]] Stream::Tally tally() const noexcept;

 private:
  const std::shared_ptr<Inbox> dispatcher_;
  Counters& counters_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const std::string>> events_;
  std::size_t waiting_ = 0;  // bytes in events_
  bool isDrainAwaited_ = false;
  std::optional<EndReason> ended_;
  std::optional<EndReason> finished_;
  Stream::Tally written_;
};

/// The dispatcher's end of a threaded stream.
class ThreadedFeed final : public Stream {
 public:
  ThreadedFeed(Seat seat, std::shared_ptr<ThreadedQueue> queue, Subscription subscription,
               std::shared_ptr<const StreamLimits> limits, std::optional<MonotonicTime> endsAt);

  void open(const Turn& turn) noexcept override;
  [[nodiscard]] int descriptor() const noexcept override { return -1; }
  [[nodiscard]] bool wantsWritable() const noexcept override { return false; }
  using Stream::push;
  [[nodiscard]] bool push(const SharedFrame& frame, std::size_t limit, const Turn& turn) override;
  [[nodiscard]] bool isDrained() noexcept override { return queue_->isDrained(); }
  [[nodiscard]] std::optional<EndReason> flush(Turn& /*turn*/) noexcept override { return std::nullopt; }
  [[nodiscard]] std::optional<EndReason> onReady(Turn& /*turn*/) noexcept override { return std::nullopt; }
  [[nodiscard]] std::optional<EndReason> onTimer(Turn& turn) override;
  [[nodiscard]] std::optional<EndReason> finished() const noexcept override { return queue_->finished(); }
  [[nodiscard]] MonotonicTime deadline() const noexcept override { return std::min(lifeEnd(), noticeDue()); }
  void end(EndReason reason, const SharedFrame& farewell, Turn& turn) noexcept override;
  [[nodiscard]] Tally tally() const noexcept override { return queue_->tally(); }

 private:
  std::shared_ptr<ThreadedQueue> queue_;
};

}  // namespace mercure::hub

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "hub/descriptor.h"

namespace mercure::hub {

class Replay;
class Stream;

/// Where other threads leave a dispatcher its new streams, and the bell that wakes it. Outlives the
/// dispatcher where a thread still holds one of its streams. Any thread, unless a function says otherwise.
class Inbox {
 public:
  Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  ~Inbox();

  /// False when the system refused the bell; nothing else works then.
  [[nodiscard]] bool usable() const noexcept { return static_cast<bool>(bell_); }

  /// Takes `stream` and rings. False, with `stream` left as it was, when the dispatcher has ended. May throw
  /// std::bad_alloc.
  [[nodiscard]] bool put(std::unique_ptr<Stream>& stream);

  /// Takes a batch of the past and rings; drops it when the dispatcher has ended.
  void put(std::shared_ptr<Replay> replay) noexcept;

  /// Wakes the dispatcher. Async-signal-safe.
  void ring() const noexcept;

  /// The thread that writes one of the dispatcher's streams has stopped: it had better look.
  void tellFinished() noexcept;

  /// Likewise: it has taken everything out of its queue.
  void tellDrained() noexcept;

  // The dispatcher's thread only.

  /// For epoll; can be read once somebody has rung.
  [[nodiscard]] int bell() const noexcept { return bell_.number(); }
  void silence() const noexcept;
  [[nodiscard]] std::vector<std::unique_ptr<Stream>> take();
  /// Whether anybody has called tellFinished() since the last call.
  [[nodiscard]] bool takeFinished() noexcept { return finished_.exchange(false); }
  /// Whether anybody has called tellDrained() since the last call.
  [[nodiscard]] bool takeDrained() noexcept { return drained_.exchange(false); }
  /// The first of the batches that have come, or null; Replay::takeNext() gives the next one. Of one stream
  /// there is one at a time.
  [[nodiscard]] std::shared_ptr<Replay> takeReplays();
  /// As take(), and nothing is accepted any more. Batches that have come are dropped.
  [[nodiscard]] std::vector<std::unique_ptr<Stream>> close();

 private:
  Descriptor bell_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::shared_ptr<Replay> replays_;  // the first of a chain
  bool closed_ = false;
  std::atomic<bool> finished_{false};
  std::atomic<bool> drained_{false};
};

}  // namespace mercure::hub

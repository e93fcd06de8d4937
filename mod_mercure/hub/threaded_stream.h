#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "hub/subscription.h"

namespace mercure::hub {

/// A stream whose bytes another thread writes: the dispatcher puts events into its bounded queue, the thread
/// takes them out. It ends when either side says so.
class ThreadedStream {
 public:
  virtual ~ThreadedStream() = default;

  struct Taken {
    std::vector<std::shared_ptr<const std::string>> events;  ///< unchunked bytes, in order
    std::optional<EndReason> ended;  ///< nothing more will come; `events` still holds what was queued
  };

  /// Waits until there is something to write, the stream ends, or `wait` is over. The writing thread only.
  [[nodiscard]] virtual Taken take(std::chrono::milliseconds wait) = 0;

  /// Says that events and bytes reached the client. The writing thread only.
  virtual void wrote(std::uint64_t events, std::uint64_t bytes) noexcept = 0;

  /// The writing thread has stopped; the dispatcher forgets the stream and reports its end.
  virtual void finish(EndReason reason) noexcept = 0;
};

}  // namespace mercure::hub

#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "hub/frame.h"
#include "hub/hub.h"
#include "hub/inbox.h"
#include "hub/subscription_index.h"
#include "hub/update_reader.h"

namespace mercure::hub {

class Stream;

/// So few bytes are left to read when a dispatcher takes a stream over.
inline constexpr std::uint64_t kAlmostThere = 1U << 16U;

/// What one stream missed, read on the replay thread and given to the stream's dispatcher in batches. It
/// belongs to either of them at a time: to the thread from Replayer::add() on, and to the dispatcher from
/// Inbox::takeReplays() on.
class Replay {
 public:
  /// For updates after `start` that one of `wishes` matches and, where they are private, one of `rights` too.
  /// `hub` outlives this object. May throw std::bad_alloc.
  Replay(Hub& hub, std::shared_ptr<Inbox> dispatcher, const Place& start, std::span<const Matcher> wishes,
         std::span<const Matcher> rights);
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;
  ~Replay();

  enum class Then {
    More,    ///< there are more to come, or little is left and stands in the log
    Lost,    ///< what comes next is kept nowhere any more
    Failed,  ///< no memory
  };
  struct Batch {
    std::vector<SharedFrame> frames;
    Place end;  ///< everything up to here has been read
    Then then = Then::More;
  };

  // The replay thread's.

  /// Reads on for a while; whether the batch is complete.
  [[nodiscard]] bool readSome() noexcept;
  /// Gives it to its dispatcher, if that is there.
  static void deliver(std::shared_ptr<Replay> replay) noexcept;

  // The dispatcher's.

  [[nodiscard]] Batch takeBatch() noexcept { return std::exchange(batch_, {}); }
  /// Nobody waits for it any more. Also while the thread has it.
  void cancel() noexcept { isCancelled_ = true; }

  Stream* stream = nullptr;   ///< whose it is; null once that has ended
  bool isWithThread = false;  ///< it has been added to the thread, and has not come back

  // The inbox's: a chain of those that have come.
  void putBefore(std::shared_ptr<Replay> others) noexcept { next_ = std::move(others); }
  [[nodiscard]] std::shared_ptr<Replay> takeNext() noexcept { return std::move(next_); }

 private:
  [[nodiscard]] bool readUpdate();

  class Reader : public Subscriber {};
  const std::shared_ptr<Inbox> dispatcher_;
  Hub& hub_;
  SubscriptionIndex index_;
  Reader reader_;
  UpdateReader updates_;
  Record record_;
  std::vector<Subscriber*> found_;
  Batch batch_;
  std::size_t batchBytes_ = 0;
  std::atomic<bool> isCancelled_{false};
  std::shared_ptr<Replay> next_;
};

}  // namespace mercure::hub

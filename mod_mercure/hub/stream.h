#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "hub/deadline.h"
#include "hub/dispatchers.h"
#include "hub/frame.h"
#include "hub/subscription_index.h"
#include "hub/timer_heap.h"

namespace mercure::hub {

class HubFeed;
class Replay;

/// What a dispatcher lends its streams while it goes round once.
struct Turn {
  MonotonicTime now;
  std::span<char> scratch;  ///< memory for reading and gathering, of at least kTlsRecord bytes
  SharedFrame heartbeat;    ///< the same for all
  std::size_t delivered =
      0;  ///< events that streams have handed to the kernel, for the dispatcher to collect
};

/// One subscriber's stream as its dispatcher sees it, whoever writes it. Made by any thread, then touched by
/// one dispatcher's thread only.
class Stream : public Subscriber, public Timed {
 public:
  Stream(Seat seat, Subscription subscription, std::shared_ptr<const StreamLimits> limits,
         std::optional<MonotonicTime> endsAt);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream();

  /// Called once, when its first dispatcher has it.
  virtual void open(const Turn& turn) noexcept = 0;

  /// The socket for the dispatcher to watch, or -1 when another thread writes the stream.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
  [[nodiscard]] virtual bool wantsWritable() const noexcept = 0;

  /// Queues a frame; false when more than `limit` bytes would wait. May throw std::bad_alloc.
  [[nodiscard]] virtual bool push(const SharedFrame& frame, std::size_t limit, const Turn& turn) = 0;
  [[nodiscard]] bool push(const SharedFrame& frame, const Turn& turn) {
    return push(frame, limits().sendBuffer, turn);
  }

  /// Whether nothing waits in its queue. If something does, the dispatcher hears when that has changed: by
  /// the socket, or by Inbox::tellDrained().
  [[nodiscard]] virtual bool isDrained() noexcept = 0;

  // Each of these may say why the stream must end now.

  /// Hands over as much of the queue as the socket takes now.
  [[nodiscard]] virtual std::optional<EndReason> flush(Turn& turn) noexcept = 0;
  /// The socket can be read or written.
  [[nodiscard]] virtual std::optional<EndReason> onReady(Turn& turn) noexcept = 0;
  /// Does what is due at `turn.now`; afterwards deadline() lies later. May throw std::bad_alloc.
  [[nodiscard]] virtual std::optional<EndReason> onTimer(Turn& turn) = 0;
  /// The thread that writes the stream has stopped.
  [[nodiscard]] virtual std::optional<EndReason> finished() const noexcept = 0;

  /// When onTimer() is to be called, as things stand.
  [[nodiscard]] virtual MonotonicTime deadline() const noexcept = 0;

  /// Ends it towards the client, `farewell` (or null) being the last that is sent.
  virtual void end(EndReason reason, const SharedFrame& farewell, Turn& turn) noexcept = 0;

  struct Tally {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] virtual Tally tally() const noexcept = 0;

  [[nodiscard]] Hub& hub() const noexcept { return *seat_.hub(); }
  [[nodiscard]] Subscription& subscription() noexcept { return subscription_; }

  /// Counts it in another process's slot from now on; the old one's owner has let go of it or is about to.
  void moveSeat(std::shared_ptr<ProcessSlots> slots, Slot* slot) noexcept {
    seat_.move(std::move(slots), slot);
  }

  /// Makes it end at `moment` for `reason`, unless it ends earlier.
  void endBy(MonotonicTime moment, EndReason reason) noexcept;

  /// Works out anew when the token expires, after the wall clock was set.
  void retime(MonotonicTime now, WallTime wall) noexcept;
  [[nodiscard]] bool expires() const noexcept { return subscription_.expires.has_value(); }

  /// What its end is reported as.
  [[nodiscard]] StreamEnd report(EndReason reason, MonotonicTime now) const noexcept;

 protected:
  [[nodiscard]] const StreamLimits& limits() const noexcept { return *limits_; }
  void begin(MonotonicTime now) noexcept;

  /// When its time is over at the latest, by the token or by the duration.
  [[nodiscard]] MonotonicTime lifeEnd() const noexcept;

  /// When giveNotice() is to be called.
  [[nodiscard]] MonotonicTime noticeDue() const noexcept { return noticeAt_; }
  /// Queues a notice of the token's expiry if it is time for one. May throw std::bad_alloc.
  void giveNotice(const Turn& turn);
  /// Why it is over at `now`, if it is; looks at the wall clock.
  [[nodiscard]] std::optional<EndReason> lifeOver(MonotonicTime now) noexcept;

 private:
  [[nodiscard]] ExpiryNotices notices() const noexcept;

  Seat seat_;
  Subscription subscription_;
  std::shared_ptr<const StreamLimits> limits_;
  MonotonicTime endsAt_;
  EndReason endsFor_ = EndReason::DurationReached;
  std::uint8_t noticesTold_ = 0;
  MonotonicTime expiresAt_ = kNever;
  MonotonicTime noticeAt_ = kNever;
  MonotonicTime openedAt_{};

 public:
  /// The dispatcher's own notes on the stream.
  struct Notes {
    bool opened = false;  ///< by this dispatcher or an earlier one
    HubFeed* feed = nullptr;
    std::shared_ptr<Replay> replay;  ///< while it reads what it missed
    std::optional<EndReason> doom;   ///< why it is to end, or has ended
    Stream* nextDoomed = nullptr;
    Stream* nextTouched = nullptr;
    std::uint32_t place = 0;  ///< in the dispatcher's list
    bool concluded = false;   ///< has ended towards the client
    bool touched = false;     ///< has something to flush
    bool watchedForWriting = false;
  } notes;
};

}  // namespace mercure::hub

#pragma once

#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include "hub/descriptor.h"
#include "hub/hub_feed.h"
#include "hub/inbox.h"
#include "hub/process_slots.h"
#include "hub/replayer.h"
#include "hub/stream.h"
#include "hub/timer_heap.h"
#include "hub/transport.h"

namespace mercure::hub {

/// What is asked of all of a process's dispatchers; set by any thread or signal handler, each then rings.
struct Requests {
  std::atomic<bool> end{false};
  std::atomic<bool> setAside{false};  ///< the end is to leave streams with a socket open
  std::atomic<bool> endThreaded{false};
  std::atomic<std::int64_t> endWithin{
      -1};                      ///< streams are to end within so many milliseconds; -1: they are not
  std::atomic<int> running{0};  ///< dispatchers that have not ended yet
  std::atomic<int> letGo{0};    ///< not 0: the slots may be let go of; to be waited for
};

/// One thread, and the streams that it carries.
class Dispatcher {
 public:
  /// Everything referred to must outlive the dispatcher. `slots` is null but for the first dispatcher, whose
  /// thread holds the process's slots.
  struct Setup {
    std::span<Hub* const> hubs;
    const BroadcastPipe& pipe;
    const EndObserver& streamEnded;
    Requests& requests;
    Replayer& replayer;
    ProcessSlots* slots;
  };

  // These may be called by any thread.

  explicit Dispatcher(const Setup& setup);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  ~Dispatcher();

  /// Starts the thread, every signal blocked in it; when it returns true the slots are claimed. False when
  /// the system refuses a thread or a descriptor. Once.
  [[nodiscard]] bool start();
  /// Waits for the thread's end.
  void join();

  /// Takes `stream` over; false, with `stream` left as it was, once the thread has ended. May throw
  /// std::bad_alloc.
  [[nodiscard]] bool add(std::unique_ptr<Stream>& stream);

  /// Waits until its streams have been set aside, and gives them.
  [[nodiscard]] std::vector<std::unique_ptr<Stream>> takeAside();

  /// Streams it has, those still on their way to it included.
  [[nodiscard]] std::size_t load() const noexcept { return load_; }

  /// For streams that reach beyond the dispatcher's life.
  [[nodiscard]] const std::shared_ptr<Inbox>& inbox() const noexcept { return inbox_; }

  /// Makes it look at the requests. Async-signal-safe.
  void ring() const noexcept { inbox_->ring(); }

 private:
  // The rest is the thread's own.

  void run() noexcept;
  void goRound();
  void finish() noexcept;
  void setAside() noexcept;
  void retain(Stream& stream) noexcept;

  void awaitEvents();
  [[nodiscard]] int waitTime() const noexcept;
  void takeArrivals();
  void open(Stream& stream) noexcept;
  void admit(std::unique_ptr<Stream> arrival);
  void proceed(Stream& stream) noexcept;
  void replay(Stream& stream);
  void takeReplays();
  void takeBatch(Stream& stream);
  void forgetReplay(Stream& stream) noexcept;
  void settleDrained() noexcept;
  void joinFeeds();
  void joinFeed(HubFeed& feed);
  [[nodiscard]] bool catchUp(HubFeed& feed, std::span<Stream* const> joining);
  void relayUpdates();
  template <typename Source>
  [[nodiscard]] LogReader::Outcome relaySome(Source& source);
  void deliver(Stream& stream, const SharedFrame& frame) noexcept;
  void flush(Stream& stream) noexcept;
  void flushTouched() noexcept;
  void fireTimers() noexcept;
  void lookAround();
  void settle(Stream& stream) noexcept;
  void watchPipe(bool wanted) noexcept;

  void doom(Stream& stream, EndReason reason) noexcept;
  void doomAll(const HubFeed& feed, EndReason reason) noexcept;
  void doomSubscribed(const HubFeed& feed, EndReason reason) noexcept;
  void doomThreaded() noexcept;
  void doomWithdrawn(HubFeed& feed) noexcept;
  void spreadEnds(std::chrono::milliseconds within) noexcept;
  void reap() noexcept;
  void conclude(Stream& stream) noexcept;
  void end(Stream& stream, EndReason reason) noexcept;
  void reapFinished() noexcept;
  void discharge(Stream& stream) noexcept;
  void report(const Stream& stream, EndReason reason) noexcept;
  void dismiss(Stream& stream, EndReason reason) noexcept;

  const Setup setup_;
  const std::shared_ptr<Inbox> inbox_;
  Descriptor poll_;
  std::atomic<std::size_t> load_{0};
  std::latch ready_{1};
  std::latch aside_{1};

  std::vector<HubFeed> feeds_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<Stream*> threaded_;  // those among them that have no socket
  TimerHeap timers_;
  Stream* doomed_ = nullptr;   // chained by nextDoomed
  Stream* touched_ = nullptr;  // chained by nextTouched
  Turn turn_;
  Delivery delivery_;
  MonotonicTime nextLook_{};
  ClockWatch clock_;
  std::minstd_rand random_;
  bool more_ = false;    // the log has more than was read
  bool ending_ = false;  // the streams' ends have been spread
  bool pipeWatched_ = false;
  std::array<char, kTlsRecord> scratch_{};

  std::thread thread_;
};

}  // namespace mercure::hub

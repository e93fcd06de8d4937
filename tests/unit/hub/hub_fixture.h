#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/temporary_directory.h"
#include "hub/child_process.h"
#include "hub/dispatchers.h"
#include "hub/hub.h"
#include "hub/pipe_fixture.h"
#include "hub/shared_segment.h"
#include "hub/stream_client.h"
#include "hub/threaded_stream.h"

namespace mercure::hub::test {

struct Topics {
  Topics(std::initializer_list<std::string> all) : texts(all) {}
  Topics(std::vector<std::string> all) : texts(std::move(all)) {}
  std::vector<std::string> texts;
};

/// The kind of segment that a hub with such a history has.
[[nodiscard]] inline HistoryMode modeOf(const std::optional<HistoryOptions>& history) {
  if (!history) return HistoryMode::None;
  return history->sync ? HistoryMode::Synced : HistoryMode::Written;
}

/// One hub, and a process's dispatchers for it.
class HubFixture {
 public:
  /// A history without a directory gets one of its own.
  explicit HubFixture(std::size_t logSize = 1U << 20U, DispatcherOptions options = {},
                      std::optional<HistoryOptions> history = {})
      : shared_(logSize, 4, modeOf(history)),
        hub_("example.com", shared_.bytes(), pipe_, placed(std::move(history))),
        hubs_{&hub_} {
    limits_.heartbeat = std::chrono::milliseconds(0);
    limits_.sendTimeout = std::chrono::milliseconds(0);
    ends_.reserve(1000);  // a dispatcher that is refused memory must still get its reports through
    options.streamEnded = [this](const StreamEnd& end) { note(end); };
    dispatchers_.emplace(hubs_, pipe_, std::move(options));
  }

  [[nodiscard]] Hub& hub() { return hub_; }
  [[nodiscard]] Counters& counters() { return hub_.counters(); }
  [[nodiscard]] Dispatchers& dispatchers() { return *dispatchers_; }
  /// Ends the dispatchers as their destructor does.
  void destroyDispatchers() { dispatchers_.reset(); }

  /// Dispatchers beside the first ones, as another process has them; their ends are noted here too.
  [[nodiscard]] std::unique_ptr<Dispatchers> moreDispatchers(SlotKind kind = SlotKind::Keeper) {
    DispatcherOptions options{
        .kind = kind, .maxDispatchers = 2, .streamsBeforeAnother = 2, .streamEnded = {}};
    options.streamEnded = [this](const StreamEnd& end) { note(end); };
    return std::make_unique<Dispatchers>(hubs_, pipe_, std::move(options));
  }

  /// The first slot of this kind; null when there is none.
  [[nodiscard]] Slot* slotOf(SlotKind kind) {
    const auto slots = hub_.segment().slots();
    const auto found = std::ranges::find_if(slots, [kind](const Slot& slot) { return slot.kind == kind; });
    return found == slots.end() ? nullptr : &*found;
  }

  /// Wakes every dispatcher, as the parent does after it has changed something for all.
  void wake() { pipe_.post(); }

  /// For streams that are added from now on.
  [[nodiscard]] StreamLimits& limits() { return limits_; }

  [[nodiscard]] Matcher selector(std::string_view text) {
    auto made = cache_.get(protocol::MatcherType::Selector, text, {});
    if (!made) std::abort();
    return *made;
  }

  [[nodiscard]] Subscription subscription(const Topics& wishes, const Topics& rights = {}) {
    Subscription result;
    result.subscriberId = "urn:uuid:" + std::to_string(++subscribers_);
    for (const auto& text : wishes.texts) result.matchers.push_back(selector(text));
    for (const auto& text : rights.texts) result.rights.push_back(selector(text));
    result.start = hub_.end();
    return result;
  }

  [[nodiscard]] Seat seat() {
    auto taken = dispatchers_->takeSeat(hub_, {});
    if (!taken) std::abort();
    return std::move(*taken);
  }

  void add(StreamClient& client, Subscription subscription, std::optional<MonotonicTime> endsAt = {}) {
    dispatchers_->add(seat(), client.takeServerEnd(), std::move(subscription),
                      std::make_shared<const StreamLimits>(limits_), endsAt);
  }
  [[nodiscard]] std::shared_ptr<ThreadedStream> addThreaded(Subscription subscription,
                                                            std::optional<MonotonicTime> endsAt = {}) {
    return dispatchers_->addThreaded(seat(), std::move(subscription),
                                     std::make_shared<const StreamLimits>(limits_), endsAt);
  }

  void publish(const Topics& topics, std::string_view event, bool isPrivate = false,
               std::string_view id = "urn:id") {
    const auto done =
        hub_.publish({.topics = topics.texts, .id = id, .event = event, .flags = {.isPrivate = isPrivate}});
    if (!done) std::abort();
  }

  struct Ended {
    std::string subscriberId;
    EndReason reason;
    std::uint64_t events;
    std::uint64_t bytes;
  };
  /// The ends reported so far.
  [[nodiscard]] std::vector<Ended> ends() {
    const std::lock_guard lock(mutex_);
    return ends_;
  }
  [[nodiscard]] bool awaitEnds(std::size_t count) {
    return await([&] { return ends().size() >= count; });
  }
  /// The reason of the one end that there has been, once it is there.
  [[nodiscard]] std::optional<EndReason> awaitEnd() {
    return awaitEnds(1) ? std::optional(ends().front().reason) : std::nullopt;
  }

  /// As long as it lives a dispatcher that reports an end waits in its observer.
  class Stall {
   public:
    explicit Stall(HubFixture& fixture) : fixture_(fixture) {
      const std::lock_guard lock(fixture.mutex_);
      fixture.stalled_ = true;
    }
    Stall(const Stall&) = delete;
    Stall& operator=(const Stall&) = delete;
    ~Stall() {
      const std::lock_guard lock(fixture_.mutex_);
      fixture_.stalled_ = false;
      fixture_.changed_.notify_all();
    }
    /// Waits until a dispatcher has come to report an end.
    [[nodiscard]] bool await() const {
      std::unique_lock lock(fixture_.mutex_);
      return fixture_.changed_.wait_for(lock, kPatience, [this] { return fixture_.reporting_ > 0; });
    }
    /// Lets it go on to the next end that it has to report.
    void pass() const {
      std::unique_lock lock(fixture_.mutex_);
      ++fixture_.passes_;
      fixture_.changed_.notify_all();
      fixture_.changed_.wait(lock, [this] { return fixture_.passes_ == 0; });
    }

   private:
    HubFixture& fixture_;
  };

  [[nodiscard]] bool awaitDelivered(std::uint64_t count) {
    return await([&] { return counters().delivered >= count; });
  }

 private:
  void note(const StreamEnd& end) {
    std::unique_lock lock(mutex_);
    ++reporting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !stalled_ || passes_ > 0; });
    --reporting_;
    passes_ = 0;
    changed_.notify_all();
    ends_.push_back({std::string(end.subscriberId), end.reason, end.events, end.bytes});
  }

  std::optional<HistoryOptions> placed(std::optional<HistoryOptions> history) {
    if (history && history->directory.empty()) history->directory = directory_.emplace().path();
    return history;
  }

  PipeFixture fixture_;
  BroadcastPipe pipe_ = fixture_.pipe();
  std::optional<history::test::TemporaryDirectory> directory_;
  SharedSegment shared_;
  Hub hub_;
  std::vector<Hub*> hubs_;
  MatcherCache cache_{1U << 28U};
  StreamLimits limits_;
  int subscribers_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stalled_ = false;
  int passes_ = 0;     // a dispatcher's report that the stall lets through
  int reporting_ = 0;  // dispatchers that have come to report an end
  std::vector<Ended> ends_;
  std::optional<Dispatchers> dispatchers_;  // last: its threads use what stands above
};

}  // namespace mercure::hub::test

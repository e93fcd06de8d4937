#pragma once

#include <atomic>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  std::vector<std::string> texts;
};

/// One hub, and a process's dispatchers for it.
class HubFixture {
 public:
  explicit HubFixture(std::size_t logSize = 1U << 20U, DispatcherOptions options = {})
      : shared_(logSize), hub_("example.com", shared_.bytes(), pipe_), hubs_{&hub_} {
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

  /// For streams that are added from now on.
  [[nodiscard]] StreamLimits& limits() { return limits_; }

  [[nodiscard]] Selector selector(std::string_view text) {
    auto made = cache_.get(text);
    if (!made) std::abort();
    return *made;
  }

  [[nodiscard]] Subscription subscription(const Topics& wishes, const Topics& rights = {}) {
    Subscription result;
    result.subscriberId = "urn:uuid:" + std::to_string(++subscribers_);
    for (const auto& text : wishes.texts) result.selectors.push_back(selector(text));
    for (const auto& text : rights.texts) result.rights.push_back(selector(text));
    result.from = hub_.position();
    return result;
  }

  [[nodiscard]] Seat seat() {
    auto taken = dispatchers_->takeSeat(hub_, 0);
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

  void publish(const Topics& topics, std::string_view event, bool isPrivate = false) {
    const auto done = hub_.publish(
        {.topics = topics.texts, .id = "urn:id", .event = event, .flags = {.isPrivate = isPrivate}});
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

  /// As long as it lives the dispatcher that reports the next end waits in its observer.
  class Stall {
   public:
    explicit Stall(HubFixture& fixture) : fixture_(fixture), lock_(fixture.mutex_) {}
    /// Waits until a dispatcher has come to report an end.
    [[nodiscard]] bool await() const {
      return test::await([this] { return fixture_.reporting_.load(); });
    }

   private:
    HubFixture& fixture_;
    std::unique_lock<std::mutex> lock_;
  };

  [[nodiscard]] bool awaitDelivered(std::uint64_t count) {
    return await([&] { return counters().delivered >= count; });
  }

 private:
  void note(const StreamEnd& end) {
    reporting_ = true;
    const std::lock_guard lock(mutex_);
    ends_.push_back({std::string(end.subscriberId), end.reason, end.events, end.bytes});
    reporting_ = false;
  }

  PipeFixture fixture_;
  BroadcastPipe pipe_ = fixture_.pipe();
  SharedSegment shared_;
  Hub hub_;
  std::vector<Hub*> hubs_;
  SelectorCache cache_{1U << 28U};
  StreamLimits limits_;
  int subscribers_ = 0;
  std::mutex mutex_;
  std::atomic<bool> reporting_{false};
  std::vector<Ended> ends_;
  std::optional<Dispatchers> dispatchers_;  // last: its threads use what stands above
};

}  // namespace mercure::hub::test

#include "hub/dispatchers.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "hub/dispatcher.h"
#include "hub/process_slots.h"
#include "hub/replayer.h"
#include "hub/slot_claim.h"
#include "hub/socket_stream.h"
#include "hub/threaded_queue.h"

namespace mercure::hub {

namespace {

/// As Hub::gauges() but of one gauge, and without a look at whether the slots' owners are still alive.
std::int64_t sum(const Hub& hub, std::atomic<std::int64_t> Slot::*gauge) noexcept {
  std::int64_t total = 0;
  for (const Slot& slot : hub.segment().slots()) total += slot.*gauge;
  return total;
}

}  // namespace

struct Dispatchers::State {
  State(std::span<Hub* const> theHubs, const BroadcastPipe& thePipe, DispatcherOptions theOptions)
      : hubs(theHubs.begin(), theHubs.end()),
        pipe(thePipe),
        options(std::move(theOptions)),
        slots(std::make_shared<ProcessSlots>(hubs, options.kind)) {
    options.maxDispatchers = std::max<std::size_t>(options.maxDispatchers, 1);
    all.reserve(options.maxDispatchers);  // so that a signal handler may read it
  }

  [[nodiscard]] bool startAnother();
  [[nodiscard]] Dispatcher* first();
  [[nodiscard]] Dispatcher* choose();
  void hand(std::unique_ptr<Stream> stream, Dispatcher* dispatcher);
  void ringAll() const noexcept;

  const std::vector<Hub*> hubs;
  const BroadcastPipe& pipe;
  DispatcherOptions options;
  Requests requests;
  Replayer replayer;
  const std::shared_ptr<ProcessSlots> slots;

  std::mutex starting;
  std::vector<std::unique_ptr<Dispatcher>> all;  // grows under the mutex, and only up to its capacity
  std::atomic<std::size_t> started{0};           // how many of them are there
};

/// Under the mutex.
bool Dispatchers::State::startAnother() {
  if (requests.end) return false;
  try {
    auto dispatcher =
        std::make_unique<Dispatcher>(Dispatcher::Setup{.hubs = hubs,
                                                       .pipe = pipe,
                                                       .streamEnded = options.streamEnded,
                                                       .requests = requests,
                                                       .replayer = replayer,
                                                       .slots = all.empty() ? slots.get() : nullptr});
    if (!dispatcher->start()) return false;
    all.push_back(std::move(dispatcher));
  } catch (const std::bad_alloc&) {
    return false;
  }
  started = all.size();
  // Whoever asked for the end a moment ago has not seen it.
  if (requests.end) all.back()->ring();
  return true;
}

/// The one that holds the slots, started when it does not run yet; null when it can't be.
Dispatcher* Dispatchers::State::first() {
  if (started > 0) return all.front().get();
  const std::lock_guard lock(starting);
  return all.empty() && !startAnother() ? nullptr : all.front().get();
}

/// The one that is to have the next stream; null when none runs and none can be started.
Dispatcher* Dispatchers::State::choose() {
  const std::lock_guard lock(starting);
  if (all.empty() && !startAnother()) return nullptr;
  const auto byLoad = [](const auto& dispatcher) { return dispatcher->load(); };
  const auto& least = *std::ranges::min_element(all, {}, byLoad);
  const bool another = least->load() >= options.streamsBeforeAnother && all.size() < options.maxDispatchers;
  return another && startAnother() ? all.back().get() : least.get();
}

/// Ends the stream when no dispatcher takes it any more.
void Dispatchers::State::hand(std::unique_ptr<Stream> stream, Dispatcher* dispatcher) {
  if (dispatcher != nullptr && dispatcher->add(stream)) return;
  std::array<char, kTlsRecord> scratch;  // NOLINT(*-member-init): only written to
  Turn turn{.now = std::chrono::steady_clock::now(), .scratch = scratch, .heartbeat = nullptr};
  const bool counted = stream->notes.opened;
  if (!counted) stream->open(turn);
  stream->end(EndReason::ServerStopping, nullptr, turn);
  if (!counted) return;
  stream->hub().counters().streamsClosed.fetch_add(1, std::memory_order_relaxed);
  if (options.streamEnded) options.streamEnded(stream->report(EndReason::ServerStopping, turn.now));
}

void Dispatchers::State::ringAll() const noexcept {
  const std::size_t count = started;
  for (std::size_t i = 0; i < count; ++i) all[i]->ring();
}

Dispatchers::Dispatchers(std::span<Hub* const> hubs, const BroadcastPipe& pipe, DispatcherOptions options)
    : state_(std::make_unique<State>(hubs, pipe, std::move(options))) {
}

Dispatchers::~Dispatchers() {
  stop();
}

tl::expected<Seat, OpenFault> Dispatchers::takeSeat(Hub& hub, const SeatLimits& limits, Client client) {
  if (state_->requests.end) return tl::unexpected(OpenFault::Stopping);
  Dispatcher* const first = state_->first();
  if (first == nullptr) return tl::unexpected(OpenFault::NoThread);
  Slot* const slot = state_->slots->slotIn(hub);
  if (slot == nullptr) {
    first->ring();  // it tries once more to claim one, for those who come later
    return tl::unexpected(OpenFault::NoSlot);
  }
  Seat seat(hub, state_->slots, *slot);
  // Processes that died hold seats until somebody looks, which costs more than a sum.
  const bool full = limits.streams > 0 && sum(hub, &Slot::streams) > limits.streams &&
                    hub.gauges().streams > limits.streams;
  if (full) return tl::unexpected(OpenFault::TooManyStreams);
  if (limits.ofClient == 0 || client == 0 || seat.countFor(client, limits.ofClient)) return seat;
  // Whoever frees them, here or elsewhere at the same moment, there may be room now.
  freeDeadSlots(hub.segment());
  if (!seat.countFor(client, limits.ofClient)) return tl::unexpected(OpenFault::TooManyOfClient);
  return seat;
}

tl::expected<void, OpenFault> Dispatchers::makeThreaded(Seat& seat, std::int64_t maxThreaded) {
  seat.countThreaded();
  std::int64_t quick = 0;
  for (const Hub* const hub : state_->hubs) quick += sum(*hub, &Slot::threadedStreams);
  if (quick <= maxThreaded) return {};
  std::int64_t exact = 0;
  for (const Hub* const hub : state_->hubs) exact += hub->gauges().threadedStreams;
  if (exact <= maxThreaded) return {};
  seat.uncountThreaded();
  return tl::unexpected(OpenFault::TooManyThreadedStreams);
}

void Dispatchers::add(Seat seat, HandedOverConnection connection, Subscription subscription,
                      std::shared_ptr<const StreamLimits> limits, std::optional<MonotonicTime> endsAt) {
  if (connection.tls != nullptr) seat.countTls();
  try {
    state_->hand(std::make_unique<SocketStream>(std::move(seat), std::move(connection),
                                                std::move(subscription), std::move(limits), endsAt),
                 state_->choose());
  } catch (const std::bad_alloc&) {
    // What was given is let go of, and so the connection is closed.
  }
}

std::shared_ptr<ThreadedStream> Dispatchers::addThreaded(Seat seat, Subscription subscription,
                                                         std::shared_ptr<const StreamLimits> limits,
                                                         std::optional<MonotonicTime> endsAt) {
  Dispatcher* const dispatcher = state_->choose();
  seat.countThreaded();
  auto queue = std::make_shared<ThreadedQueue>(dispatcher == nullptr ? nullptr : dispatcher->inbox(),
                                               seat.hub()->counters());
  state_->hand(std::make_unique<ThreadedFeed>(std::move(seat), queue, std::move(subscription),
                                              std::move(limits), endsAt),
               dispatcher);
  return queue;
}

void Dispatchers::endThreadedStreams() noexcept {
  state_->requests.endThreaded = true;
  state_->ringAll();
}

void Dispatchers::requestEnd() noexcept {
  state_->requests.end = true;
  state_->ringAll();
}

bool Dispatchers::awaitEnd(std::chrono::milliseconds limit) noexcept {
  constexpr timespec kStep{.tv_sec = 0, .tv_nsec = 1'000'000};
  const auto until = later(std::chrono::steady_clock::now(), limit);
  while (state_->requests.running > 0) {
    if (std::chrono::steady_clock::now() >= until) return false;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &kStep, nullptr);
  }
  return true;
}

void Dispatchers::stop() {
  requestEnd();
  letGo();
}

std::vector<std::unique_ptr<Stream>> Dispatchers::setAside() {
  state_->requests.setAside = true;
  requestEnd();
  const std::lock_guard lock(state_->starting);
  std::vector<std::unique_ptr<Stream>> aside;
  for (const auto& dispatcher : state_->all) {
    auto streams = dispatcher->takeAside();
    std::ranges::move(streams, std::back_inserter(aside));
  }
  state_->replayer.stop();
  return aside;
}

void Dispatchers::letGo() {
  state_->requests.letGo = 1;
  state_->requests.letGo.notify_all();
  const std::lock_guard lock(state_->starting);
  for (const auto& dispatcher : state_->all) dispatcher->join();
  state_->replayer.stop();
}

void Dispatchers::adopt(std::unique_ptr<Stream> stream) {
  Dispatcher* const dispatcher = state_->choose();
  stream->moveSeat(state_->slots, dispatcher == nullptr ? nullptr : state_->slots->slotIn(stream->hub()));
  state_->hand(std::move(stream), dispatcher);
}

std::size_t Dispatchers::load() const {
  const std::lock_guard lock(state_->starting);
  std::size_t sum = 0;
  for (const auto& dispatcher : state_->all) sum += dispatcher->load();
  return sum;
}

void Dispatchers::closeWithin(std::chrono::milliseconds within) {
  state_->slots->markClosing();
  state_->requests.endWithin = within.count();
  state_->ringAll();
}

}  // namespace mercure::hub

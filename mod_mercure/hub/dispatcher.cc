#include "hub/dispatcher.h"

#include <pthread.h>
#include <sys/epoll.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "hub/replay.h"
#include "hub/signals_blocked.h"
#include "hub/slot_claim.h"
#include "protocol/event_stream.h"

namespace mercure::hub {

namespace {

constexpr std::chrono::seconds kLookAround{1};
constexpr std::size_t kUpdatesAtOnce = 16;  // read before they are written, in one call for each stream
constexpr std::size_t kEventsAtOnce = 256;

bool watch(int poll, int operation, int descriptor, std::uint32_t events, void* data) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  return epoll_ctl(poll, operation, descriptor, &event) == 0;
}

}  // namespace

Dispatcher::Dispatcher(const Setup& setup)
    : setup_(setup),
      inbox_(std::make_shared<Inbox>()),
      poll_(epoll_create1(EPOLL_CLOEXEC)),
      random_(randomValue<std::minstd_rand::result_type>()) {
  feeds_.reserve(setup.hubs.size());
  for (Hub* const hub : setup.hubs) feeds_.emplace_back(*hub);
  turn_.scratch = scratch_;
  turn_.heartbeat = std::make_shared<const Frame>(protocol::kHeartbeat, Frame::Kind::Control);
}

Dispatcher::~Dispatcher() {
  join();
}

bool Dispatcher::start() {
  if (!inbox_->usable() || !poll_) return false;
  if (!watch(poll_.number(), EPOLL_CTL_ADD, inbox_->bell(), EPOLLIN, this)) return false;
  ++setup_.requests.running;
  try {
    const SignalsBlocked inherited;
    thread_ = std::thread(&Dispatcher::run, this);
  } catch (const std::system_error&) {
    --setup_.requests.running;
    return false;
  }
  ready_.wait();
  return true;
}

void Dispatcher::join() {
  if (thread_.joinable()) thread_.join();
}

bool Dispatcher::add(std::unique_ptr<Stream>& stream) {
  Counters& counters = stream->hub().counters();
  const bool isNew = !stream->notes.opened;
  ++load_;
  if (inbox_->put(stream)) {
    if (isNew) counters.streamsOpened.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  --load_;
  return false;
}

void Dispatcher::run() noexcept {
  pthread_setname_np(pthread_self(), "mercure-disp");
  if (setup_.slots != nullptr) setup_.slots->claim();
  ready_.count_down();
  try {
    while (!setup_.requests.end) goRound();
  } catch (...) {
    // Nothing is known to come here; whatever it is, the streams end in order.
  }
  const bool goOn = setup_.requests.setAside;
  if (goOn)
    setAside();
  else
    finish();
  aside_.count_down();
  // Whoever carries the streams on claims slots of its own first.
  if (goOn) setup_.requests.letGo.wait(0);
  if (setup_.slots != nullptr) setup_.slots->release();
  --setup_.requests.running;
}

std::vector<std::unique_ptr<Stream>> Dispatcher::takeAside() {
  aside_.wait();
  return std::move(streams_);
}

void Dispatcher::goRound() {
  awaitEvents();
  if (setup_.slots != nullptr) setup_.slots->claim();
  // Before the arrivals: what was asked of a stream, or said of it, may find it among them.
  const bool finished = inbox_->takeFinished();
  const auto within = setup_.requests.endWithin.load();
  takeArrivals();
  takeReplays();
  if (finished) reapFinished();
  if (inbox_->takeDrained()) settleDrained();
  if (setup_.requests.endThreaded) doomThreaded();
  if (within >= 0) spreadEnds(std::chrono::milliseconds(within));
  joinFeeds();
  relayUpdates();
  fireTimers();
  if (turn_.now >= nextLook_) lookAround();
  reap();
  for (HubFeed& feed : feeds_) feed.endRound();
  watchPipe(!streams_.empty());
}

void Dispatcher::awaitEvents() {
  std::array<epoll_event, kEventsAtOnce> events;  // NOLINT(*-member-init): filled below
  const int count = epoll_wait(poll_.number(), events.data(), kEventsAtOnce, waitTime());
  turn_.now = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) continue;  // the pipe: the log is looked at anyway
    if (event.data.ptr == this) {
      inbox_->silence();
      continue;
    }
    Stream& stream = *static_cast<Stream*>(event.data.ptr);
    const bool gone = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (const auto reason = gone ? EndReason::ClientGone : stream.onReady(turn_))
      doom(stream, *reason);
    else
      settle(stream);
  }
}

int Dispatcher::waitTime() const noexcept {
  const auto hasJoining = [](const HubFeed& feed) { return !feed.joining().empty(); };
  if (more_ || std::ranges::any_of(feeds_, hasJoining)) return 0;
  if (streams_.empty()) return -1;
  const auto wake = std::min(nextLook_, timers_.next());
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wake - std::chrono::steady_clock::now());
  return static_cast<int>(
      std::clamp<std::int64_t>(wait.count(), 0, std::chrono::milliseconds(kLookAround).count()));
}

void Dispatcher::takeArrivals() {
  auto arrivals = inbox_->take();
  if (arrivals.empty()) return;
  for (HubFeed& feed : feeds_) doomWithdrawn(feed);
  for (auto& arrival : arrivals) admit(std::move(arrival));
}

void Dispatcher::open(Stream& stream) noexcept {
  if (!std::exchange(stream.notes.opened, true)) stream.open(turn_);
  const auto ofItsHub = [&stream](const HubFeed& feed) { return &feed.hub() == &stream.hub(); };
  stream.notes.feed = &*std::ranges::find_if(feeds_, ofItsHub);
}

void Dispatcher::admit(std::unique_ptr<Stream> arrival) {
  Stream& stream = *arrival;
  open(stream);
  const bool hasSocket = stream.descriptor() >= 0;
  try {
    if (!hasSocket) threaded_.push_back(&stream);
    streams_.push_back(std::move(arrival));
  } catch (const std::bad_alloc&) {
    std::erase(threaded_, &stream);
    dismiss(stream, EndReason::OutOfMemory);
    return;
  }
  stream.notes.place = static_cast<std::uint32_t>(streams_.size() - 1);
  ++stream.notes.feed->carried();
  try {
    timers_.schedule(stream, stream.deadline());
  } catch (const std::bad_alloc&) {
    doom(stream, EndReason::OutOfMemory);
    return;
  }
  if (!stream.notes.feed->allows(stream)) {
    doom(stream, EndReason::AccessWithdrawn);
    return;
  }
  if (hasSocket &&
      !watch(poll_.number(), EPOLL_CTL_ADD, stream.descriptor(), EPOLLIN | EPOLLRDHUP, &stream)) {
    doom(stream, EndReason::OutOfMemory);
    return;
  }
  settle(stream);  // it may come with a queue that waits for its socket
  proceed(stream);
}

void Dispatcher::relayUpdates() {
  more_ = false;
  for (HubFeed& feed : feeds_) {
    if (feed.carried() == 0) continue;
    if (const auto over = feed.hub().isOver()) {
      doomAll(feed, *over);
      continue;
    }
    doomWithdrawn(feed);
    if (!feed.isWatched()) continue;
    try {
      const auto outcome = relaySome(feed);
      if (outcome == LogReader::Outcome::Read) more_ = true;
      if (outcome == LogReader::Outcome::Overrun) doomSubscribed(feed, EndReason::Overrun);
    } catch (const std::bad_alloc&) {
      doomSubscribed(feed, EndReason::OutOfMemory);
    }
  }
  flushTouched();
}

/// Queues the next updates and then writes them; Read when there may be more.
template <typename Source>
LogReader::Outcome Dispatcher::relaySome(Source& source) {
  auto outcome = LogReader::Outcome::Read;
  for (std::size_t i = 0; i < kUpdatesAtOnce; ++i) {
    outcome = source.next(delivery_);
    if (outcome != LogReader::Outcome::Read) break;
    for (Subscriber* const subscriber : delivery_.subscribers) {
      auto& stream = static_cast<Stream&>(*subscriber);
      if (stream.subscription().start.sequence < delivery_.sequence) deliver(stream, delivery_.frame);
    }
  }
  delivery_.frame = nullptr;
  flushTouched();
  return outcome;
}

template LogReader::Outcome Dispatcher::relaySome(CatchUp& source);

void Dispatcher::deliver(Stream& stream, const SharedFrame& frame) noexcept {
  if (stream.notes.doom) return;
  try {
    bool queued = stream.push(frame, turn_);
    if (!queued) {
      // Perhaps only because nothing has been written in this round yet.
      flush(stream);
      queued = !stream.notes.doom && stream.push(frame, turn_);
      if (!queued) doom(stream, EndReason::SendBufferFull);
    }
  } catch (const std::bad_alloc&) {
    doom(stream, EndReason::OutOfMemory);
  }
  if (std::exchange(stream.notes.touched, true)) return;
  stream.notes.nextTouched = std::exchange(touched_, &stream);
}

void Dispatcher::flush(Stream& stream) noexcept {
  if (stream.notes.doom) return;
  if (const auto reason = stream.flush(turn_))
    doom(stream, *reason);
  else
    settle(stream);
}

void Dispatcher::flushTouched() noexcept {
  while (touched_ != nullptr) {
    Stream& stream = *std::exchange(touched_, touched_->notes.nextTouched);
    stream.notes.touched = false;
    flush(stream);
  }
}

/// After a stream has written: what it waits for now, and what it has got done.
void Dispatcher::settle(Stream& stream) noexcept {
  stream.notes.feed->countDelivered(std::exchange(turn_.delivered, 0));
  if (stream.notes.doom) return;
  timers_.advance(stream, stream.deadline());
  const auto& replay = stream.notes.replay;
  if (replay != nullptr && !replay->isWithThread && stream.isDrained()) proceed(stream);
  if (stream.descriptor() < 0 || stream.wantsWritable() == stream.notes.watchedForWriting) return;
  stream.notes.watchedForWriting = stream.wantsWritable();
  const std::uint32_t events =
      stream.notes.watchedForWriting ? EPOLLIN | EPOLLRDHUP | EPOLLOUT : EPOLLIN | EPOLLRDHUP;
  watch(poll_.number(), EPOLL_CTL_MOD, stream.descriptor(), events, &stream);
}

void Dispatcher::fireTimers() noexcept {
  while (Timed* const due = timers_.due(turn_.now)) {
    auto& stream = static_cast<Stream&>(*due);
    try {
      if (const auto reason = stream.onTimer(turn_)) doom(stream, *reason);
    } catch (const std::bad_alloc&) {
      doom(stream, EndReason::OutOfMemory);
    }
    if (!stream.notes.doom)
      timers_.schedule(stream, std::max(stream.deadline(), later(turn_.now, std::chrono::milliseconds(1))));
    settle(stream);
  }
}

/// What no wake-up tells.
void Dispatcher::lookAround() {
  nextLook_ = turn_.now + kLookAround;
  for (HubFeed& feed : feeds_) {
    if (feed.carried() == 0) continue;
    freeDeadSlots(feed.hub().segment());
    if (History* const history = feed.hub().history()) history->noteTime();
  }
  const auto wall = std::chrono::system_clock::now();
  if (!clock_.moved(turn_.now, wall)) return;
  for (const auto& stream : streams_) {
    if (!stream->expires() || stream->notes.doom) continue;
    stream->retime(turn_.now, wall);
    timers_.schedule(*stream, stream->deadline());
  }
}

void Dispatcher::watchPipe(bool wanted) noexcept {
  if (wanted == pipeWatched_) return;
  const int operation = wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;
  if (watch(poll_.number(), operation, setup_.pipe.descriptor(), EPOLLIN | EPOLLET, nullptr))
    pipeWatched_ = wanted;
}

}  // namespace mercure::hub

// How a dispatcher's streams end: doomed first, so that whoever goes through a list of streams may go on,
// then reaped at the end of the round.

#include <sys/epoll.h>

#include <algorithm>
#include <new>
#include <utility>

#include "hub/dispatcher.h"
#include "protocol/event_stream.h"

namespace mercure::hub {

namespace {

// A stream that the server ends is told to come back after a time between these, each another one.
constexpr int kRetryLeast = 1'000;
constexpr int kRetryMost = 5'000;

/// Whether the server, and not the client or its token, is why so many streams end at once.
bool isServersWish(EndReason reason) noexcept {
  return reason == EndReason::ServerStopping || reason == EndReason::HubRetired ||
         reason == EndReason::AccessWithdrawn || reason == EndReason::TooManyKeepers;
}

}  // namespace

void Dispatcher::doom(Stream& stream, EndReason reason) noexcept {
  if (stream.notes.doom) return;
  stream.notes.doom = reason;
  stream.notes.nextDoomed = std::exchange(doomed_, &stream);
  timers_.remove(stream);
}

void Dispatcher::doomAll(const HubFeed& feed, EndReason reason) noexcept {
  for (const auto& stream : streams_)
    if (stream->notes.feed == &feed) doom(*stream, reason);
}

/// Those that get what the feed reads.
void Dispatcher::doomSubscribed(const HubFeed& feed, EndReason reason) noexcept {
  for (const auto& stream : streams_)
    if (stream->notes.feed == &feed && stream->isIndexed()) doom(*stream, reason);
}

void Dispatcher::doomThreaded() noexcept {
  for (Stream* const stream : threaded_) doom(*stream, EndReason::ServerStopping);
}

/// Streams that the configuration in force would not let in, when there is a new one.
void Dispatcher::doomWithdrawn(HubFeed& feed) noexcept {
  try {
    if (!feed.refreshAccess()) return;
  } catch (const std::bad_alloc&) {
    return;  // the next round looks again
  }
  for (const auto& stream : streams_)
    if (stream->notes.feed == &feed && !feed.allows(*stream)) doom(*stream, EndReason::AccessWithdrawn);
}

/// Not all at once, lest the clients come back together.
void Dispatcher::spreadEnds(std::chrono::milliseconds within) noexcept {
  if (std::exchange(ending_, true)) return;
  std::uniform_int_distribution<std::int64_t> wait(0, within.count());
  for (const auto& stream : streams_) {
    if (stream->notes.doom) continue;
    stream->endBy(later(turn_.now, std::chrono::milliseconds(wait(random_))), EndReason::TooManyKeepers);
    timers_.advance(*stream, stream->deadline());
  }
}

void Dispatcher::reap() noexcept {
  while (doomed_ != nullptr) conclude(*std::exchange(doomed_, doomed_->notes.nextDoomed));
}

void Dispatcher::conclude(Stream& stream) noexcept {
  stream.notes.concluded = true;
  forgetReplay(stream);
  std::erase(stream.notes.feed->joining(), &stream);
  stream.notes.feed->remove(stream);
  --stream.notes.feed->carried();
  // Closing would not do: httpd or a child of it may still hold the same socket.
  if (stream.descriptor() >= 0) epoll_ctl(poll_.number(), EPOLL_CTL_DEL, stream.descriptor(), nullptr);
  const bool hadSocket = stream.descriptor() >= 0;
  end(stream, *stream.notes.doom);
  // A threaded stream keeps its seat until its thread is back.
  if (hadSocket || stream.finished()) discharge(stream);
}

void Dispatcher::end(Stream& stream, EndReason reason) noexcept {
  SharedFrame farewell;
  if (isServersWish(reason)) {
    try {
      std::uniform_int_distribution<int> wait(kRetryLeast, kRetryMost);
      const auto retry = protocol::encodeRetry(std::chrono::milliseconds(wait(random_)));
      farewell = std::make_shared<const Frame>(retry, Frame::Kind::Control);
    } catch (const std::bad_alloc&) {
      // The client comes back without having been told when.
    }
  }
  stream.end(reason, farewell, turn_);
  stream.notes.feed->countDelivered(std::exchange(turn_.delivered, 0));
}

void Dispatcher::reapFinished() noexcept {
  for (std::size_t i = 0; i < threaded_.size();) {
    Stream& stream = *threaded_[i];
    const auto reason = stream.finished();
    if (reason) doom(stream, *reason);
    if (reason && stream.notes.concluded)
      discharge(stream);
    else
      ++i;
  }
}

void Dispatcher::discharge(Stream& stream) noexcept {
  report(stream, *stream.notes.doom);
  if (const auto found = std::ranges::find(threaded_, &stream); found != threaded_.end()) {
    *found = threaded_.back();
    threaded_.pop_back();
  }
  const std::uint32_t place = stream.notes.place;
  streams_.back()->notes.place = place;
  std::swap(streams_[place], streams_.back());
  streams_.pop_back();
}

void Dispatcher::report(const Stream& stream, EndReason reason) noexcept {
  stream.hub().counters().streamsClosed.fetch_add(1, std::memory_order_relaxed);
  --load_;
  if (!setup_.streamEnded) return;
  try {
    setup_.streamEnded(stream.report(reason, turn_.now));
  } catch (...) {
    // It must not throw; the stream has ended all the same.
  }
}

void Dispatcher::dismiss(Stream& stream, EndReason reason) noexcept {
  end(stream, reason);
  report(stream, reason);
}

/// The thread's last where its streams go on elsewhere: those with a socket are left as they stand, in
/// streams_.
void Dispatcher::setAside() noexcept {
  turn_.now = std::chrono::steady_clock::now();
  doomThreaded();
  for (const auto& stream : streams_) retain(*stream);
  reap();
  while (!threaded_.empty()) discharge(*threaded_.back());
  for (auto& arrival : inbox_->close()) {
    open(*arrival);  // it is counted as opened
    try {
      if (arrival->descriptor() >= 0) {
        streams_.push_back(std::move(arrival));
        continue;
      }
    } catch (const std::bad_alloc&) {
      // It ends, as threaded ones do.
    }
    dismiss(*arrival, EndReason::ServerStopping);
  }
  for (HubFeed& feed : feeds_) feed.endRound();
}

/// Makes a stream ready for another dispatcher: it knows how far it has got, and what it is subscribed to.
void Dispatcher::retain(Stream& stream) noexcept {
  if (stream.notes.doom) return;
  forgetReplay(stream);
  try {
    if (stream.isIndexed()) stream.notes.feed->release(stream);
  } catch (const std::bad_alloc&) {
    doom(stream, EndReason::OutOfMemory);
    return;
  }
  timers_.remove(stream);
  stream.notes = {};
  stream.notes.opened = true;
}

/// The thread's last: every stream ends, also those that have not come in yet.
void Dispatcher::finish() noexcept {
  turn_.now = std::chrono::steady_clock::now();
  for (const auto& arrival : inbox_->close()) {
    open(*arrival);
    dismiss(*arrival, EndReason::ServerStopping);
  }
  for (const auto& stream : streams_) doom(*stream, EndReason::ServerStopping);
  reap();
  while (!streams_.empty()) discharge(*streams_.back());
  for (HubFeed& feed : feeds_) feed.endRound();
}

}  // namespace mercure::hub

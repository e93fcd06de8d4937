// How a dispatcher's streams come to what its feeds read: what they missed is read first, little of it by the
// dispatcher itself, more by the replay thread.

#include <limits>
#include <new>
#include <tuple>
#include <utility>

#include "hub/dispatcher.h"
#include "hub/replay.h"

namespace mercure::hub {

namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

}  // namespace

/// The next step of a stream whose queue is empty, or that has come only now.
void Dispatcher::proceed(Stream& stream) noexcept {
  if (stream.notes.doom) return;
  const Log log(stream.hub().segment());
  try {
    if (log.bytesAfter(stream.subscription().start) > kAlmostThere) {
      replay(stream);
    } else {
      stream.notes.feed->joining().push_back(&stream);
      forgetReplay(stream);
    }
  } catch (const std::bad_alloc&) {
    doom(stream, EndReason::OutOfMemory);
  }
}

void Dispatcher::replay(Stream& stream) {
  if (stream.notes.replay == nullptr) {
    const Subscription& subscription = stream.subscription();
    stream.notes.replay = std::make_shared<Replay>(stream.hub(), inbox_, subscription.start,
                                                   subscription.matchers, subscription.rights);
    stream.notes.replay->stream = &stream;
    stream.hub().counters().replays.fetch_add(1, std::memory_order_relaxed);
  }
  stream.notes.replay->isWithThread = true;
  if (!setup_.replayer.add(stream.notes.replay)) doom(stream, EndReason::OutOfMemory);
}

void Dispatcher::takeReplays() {
  for (auto replay = inbox_->takeReplays(); replay != nullptr;) {
    auto next = replay->takeNext();  // now: the thread may soon have this one again
    replay->isWithThread = false;
    if (replay->stream != nullptr && !replay->stream->notes.doom) takeBatch(*replay->stream);
    replay = std::move(next);
  }
}

void Dispatcher::takeBatch(Stream& stream) {
  const Replay::Batch batch = stream.notes.replay->takeBatch();
  try {
    for (const SharedFrame& frame : batch.frames) std::ignore = stream.push(frame, kNoLimit, turn_);
  } catch (const std::bad_alloc&) {
    doom(stream, EndReason::OutOfMemory);
    return;
  }
  stream.subscription().start = batch.end;
  flush(stream);
  if (batch.then == Replay::Then::Lost) doom(stream, EndReason::Overrun);
  if (batch.then == Replay::Then::Failed) doom(stream, EndReason::OutOfMemory);
}

void Dispatcher::forgetReplay(Stream& stream) noexcept {
  const auto replay = std::exchange(stream.notes.replay, nullptr);
  if (replay == nullptr) return;
  replay->cancel();
  replay->stream = nullptr;
}

/// Threads have taken what waited in their queues.
void Dispatcher::settleDrained() noexcept {
  for (Stream* const stream : threaded_) settle(*stream);
}

void Dispatcher::joinFeeds() {
  for (HubFeed& feed : feeds_)
    if (!feed.joining().empty()) joinFeed(feed);
}

/// Brings streams that start before the feed's place there, and hands them over to it.
void Dispatcher::joinFeed(HubFeed& feed) {
  feed.start();
  if (!feed.isInLog()) return;  // they join once it is back there
  const std::vector<Stream*> joining = std::exchange(feed.joining(), {});
  try {
    if (!catchUp(feed, joining)) {
      for (Stream* const stream : joining) proceed(*stream);
      return;
    }
  } catch (const std::bad_alloc&) {
    for (Stream* const stream : joining) doom(*stream, EndReason::OutOfMemory);
  }
  for (Stream* const stream : joining) {
    if (stream->notes.doom) continue;
    try {
      feed.add(*stream);
    } catch (const std::bad_alloc&) {
      doom(*stream, EndReason::OutOfMemory);
    }
  }
}

/// False when the log has been rewritten meanwhile; the streams then start where they have got to.
bool Dispatcher::catchUp(HubFeed& feed, std::span<Stream* const> joining) {
  CatchUp catchUp(feed, joining);
  auto outcome = LogReader::Outcome::Read;
  while (outcome == LogReader::Outcome::Read) outcome = relaySome(catchUp);
  if (outcome == LogReader::Outcome::NothingNew) return true;
  for (Stream* const stream : joining) {
    Place& start = stream->subscription().start;
    if (start.sequence < catchUp.place().sequence) start = catchUp.place();
  }
  return false;
}

}  // namespace mercure::hub

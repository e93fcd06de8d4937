#include "hub/socket_stream.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

namespace mercure::hub {

namespace {

/// So many frames at most go out in one call.
constexpr std::size_t kFramesAtOnce = 32;

/// How long sent data may stay unacknowledged beyond the heartbeat: the gap of a phone's radio.
constexpr std::chrono::milliseconds kRadioGap{30'000};
/// The same for streams without a heartbeat.
constexpr std::chrono::milliseconds kPatienceWithoutHeartbeat{60'000};

}  // namespace

SocketStream::SocketStream(Seat seat, HandedOverConnection connection, Subscription subscription,
                           std::shared_ptr<const StreamLimits> limits, std::optional<MonotonicTime> endsAt)
    : Stream(std::move(seat), std::move(subscription), std::move(limits), endsAt),
      connection_(std::move(connection)),
      queue_(connection_.chunked) {
}

void SocketStream::open(const Turn& turn) noexcept {
  begin(turn.now);
  lastSent_ = turn.now;
  const auto heartbeat = limits().heartbeat;
  prepare(connection_, heartbeat.count() > 0 ? heartbeat + kRadioGap : kPatienceWithoutHeartbeat);
}

bool SocketStream::push(const SharedFrame& frame, std::size_t limit, const Turn& turn) {
  const bool wasEmpty = queue_.empty();
  if (!queue_.push(frame, limit)) return false;
  if (wasEmpty) headSince_ = turn.now;
  return true;
}

std::optional<EndReason> SocketStream::flush(Turn& turn) noexcept {
  std::array<iovec, kFramesAtOnce> parts;  // NOLINT(*-member-init): filled below
  writeBlocked_ = false;
  while (!queue_.empty()) {
    const std::size_t count = queue_.gather(parts);
    const Sent sent = send(connection_, std::span(parts).first(count), turn.scratch);
    if (sent.bytes > 0) {
      const auto progress = queue_.advance(sent.bytes);
      if (progress.newHead) headSince_ = turn.now;
      lastSent_ = turn.now;
      sent_.events += progress.events;
      sent_.bytes += sent.bytes;
      turn.delivered += progress.events;
    }
    switch (sent.then) {
      case Readiness::Ready:
        break;
      case Readiness::WantsWrite:
        writeBlocked_ = true;
        return std::nullopt;
      case Readiness::WantsRead:
        return std::nullopt;  // onReady() goes on
      case Readiness::Gone:
        return EndReason::ClientGone;
      case Readiness::Failed:
        return EndReason::WriteFailed;
    }
  }
  return std::nullopt;
}

std::optional<EndReason> SocketStream::onReady(Turn& turn) noexcept {
  const Readiness input = discardInput(connection_, turn.scratch);
  if (input == Readiness::Gone) return EndReason::ClientGone;
  readBlocked_ = input == Readiness::WantsWrite;
  return flush(turn);
}

MonotonicTime SocketStream::heartbeatDue() const noexcept {
  const auto heartbeat = limits().heartbeat;
  return heartbeat.count() > 0 && queue_.empty() ? later(lastSent_, heartbeat) : kNever;
}

MonotonicTime SocketStream::sendTimeoutDue() const noexcept {
  const auto timeout = limits().sendTimeout;
  return timeout.count() > 0 && !queue_.empty() ? later(headSince_, timeout) : kNever;
}

MonotonicTime SocketStream::deadline() const noexcept {
  return std::min({lifeEnd(), noticeDue(), heartbeatDue(), sendTimeoutDue()});
}

std::optional<EndReason> SocketStream::onTimer(Turn& turn) {
  if (const auto over = lifeOver(turn.now)) return over;
  if (sendTimeoutDue() <= turn.now) return EndReason::SendTimeout;
  if (noticeDue() <= turn.now) {
    giveNotice(turn);
    return flush(turn);
  }
  if (heartbeatDue() > turn.now) return std::nullopt;
  // It may find the queue empty only, so it always fits.
  return push(turn.heartbeat, turn) ? flush(turn) : EndReason::SendBufferFull;
}

void SocketStream::end(EndReason reason, const SharedFrame& farewell, Turn& turn) noexcept {
  try {
    if (farewell != nullptr) std::ignore = queue_.push(farewell, std::numeric_limits<std::size_t>::max());
  } catch (const std::bad_alloc&) {
    // The client comes back without having been told when.
  }
  // What waits is offered once more, unless the client cannot or would not take it.
  const bool offer = reason != EndReason::ClientGone && reason != EndReason::WriteFailed &&
                     reason != EndReason::SendTimeout && reason != EndReason::SendBufferFull;
  if (offer) std::ignore = flush(turn);
  cut(connection_, turn.scratch);
}

}  // namespace mercure::hub

#include "hub/stream.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "protocol/notice.h"

namespace mercure::hub {

Stream::Stream(Seat seat, Subscription subscription, std::shared_ptr<const StreamLimits> limits,
               std::optional<MonotonicTime> endsAt)
    : seat_(std::move(seat)),
      subscription_(std::move(subscription)),
      limits_(std::move(limits)),
      endsAt_(endsAt.value_or(kNever)) {
}

Stream::~Stream() = default;

void Stream::begin(MonotonicTime now) noexcept {
  openedAt_ = now;
  retime(now, std::chrono::system_clock::now());
}

void Stream::retime(MonotonicTime now, WallTime wall) noexcept {
  if (subscription_.expires) expiresAt_ = whenWallClockReaches(*subscription_.expires, now, wall);
  const auto notice = notices().next();
  noticeAt_ = notice ? whenWallClockReaches(*notice, now, wall) : kNever;
}

ExpiryNotices Stream::notices() const noexcept {
  return {subscription_.noticesSince, subscription_.expires.value_or(WallTime::max()), noticesTold_};
}

void Stream::giveNotice(const Turn& turn) {
  if (noticeAt_ > turn.now) return;
  const auto wall = std::chrono::system_clock::now();
  ExpiryNotices told = notices();
  if (told.take(wall)) {
    noticesTold_ = told.told();
    const auto left = std::chrono::ceil<std::chrono::seconds>(*subscription_.expires - wall);
    // A reader that is too slow for it will come to hear of the end.
    std::ignore =
        push(std::make_shared<const Frame>(protocol::encodeExpiryNotice(left), Frame::Kind::Control), turn);
  }
  retime(turn.now, wall);
}

void Stream::endBy(MonotonicTime moment, EndReason reason) noexcept {
  if (endsAt_ <= moment) return;
  endsAt_ = moment;
  endsFor_ = reason;
}

MonotonicTime Stream::lifeEnd() const noexcept {
  return std::min(endsAt_, expiresAt_);
}

std::optional<EndReason> Stream::lifeOver(MonotonicTime now) noexcept {
  if (endsAt_ <= now) return endsFor_;
  if (expiresAt_ > now) return std::nullopt;
  const auto wall = std::chrono::system_clock::now();
  if (*subscription_.expires <= wall) return EndReason::TokenExpired;
  retime(now, wall);
  return std::nullopt;
}

StreamEnd Stream::report(EndReason reason, MonotonicTime now) const noexcept {
  const Tally total = tally();
  return {.hub = hub(),
          .subscriberId = subscription_.subscriberId,
          .reason = reason,
          .duration = std::chrono::duration_cast<std::chrono::milliseconds>(now - openedAt_),
          .events = total.events,
          .bytes = total.bytes};
}

}  // namespace mercure::hub

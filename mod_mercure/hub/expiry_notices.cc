#include "hub/expiry_notices.h"

#include <algorithm>

namespace mercure::hub {

namespace {

constexpr std::chrono::seconds kLast{30};

}  // namespace

ExpiryNotices::ExpiryNotices(WallTime issued, WallTime expires, std::uint8_t told) noexcept : told_(told) {
  if (issued == kUnwanted || expires <= issued) {
    told_ = due_.size();
    return;
  }
  const WallTime afterFourFifths = expires - (expires - issued) / 5;
  const bool isShort = expires - issued <= kLast;
  const WallTime beforeEnd = isShort ? afterFourFifths : expires - kLast;
  due_ = {std::min(afterFourFifths, beforeEnd), std::max(afterFourFifths, beforeEnd)};
}

std::optional<ExpiryNotices::WallTime> ExpiryNotices::next() const noexcept {
  return told_ < due_.size() ? std::optional(due_.at(told_)) : std::nullopt;
}

bool ExpiryNotices::take(WallTime now) noexcept {
  const std::uint8_t before = told_;
  while (told_ < due_.size() && due_.at(told_) <= now) ++told_;
  return told_ > before;
}

}  // namespace mercure::hub

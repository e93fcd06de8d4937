#include "hub/history_trouble.h"

#include <chrono>

namespace mercure::hub {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Clock::duration kBetweenTellings = std::chrono::seconds(1);

}  // namespace

void TroubleTeller::tell(HistoryTrouble::Kind kind, const history::Fault& fault) noexcept {
  untold_.fetch_add(1);
  const std::int64_t now = Clock::now().time_since_epoch().count();
  std::int64_t due = nextTelling_;
  if (!observer_ || now < due) return;
  if (!nextTelling_.compare_exchange_strong(due, now + kBetweenTellings.count())) return;
  observer_({.kind = kind, .count = untold_.exchange(0), .fault = fault});
}

}  // namespace mercure::hub

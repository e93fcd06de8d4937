#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "history/fault.h"

namespace mercure::hub {

/// What the administrator must hear of a history.
struct HistoryTrouble {
  enum class Kind {
    Refused,     ///< updates were not taken, and nobody has received them
    Lost,        ///< updates were not taken, and were let out to subscribers all the same
    Unreadable,  ///< subscribers could not be sent what they missed
  };
  Kind kind;
  std::uint64_t count;          ///< of updates or subscribers, of whatever kind, since the last time
  const history::Fault& fault;  ///< the last one's
};

/// Called by the thread that met the trouble; must not throw.
using TroubleObserver = std::function<void(const HistoryTrouble&)>;

/// Tells of trouble, but not more often than once a second: a disk that is full has to hold the log too. Any
/// thread, once it is observed.
class TroubleTeller {
 public:
  /// Before any other thread has this object.
  void observe(TroubleObserver observer) { observer_ = std::move(observer); }

  void tell(HistoryTrouble::Kind kind, const history::Fault& fault) noexcept;

 private:
  TroubleObserver observer_;
  std::atomic<std::uint64_t> untold_{0};
  std::atomic<std::int64_t> nextTelling_{0};  // on the steady clock
};

}  // namespace mercure::hub

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hub/broadcast_pipe.h"
#include "hub/end_reason.h"
#include "hub/history.h"
#include "hub/log.h"
#include "hub/publishing.h"
#include "hub/segment.h"

namespace mercure::hub {

/// What the hub's processes hold together at this moment.
struct Gauges {
  std::int64_t streams = 0;  ///< handed-over and threaded ones
  std::int64_t threadedStreams = 0;
  std::int64_t tlsStreams = 0;
  std::int64_t processes = 0;
  std::int64_t keepers = 0;
};

/// The module leaves httpd's parent, as at each reload. If it does not come back soon, the configuration has
/// it no more, and every stream ends. The parent only.
void leave(Segment segment) noexcept;
void comeBack(Segment segment) noexcept;

/// One process's access to a hub that all of them share. Made in the parent, used after the fork; any thread.
class Hub {
 public:
  /// `memory` holds a segment made by Segment::create and outlives this object, as `pipe` does. The segment
  /// was made for this kind of history.
  Hub(std::string name, std::span<std::byte> memory, const BroadcastPipe& pipe,
      std::optional<HistoryOptions> history = std::nullopt);

  /// `observer` hears of what goes wrong with the history. Before any other thread has this object.
  void observeTrouble(TroubleObserver observer) { trouble_.observe(std::move(observer)); }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Puts an update into the log, and into the history if there is one, and wakes every dispatcher; its
  /// sequence number. After an error nobody receives it. May wait for the disk, and may throw std::bad_alloc.
  [[nodiscard]] tl::expected<std::uint64_t, PublishError> publish(const NewRecord& update) {
    return publishing_.publish(update);
  }

  /// Where a stream that opens now and asks for nothing of the past starts.
  [[nodiscard]] Place end();

  /// The place before the oldest update that is kept; a fault when the history can't be read,
  /// which observers of trouble hear of.
  [[nodiscard]] tl::expected<Place, history::Fault> begin();

  /// The place after the oldest update that is kept and has this id; none: it is unknown. Faults as in
  /// begin().
  [[nodiscard]] tl::expected<std::optional<Place>, history::Fault> placeAfter(std::string_view id);

  /// Null where there is none but the log.
  [[nodiscard]] History* history() const noexcept { return history_.get(); }

  [[nodiscard]] Counters& counters() const noexcept { return segment_.counters(); }

  /// Sums every live process's slot, after freeing those of processes that died.
  [[nodiscard]] Gauges gauges() const;

  /// Binds this process to the server's life as it is now; a child's first step.
  void enterEpoch() noexcept;
  /// Why every stream of this process must end now, if it must: the segment is no longer in use, or the
  /// server's life that this process belongs to is over.
  [[nodiscard]] std::optional<EndReason> isOver() const noexcept;
  [[nodiscard]] bool isRetired() const noexcept;
  void retire() const noexcept;

  [[nodiscard]] Segment segment() const noexcept { return segment_; }

 private:
  tl::unexpected<history::Fault> unreadable(const history::Fault& fault);

  std::string name_;
  Segment segment_;
  Log log_;
  const BroadcastPipe& pipe_;
  std::unique_ptr<History> history_;
  TroubleTeller trouble_;
  Publishing publishing_;
  std::uint32_t epoch_;
};

}  // namespace mercure::hub

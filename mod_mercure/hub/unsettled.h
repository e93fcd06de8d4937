#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "history/group_commit.h"
#include "hub/broadcast_pipe.h"
#include "hub/log.h"

namespace mercure::hub {

/// The updates in the log that are waiting for the archive, as history::GroupCommit wants them: what it may
/// call when, and from which thread, is said there. One for each process.
///
/// Where nothing may get out before it is stored, storing releases and a refused update is made void;
/// otherwise a refused one is only missing in the archive.
class Unsettled {
 public:
  /// `pipe` must outlive this object.
  Unsettled(Segment segment, const BroadcastPipe& pipe) noexcept : segment_(segment), pipe_(pipe) {}

  [[nodiscard]] history::Turn tryLock() noexcept;
  void unlock() noexcept { segment_.log().storing.unlock(); }
  [[nodiscard]] std::optional<tl::expected<void, history::Fault>> outcome(
      std::uint64_t sequence) const noexcept;
  [[nodiscard]] std::uint32_t rounds() const noexcept { return segment_.log().rounds.count(); }
  void awaitRound(std::uint32_t seen) const noexcept;
  void endRound() noexcept { segment_.log().rounds.end(); }

  void pending(const history::Budget& budget, std::vector<history::NewRecord>& batch);
  void stored(std::uint64_t sequence) noexcept;
  void refuse(std::uint64_t first, std::uint64_t last, const history::Fault& fault) noexcept;

 private:
  struct Head {
    std::uint64_t position;
    std::uint64_t sequence;
  };
  template <typename Visit>
  void forEach(Visit visit) const noexcept;
  void refuseOne(const Head& head, const history::Fault& fault) noexcept;
  void settleUpTo(std::uint64_t sequence) noexcept;
  void repair() noexcept;

  Segment segment_;
  const BroadcastPipe& pipe_;
  std::vector<Record> records_;  // what a batch has views of; the first ones are in use
};
static_assert(history::CommitSource<Unsettled>);

}  // namespace mercure::hub

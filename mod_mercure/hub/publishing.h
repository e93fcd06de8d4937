#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "hub/broadcast_pipe.h"
#include "hub/history.h"
#include "hub/history_trouble.h"
#include "hub/log.h"
#include "hub/unsettled.h"

namespace mercure::hub {

/// Why an update was not published.
struct PublishError {
  enum class Kind {
    TooLargeForLog,
    TooLargeForHistory,
    LogUnusable,
    HistoryUnusable,  ///< `fault` says why
  };
  Kind kind;
  history::Fault fault = {};
};

/// For the log: what is wrong, in words.
[[nodiscard]] std::string describe(const PublishError& error);

/// The way of one hub's updates into its log and its history, as one process has it. Any thread.
class Publishing {
 public:
  /// `history` may be null; all of them outlive this object.
  Publishing(Segment segment, History* history, const BroadcastPipe& pipe, TroubleTeller& trouble) noexcept;

  /// See Hub::publish().
  [[nodiscard]] tl::expected<std::uint64_t, PublishError> publish(const NewRecord& update);

 private:
  using Sequence = tl::expected<std::uint64_t, PublishError>;

  [[nodiscard]] Sequence append(const NewRecord& update, const History::Opened& archive);
  [[nodiscard]] Sequence publishStoredFirst(const NewRecord& update, const History::Opened& archive);
  [[nodiscard]] Sequence publishStoredBeside(const NewRecord& update, const History::Opened& archive);
  [[nodiscard]] bool isRetired() const noexcept { return segment_.header().retired != 0; }
  void makeRoom(const History::Opened& archive);
  void giveUp(const history::Fault& fault);
  [[nodiscard]] tl::expected<void, history::Fault> store(std::uint64_t sequence, history::Archive& archive);

  Segment segment_;
  Log log_;
  History* history_;
  const BroadcastPipe& pipe_;
  Unsettled unsettled_;
  TroubleTeller& trouble_;
};

}  // namespace mercure::hub

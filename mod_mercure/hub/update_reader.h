#pragma once

#include <cstdint>
#include <string>

#include "history/slice.h"
#include "hub/history.h"
#include "hub/log.h"

namespace mercure::hub {

/// Reads a hub's updates one after the other, from the archive as long as the log does not hold them any
/// more, then from the log. One thread at a time.
class UpdateReader {
 public:
  using Outcome = LogReader::Outcome;

  /// Starts at `place`. `history` may be null; both outlive this object.
  UpdateReader(Segment segment, History* history, const Place& place);

  /// Copies the next update into `record`, reusing its storage. `Overrun`: what comes next is neither in the
  /// log nor in the archive, and is lost; a later call goes on with what is left in the log.
  [[nodiscard]] Outcome next(Record& record);

  /// Where next() goes on. Its position is one in the log only while isInLog().
  [[nodiscard]] Place place() const noexcept { return {sequence_, isInLog_ ? log_.position() : kNotInLog}; }

  /// Whether it reads from the log now.
  [[nodiscard]] bool isInLog() const noexcept { return isInLog_; }

  /// Gives back the memory that large updates have taken.
  void trim();

 private:
  [[nodiscard]] Outcome nextInLog(Record& record);
  [[nodiscard]] Outcome nextInArchive(Record& record);
  [[nodiscard]] bool readSlice();
  void goToLog(const Place& oldest);

  Segment segment_;
  History* history_;
  LogReader log_;
  std::uint64_t sequence_;
  std::string id_;  // of the update with that sequence number, where it is known
  bool isInLog_;
  bool mayUseArchive_;
  history::Slice slice_;
  std::size_t used_ = 0;  // records of the slice that have been given
};

}  // namespace mercure::hub

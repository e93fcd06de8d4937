#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "history/about.h"
#include "history/fault.h"
#include "history/record.h"
#include "history/record_format.h"
#include "history/transaction.h"

namespace mercure::history {

/// A place among the whole records, oldest first; must end before its transaction does.
class RecordCursor {
 public:
  [[nodiscard]] static tl::expected<RecordCursor, Fault> open(const Transaction& transaction);

  /// Moves to the oldest record newer than `sequence`; false: there is none.
  [[nodiscard]] tl::expected<bool, Fault> seekAfter(std::uint64_t sequence);
  /// Moves to one record; false: it is not there.
  [[nodiscard]] tl::expected<bool, Fault> seek(std::uint64_t sequence);
  /// Moves to the next record, also after read(); false: there is none.
  [[nodiscard]] tl::expected<bool, Fault> next();

  /// Of the record where it stands after a move that gave true.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
  [[nodiscard]] tl::expected<RecordHead, Fault> head() const;

  /// Copies that record, reusing the storage of `record`, and of `whole` where it comes in parts. Once only.
  [[nodiscard]] tl::expected<void, Fault> read(Record& record, std::vector<std::byte>& whole);

 private:
  explicit RecordCursor(Cursor cursor) noexcept : cursor_(std::move(cursor)) {}
  [[nodiscard]] Fault damaged() const noexcept { return {FaultCode::Damaged, 0, sequence_}; }
  [[nodiscard]] tl::expected<bool, Fault> settle(tl::expected<bool, Fault> moved);
  [[nodiscard]] tl::expected<Bytes, Fault> gather(std::vector<std::byte>& whole);

  Cursor cursor_;
  std::uint64_t sequence_ = 0;
};

/// The greatest sequence number that was ever stored; 0: none.
[[nodiscard]] tl::expected<std::uint64_t, Fault> newestSequence(const Transaction& transaction);

/// The newest record that was ever stored; none: nothing was.
[[nodiscard]] tl::expected<std::optional<Newest>, Fault> newestOf(const Transaction& transaction);

/// The sequence number of the oldest whole record; 0: none.
[[nodiscard]] tl::expected<std::uint64_t, Fault> oldestSequence(const Transaction& transaction);

}  // namespace mercure::history

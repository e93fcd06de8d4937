#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "history/update_flags.h"
#include "hub/place.h"
#include "hub/segment.h"

namespace mercure::hub {

// A record in the ring, in 8-byte words, its position a multiple of 8 and taken modulo the ring's size:
//
//   size (whole record, bytes) | sequence | publish time (µs since 1970) | flags, topic count | id size,
//   event size | the id's hash | one plus the position of the record before it in the chain of its hash, or
//   0 | the id padded to 8 | each topic (size word, bytes padded to 8) | the event as it goes on the wire.
//
// A writer holds the lock, moves the tail past what it will overwrite, writes the words, then moves the
// heads: a writer killed in between has published nothing. A reader copies, then checks that the tail has not
// passed it meanwhile.

using RecordFlags = history::UpdateFlags;

/// An update to append. Views need to live for the call only.
struct NewRecord {
  std::span<const std::string> topics;
  std::string_view id;
  std::string_view event;  ///< ready for the wire, its final empty line included, not chunked
  RecordFlags flags;
};

/// A record read back: its own copy.
struct Record {
  std::uint64_t sequence = 0;
  std::int64_t publishedAt = 0;  ///< µs since 1970
  RecordFlags flags;
  bool isVoid = false;  ///< it was refused: nobody may see it
  std::vector<std::string> topics;
  std::string id;
  std::string event;
};

enum class AppendFault {
  TooLarge,  ///< it would take more than half of the ring
  LockUnusable,
  Unsettled,  ///< it would overwrite what is not settled yet
};

/// The hub's log of updates: many writers in many processes, any number of readers that block nobody.
class Log {
 public:
  explicit Log(Segment segment) noexcept : segment_(segment) {}

  /// Appends one record; its sequence number. It is released at once unless the hub's history has to have it
  /// first, and settled at once where there is no history. Repairs after a writer that died while it held
  /// the lock. Any thread.
  [[nodiscard]] tl::expected<std::uint64_t, AppendFault> append(const NewRecord& record) const;

  /// Makes the next record's sequence number a greater one than `newest`. False when the lock is unusable.
  /// Any thread.
  [[nodiscard]] bool continueAfter(std::uint64_t newest) const;

  /// Where a reader that wants only what is released from now on starts. Any thread.
  [[nodiscard]] Place end() const noexcept;

  /// The place before the oldest record. Any thread.
  [[nodiscard]] Place begin() const;

  /// The place after the oldest released record that has this id, if there is one. Takes a look at each
  /// record whose id has the same hash. Any thread.
  [[nodiscard]] std::optional<Place> placeAfter(std::string_view id) const;

  /// The place after the record with this id and sequence number. Likewise.
  [[nodiscard]] std::optional<Place> placeAfter(std::string_view id, std::uint64_t sequence) const;

  /// Bytes from `place` to what is released last; kNotInLog where the log does not hold them any more.
  [[nodiscard]] std::uint64_t bytesAfter(const Place& place) const noexcept;

 private:
  Segment segment_;
};

/// One reader's place in the log; owned by one thread.
class LogReader {
 public:
  LogReader(Segment segment, std::uint64_t position) noexcept : segment_(segment), position_(position) {}

  enum class Outcome { Read, NothingNew, Overrun };

  /// Copies the next released record into `record`, reusing its storage. `Overrun`: the ring has been
  /// rewritten past this place; the reader now stands at the oldest record left, and what lies between is
  /// lost to it. Passes over void records.
  [[nodiscard]] Outcome next(Record& record);

  /// As next(), but up to `head`, and gives void records too.
  [[nodiscard]] Outcome nextBefore(std::uint64_t head, Record& record);

  /// The position of the record that next() gives next.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

 private:
  Segment segment_;
  std::uint64_t position_;
  std::vector<std::uint64_t> words_;  // a copy, parsed once it is known to be whole
};

}  // namespace mercure::hub

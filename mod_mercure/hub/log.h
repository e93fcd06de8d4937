#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "hub/segment.h"

namespace mercure::hub {

// A record in the ring, in 8-byte words, its position a multiple of 8 and taken modulo the ring's size:
//
//   size (whole record, bytes) | sequence | publish time (µs since 1970) | flags, topic count | id size,
//   event size then each topic (size word, bytes padded to 8), the id, the event as it goes on the wire.
//
// A writer holds the lock, moves the tail past what it will overwrite, writes the words, then moves the
// heads: a writer killed in between has published nothing. A reader copies, then checks that the tail has not
// passed it meanwhile.

struct RecordFlags {
  bool isPrivate = false;
  bool madeByHub = false;
  std::uint8_t generation = 0;  ///< of the protocol: 0 or 1
};

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
  std::vector<std::string> topics;
  std::string id;
  std::string event;
};

enum class AppendFault { TooLarge, LockUnusable };

/// The hub's log of updates: many writers in many processes, any number of readers that block nobody.
class Log {
 public:
  explicit Log(Segment segment) noexcept : segment_(segment) {}

  /// Appends and releases one record; its sequence number. Repairs after a writer that died while it held
  /// the lock. `TooLarge`: it would take more than half of the ring. Any thread.
  [[nodiscard]] tl::expected<std::uint64_t, AppendFault> append(const NewRecord& record) const;

  /// Where a reader that wants only what comes from now on starts. Any thread.
  [[nodiscard]] std::uint64_t releasedPosition() const noexcept;

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
  /// lost to it.
  [[nodiscard]] Outcome next(Record& record);

  /// The position of the record that next() gives next.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

 private:
  Segment segment_;
  std::uint64_t position_;
  std::vector<std::uint64_t> words_;  // a copy, parsed once it is known to be whole
};

}  // namespace mercure::hub

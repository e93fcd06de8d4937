#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "history/fault.h"
#include "history/limits.h"
#include "history/record.h"
#include "history/slice.h"

namespace mercure::history {

enum class Sync { Off, On };

struct Options {
  std::uint64_t maxSize = 256U << 20U;  ///< bytes of the data file; at least kFewestPages pages
  std::uint64_t maxCount = 0;           ///< records; 0: as many as fit
  std::chrono::microseconds maxAge{0};  ///< 0: as old as they are
  Sync sync = Sync::On;                 ///< whether an append waits for the disk
  unsigned maxReaders = 126;            ///< of all processes at once
  /// For tests: called before the disk is waited for; an errno that it gives fails what waits.
  std::function<int()> beforeSync = {};
};

struct Statistics {
  std::uint64_t records = 0;
  std::uint64_t bytesInUse = 0;  ///< of the data file; pruning begins at seven eighths of Options::maxSize
  std::uint64_t fileSize = 0;    ///< bytes; it never shrinks
  std::int64_t oldest = 0;       ///< when it was published, in µs since 1970; 0: there is none
  std::int64_t newest = 0;       ///< likewise
};

/// A hub's updates on disk. Any number of processes may have it open, each once: a process opens its own
/// after it was forked, and closes it before it forks another that does. Any thread may call any function,
/// but none of them while another makes or ends the object.
///
/// Readers wait for nobody, and nobody for them. Writers take their turns: a function that writes waits for
/// those of all processes. A process may be killed at any moment; what was appended before stays, also with
/// Sync::Off, as long as the machine lives.
class Archive {
 public:
  /// Opens the archive in an existing directory, or makes a new one there. What was damaged or tampered with
  /// while nobody had it open must have been found by checkApart() before: beyond faults that are easily told
  /// (Damaged, NotOurs, OtherLayout), the process may crash on it.
  [[nodiscard]] static tl::expected<Archive, Fault> open(const std::string& directory, Options options);

  /// Opens an archive that is there, to read it only: beside those who write to it, whom it never delays, or
  /// without them. Creates and changes no file but LMDB's table of readers; whoever runs this must be the
  /// user who writes the archive. The same must have been found before as for open(). `IoError` with ENOENT:
  /// nothing was stored yet. Every function that would write gives a fault.
  [[nodiscard]] static tl::expected<Archive, Fault> openReadOnly(const std::string& directory);

  Archive(Archive&& other) noexcept;
  Archive& operator=(Archive&& other) noexcept;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive();

  /// Stores records, in ascending order, in one transaction: all or, with a fault, none of them; with
  /// Sync::On they are on the disk then. Those that are stored already, with the same time and id, are passed
  /// over: a process that died may have got so far. Makes room by pruning the oldest.
  ///
  /// `Full` means that readers held too much for half a second; after any fault the next append may succeed.
  [[nodiscard]] tl::expected<void, Fault> append(std::span<const NewRecord> records);

  /// Records that are within it together always fit into one append, as does a single one of up to
  /// largestRecord() bytes, as storedSize() counts them. `TooLarge` is for what is larger.
  [[nodiscard]] Budget budget() const noexcept;
  [[nodiscard]] std::uint64_t largestRecord() const noexcept;

  /// Prunes what `now`, in µs since 1970, makes too old, or a lower limit too many or too large, for some
  /// tens of milliseconds at most; whether there is more to do. Takes no writer's turn when there is nothing
  /// to do.
  [[nodiscard]] tl::expected<bool, Fault> prune(std::int64_t now);

  /// Waits until all that was appended is on the disk: once a second with Sync::Off.
  [[nodiscard]] tl::expected<void, Fault> sync();

  /// Frees what killed processes held while they read; how many entries. Appends that find no room do it too.
  [[nodiscard]] tl::expected<unsigned, Fault> clearStaleReaders();

  /// The sequence number of the oldest record that has this id; none: it is not there, or no more.
  [[nodiscard]] tl::expected<std::optional<std::uint64_t>, Fault> positionOf(std::string_view id) const;

  /// Reads the records newer than `after`, oldest first, until `slice` is full; 0: from the oldest on. Each
  /// call sees the archive as it is then, and keeps nothing of it from being pruned afterwards.
  [[nodiscard]] tl::expected<void, Fault> read(std::uint64_t after, Slice& slice) const;

  /// Whether this record, by its sequence number, time and id, is stored, and not pruned yet.
  [[nodiscard]] tl::expected<bool, Fault> holds(const NewRecord& record) const;

  /// The newest record that was ever stored, even if it is pruned; none: nothing was.
  [[nodiscard]] tl::expected<std::optional<Newest>, Fault> newest() const;

  /// The sequence number of the oldest record; none: all are pruned, or nothing was stored.
  [[nodiscard]] tl::expected<std::optional<std::uint64_t>, Fault> oldest() const;

  [[nodiscard]] tl::expected<Statistics, Fault> statistics() const;

 private:
  struct State;
  explicit Archive(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

/// Bytes that a record counts for in a Budget; more than any archive takes if a part of it is too long.
[[nodiscard]] std::uint64_t storedSize(const NewRecord& record) noexcept;

}  // namespace mercure::history

#pragma once

#include <lmdb.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <tl/expected.hpp>

#include "history/claim.h"
#include "history/fault.h"
#include "history/opening.h"
#include "history/transaction.h"

namespace mercure::history {

/// One archive's LMDB environment in one process. Any thread; ended by one, when no other uses it any more.
class Environment {
 public:
  /// Opens the environment in a directory, or makes a new one there.
  [[nodiscard]] static tl::expected<std::unique_ptr<Environment>, Fault> open(const std::string& directory,
                                                                              OpeningOptions options);

  enum class Access { Read, Write };

  /// Begins a transaction; one that writes waits for every other one that does, in whatever process. Follows
  /// other processes that let the file grow further than this one's map, and opens the environment again
  /// after LMDB has given it up.
  [[nodiscard]] tl::expected<Transaction, Fault> begin(Access access);

  /// Waits until all that was committed is on the disk.
  [[nodiscard]] tl::expected<void, Fault> sync();

  /// Frees what killed processes left in the table of readers; how many entries.
  [[nodiscard]] tl::expected<unsigned, Fault> clearStaleReaders();

  /// Bytes of the data file.
  [[nodiscard]] tl::expected<std::uint64_t, Fault> fileSize();

  /// The errno, or 0, with which the disk refuses the data file `bytes` more: LMDB itself calls a disk that
  /// is full in the middle of a write an I/O error.
  [[nodiscard]] int refusalToGrow(std::uint64_t bytes);

  /// Stays the same.
  [[nodiscard]] std::size_t pageSize() const noexcept { return pageSize_; }

 private:
  Environment(DirectoryClaim claim, const std::string& directory, OpeningOptions options, OpenFiles files);

  [[nodiscard]] std::shared_lock<std::shared_mutex> use();
  [[nodiscard]] std::unique_lock<std::shared_mutex> useAlone();
  [[nodiscard]] tl::expected<void, Fault> overcome(int error, std::uint64_t generation);
  [[nodiscard]] tl::expected<void, Fault> reopen(std::uint64_t generation);
  [[nodiscard]] tl::expected<void, Fault> followSize();

  DirectoryClaim claim_;
  std::string directory_;
  OpeningOptions options_;
  pid_t process_;
  std::size_t pageSize_;

  // `use_` is held by every transaction, and alone by whoever changes what follows it. All pass the door, so
  // that readers without end don't keep out one who waits to be alone.
  std::mutex door_;
  std::shared_mutex use_;
  OpenFiles files_;
  std::uint64_t generation_ = 0;  // counts openings
};

}  // namespace mercure::history

#pragma once

#include <lmdb.h>

#include <cstdint>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "history/fault.h"
#include "history/transaction.h"

namespace mercure::history {

struct OpeningOptions {
  std::uint64_t maxSize = 0;  ///< of the data file, in bytes
  unsigned maxReaders = 0;    ///< of all processes at once
  bool sync = true;           ///< whether a commit waits for the disk
  bool readOnly = false;      ///< changes nothing but the lock file; there must be an archive
};

struct CloseEnvironment {
  void operator()(MDB_env* environment) const noexcept { mdb_env_close(environment); }
};

/// An LMDB environment of this layout.
struct OpenFiles {
  std::unique_ptr<MDB_env, CloseEnvironment> environment;
  Trees trees;
  std::size_t pageSize = 0;
};

/// Opens the environment in a directory, or makes a new one there. Expects what findings of verify.h are
/// about, not more than a file that is shorter than it should be. The process must not have it open. To read
/// only, where nothing was stored yet, it is an ENOENT.
[[nodiscard]] tl::expected<OpenFiles, Fault> openFiles(const std::string& directory,
                                                       const OpeningOptions& options);

/// The descriptor of an environment's data file, which stays LMDB's.
[[nodiscard]] int dataFile(MDB_env& environment) noexcept;

}  // namespace mercure::history

#pragma once

#include <sys/types.h>

#include <string>

#include <tl/expected.hpp>

#include "history/descriptor.h"
#include "history/fault.h"

// The two files of an LMDB environment, before LMDB sees them.
namespace mercure::history {

struct FileObjection {
  Fault fault;
  std::string words;  ///< what was found, and what was expected
};

/// A file's mode, for words about it.
[[nodiscard]] std::string octal(mode_t mode);

/// Opens a directory that is not a symbolic link, for the functions that take one.
[[nodiscard]] tl::expected<Descriptor, FileObjection> openDirectory(const std::string& path);

/// Opens a file, which must be a regular one that belongs to this process's user and that nobody else may
/// write; an empty descriptor when there is none and `flags` don't create it. Never follows a symbolic link,
/// never waits.
[[nodiscard]] tl::expected<Descriptor, FileObjection> openOwnFile(int directory, const char* name, int flags);

/// Creates what is missing of the two files, with mode 0600, and has the file system reserve what LMDB writes
/// without being able to fail: a disk that is full ends a process that touches a hole of its lock file.
///
/// Closing the lock file drops LMDB's own locks on it: never call this while the process has it open.
[[nodiscard]] tl::expected<void, Fault> prepareFiles(const std::string& directory, unsigned maxReaders);

/// As much of it as a process needs that only reads: there is a lock file, and the space that a few readers
/// take. One that is made here has room for any hub's, which may come while this process reads.
[[nodiscard]] tl::expected<void, Fault> prepareLockFile(const std::string& directory);

}  // namespace mercure::history

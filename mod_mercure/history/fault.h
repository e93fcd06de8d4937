#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace mercure::history {

enum class FaultCode {
  NoSpace,         ///< the disk, a quota or a limit on a file's size is exhausted
  Full,            ///< readers hold what was pruned, so that there is no room for now
  TooLarge,        ///< more than the archive takes at once
  OutOfOrder,      ///< a sequence number not newer than the newest one
  Damaged,         ///< not what was written; Fault::sequence names the record, if it is one
  OtherLayout,     ///< made by another version of the module, or not by it
  NotOurs,         ///< a file whose kind, owner or mode is not what it must be
  AlreadyOpen,     ///< this process has the directory open
  WrongProcess,    ///< the archive was opened before a fork
  TooManyReaders,  ///< more at once than Options::maxReaders
  LockUnusable,    ///< the memory that publishers share is not in a usable state
  Lost,            ///< gone from the log before it could be stored
  IoError,         ///< what the system says in Fault::error
};

struct Fault {
  FaultCode code = FaultCode::IoError;
  int error = 0;               ///< an errno or a code of LMDB's; 0: there is no more to say
  std::uint64_t sequence = 0;  ///< of the record that it is about; 0: none
};

/// For the log: what went wrong, in words, with the system's own or LMDB's.
[[nodiscard]] std::string describe(const Fault& fault);

/// The fault behind a code that an LMDB function gave: an errno where it is positive.
[[nodiscard]] Fault faultOf(int error) noexcept;

/// Nothing for 0, else the fault.
[[nodiscard]] tl::expected<void, Fault> outcomeOf(int error) noexcept;

}  // namespace mercure::history

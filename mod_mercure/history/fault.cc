#include "history/fault.h"

#include <lmdb.h>

#include <cerrno>

namespace mercure::history {

namespace {

const char* wordsFor(FaultCode code) noexcept {
  switch (code) {
    case FaultCode::NoSpace:
      return "there is no space left for the history";
    case FaultCode::Full:
      return "the history is full and readers hold what was removed";
    case FaultCode::TooLarge:
      return "too large for the history";
    case FaultCode::OutOfOrder:
      return "the sequence number is not newer than the newest one stored";
    case FaultCode::Damaged:
      return "the history is damaged";
    case FaultCode::OtherLayout:
      return "the history was made by another version";
    case FaultCode::NotOurs:
      return "a file of the history is not a regular file of this user's, with mode 0600";
    case FaultCode::AlreadyOpen:
      return "this process has the history's directory open already";
    case FaultCode::WrongProcess:
      return "the history was opened by another process";
    case FaultCode::TooManyReaders:
      return "too many read the history at once";
    case FaultCode::LockUnusable:
      return "the lock on the history is not usable";
    case FaultCode::Lost:
      return "the update was overwritten before it could be stored";
    case FaultCode::IoError:
      return "the history cannot be read or written";
  }
  return "the history is not usable";
}

FaultCode codeOf(int error) noexcept {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return FaultCode::NoSpace;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
      return FaultCode::Full;
    case MDB_READERS_FULL:
      return FaultCode::TooManyReaders;
    case MDB_VERSION_MISMATCH:
      return FaultCode::OtherLayout;
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
    case MDB_KEYEXIST:
    case MDB_BAD_VALSIZE:
      return FaultCode::Damaged;
    default:
      return FaultCode::IoError;
  }
}

}  // namespace

std::string describe(const Fault& fault) {
  std::string text = wordsFor(fault.code);
  if (fault.sequence != 0) text += " (record " + std::to_string(fault.sequence) + ")";
  if (fault.error != 0) text.append(": ").append(mdb_strerror(fault.error));
  return text;
}

Fault faultOf(int error) noexcept {
  return {codeOf(error), error};
}

tl::expected<void, Fault> outcomeOf(int error) noexcept {
  if (error != 0) return tl::unexpected(faultOf(error));
  return {};
}

}  // namespace mercure::history

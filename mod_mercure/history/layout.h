#pragma once

#include <cstdint>

namespace mercure::history {

// An archive is a directory with an LMDB environment (data.mdb and lock.mdb) of three trees. Numbers in keys
// are big-endian, so that they sort as bytes do:
//
//   about    "layout"                        -> magic, layout version, seed of the ids' hashes (about.h)
//            "newest"                        -> sequence, time and id of the newest record, once it is pruned
//   ids      hash of an id (16), sequence (8) -> nothing
//   records  sequence (8), part (4)           -> a part of the encoded record (record_format.h)
//
// A record is cut into parts that fill a page each, because LMDB stores longer values in consecutive pages,
// and a full file has only scattered ones to give. Pruning takes the oldest record away from its first part
// on, if need be in several transactions: parts without a first one, which only the oldest record can be,
// count as gone.

inline constexpr std::uint32_t kLayoutVersion = 1;

inline constexpr const char* kDataFile = "data.mdb";
inline constexpr const char* kLockFile = "lock.mdb";

inline constexpr const char* kAboutTree = "about";
inline constexpr const char* kIdsTree = "ids";
inline constexpr const char* kRecordsTree = "records";

}  // namespace mercure::history

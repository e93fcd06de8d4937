#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "history/keys.h"
#include "history/record.h"

// How a record is stored, in the machine's byte order:
//
//   RecordHead | id | each topic: size (4 bytes), bytes | event
//
// cut into parts of kPartSize, the last one shorter. The checksum is over everything after itself, and so
// over the sequence number too: a record under another one's key is found.
namespace mercure::history {

/// What a page of 4096 bytes holds beside LMDB's own page header.
inline constexpr std::size_t kPartSize = 4080;

struct RecordHead {
  std::uint64_t checksum = 0;
  std::uint64_t size = 0;  ///< of the whole record, this head included
  std::uint64_t sequence = 0;
  std::int64_t publishedAt = 0;
  IdHash idHash{};
  std::uint32_t idSize = 0;
  std::uint32_t topicCount = 0;
  std::uint32_t eventSize = 0;
  std::uint8_t flags = 0;
  std::uint8_t unused[3] = {};
};
static_assert(sizeof(RecordHead) == 64 && std::has_unique_object_representations_v<RecordHead>);

/// XXH3: checks a record at the speed of memory, and its library has the ids' wide hash as well.
[[nodiscard]] std::uint64_t checksumOf(Bytes bytes) noexcept;

/// Bytes that `record` takes when stored; none when a part is too long for its field.
[[nodiscard]] std::optional<std::uint64_t> encodedSize(const NewRecord& record) noexcept;

[[nodiscard]] constexpr std::uint64_t partsOf(std::uint64_t size) noexcept {
  return (size + kPartSize - 1) / kPartSize;
}

/// Writes `record`, whose encodedSize() is not none, to `encoded`, reusing its storage.
void encode(const NewRecord& record, const IdHash& idHash, std::vector<std::byte>& encoded);

/// The head of a record's first part, unchecked but for its size; none when the part is too short.
[[nodiscard]] std::optional<RecordHead> headOf(Bytes part) noexcept;

/// Reads a whole record back into `record`, reusing its storage; false when it is not what was stored under
/// `sequence`.
[[nodiscard]] bool decode(Bytes encoded, std::uint64_t sequence, Record& record);

}  // namespace mercure::history

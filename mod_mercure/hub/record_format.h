#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "hub/log.h"
#include "hub/ring.h"

// How a record stands in the ring; drawn in log.h.
namespace mercure::hub {

/// The largest part of the ring that one record may take: an update's bytes may grow sevenfold on their way,
/// and the ring has sixteen times the largest one (ANY-46).
inline constexpr std::uint64_t kLargestPart = 2;

/// What a record has beside its update.
struct RecordFrame {
  std::uint64_t size = 0;  ///< bytes, as encodedSize() gives them
  std::uint64_t sequence = 0;
  std::int64_t publishedAt = 0;  ///< µs since 1970
  std::uint64_t idHash = 0;
  std::uint64_t previousOfId = 0;  ///< the chain's next link
};

/// Bytes that `record` takes in the ring, a multiple of 8; none when a part is too long for its field.
[[nodiscard]] std::optional<std::uint64_t> encodedSize(const NewRecord& record) noexcept;

/// Writes a record from `cursor` on.
void encode(const NewRecord& record, const RecordFrame& frame, Ring::Cursor cursor) noexcept;

/// Whether a record may have this size in a ring of `ringSize`, with `room` bytes left to its head.
[[nodiscard]] bool isPlausibleSize(std::uint64_t size, std::uint64_t ringSize, std::uint64_t room) noexcept;

/// Reads a whole record back into `record`, reusing its storage; false when its parts don't add up.
[[nodiscard]] bool decode(std::span<const std::uint64_t> words, Record& record);

/// Reads what a record has beside its update, `cursor` standing at its start. Nothing is checked.
[[nodiscard]] RecordFrame readFrame(Ring::Cursor cursor) noexcept;

/// Whether the record at `cursor` has this id. Reads no more than `room` bytes.
[[nodiscard]] bool hasId(Ring::Cursor cursor, std::string_view id, std::uint64_t room) noexcept;

[[nodiscard]] bool isVoid(Ring::Cursor cursor) noexcept;

/// Marks the record at `position` as void: nobody may see it.
void makeVoid(const Ring& ring, std::uint64_t position) noexcept;

}  // namespace mercure::hub

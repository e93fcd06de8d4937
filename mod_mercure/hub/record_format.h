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

/// Bytes that `record` takes in the ring, a multiple of 8; none when a part is too long for its field.
[[nodiscard]] std::optional<std::uint64_t> encodedSize(const NewRecord& record) noexcept;

/// Writes `size` bytes, as encodedSize() gave it, from `cursor` on.
void encode(const NewRecord& record, std::uint64_t size, std::uint64_t sequence, std::int64_t publishedAt,
            Ring::Cursor cursor) noexcept;

/// Whether a record may have this size in a ring of `ringSize`, with `room` bytes left to its head.
[[nodiscard]] bool isPlausibleSize(std::uint64_t size, std::uint64_t ringSize, std::uint64_t room) noexcept;

/// Reads a whole record back into `record`, reusing its storage; false when its parts don't add up.
[[nodiscard]] bool decode(std::span<const std::uint64_t> words, Record& record);

}  // namespace mercure::hub

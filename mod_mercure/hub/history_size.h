#pragma once

#include <cstdint>

namespace mercure::hub {

/// A HistoryOptions::maxSize that takes every update published with a body of `maxUpdateSize` bytes: 16 times
/// as many bytes, more where memory has larger pages than 4 KiB.
[[nodiscard]] std::uint64_t leastHistorySize(std::uint64_t maxUpdateSize) noexcept;

}  // namespace mercure::hub

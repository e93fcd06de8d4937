#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "history/bytes.h"
#include "history/fault.h"
#include "history/record.h"

namespace mercure::history {

/// What an archive's `about` tree says of it as a whole, under "layout".
struct About {
  std::uint64_t idSeed = 0;
};

[[nodiscard]] Bytes layoutKey() noexcept;
[[nodiscard]] Bytes newestKey() noexcept;

/// What a new archive says of itself, with a seed of its own.
[[nodiscard]] std::string newLayout();

/// `OtherLayout` when this version cannot use the archive, `Damaged` when it is not what was written.
[[nodiscard]] tl::expected<About, Fault> decodeLayout(Bytes value) noexcept;

[[nodiscard]] std::string encodeNewest(const Newest& newest);
/// None when it is not what was written.
[[nodiscard]] std::optional<Newest> decodeNewest(Bytes value);

}  // namespace mercure::history

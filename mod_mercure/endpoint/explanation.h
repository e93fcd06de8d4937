#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace mercure::endpoint {

/// Makes `text` safe for one line of a log or a body: valid UTF-8 without control characters, each of which
/// becomes `?`, and cut after 512 bytes.
[[nodiscard]] std::string oneLine(std::string_view text);

/// A client's own words in quotes, for an explanation: one line of at most `limit` bytes.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t limit = 120);

/// The first few of `texts`, quoted, and how many more there are; `nothing` when there is none.
[[nodiscard]] std::string listing(std::span<const std::string> texts);

}  // namespace mercure::endpoint

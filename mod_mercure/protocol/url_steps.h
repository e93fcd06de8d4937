#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mercure::protocol {

// Steps of the basic URL parser that canonicalizing a single component takes as well.

/// What the parser's states read of any bytes: UTF-8, U+FFFD for what is broken, without tabs and newlines.
[[nodiscard]] std::string readUrlInput(std::string_view bytes);

/// A port of decimal digits alone, of one at least, up to 65535; zeros may stand in front.
[[nodiscard]] std::optional<std::uint16_t> parsePortNumber(std::string_view digits) noexcept;

/// The opaque path state (https://url.spec.whatwg.org/#cannot-be-a-base-url-path-state): what `text` says up
/// to the first "?" or "#", encoded. `text` is all that is left of the input.
[[nodiscard]] std::string readOpaquePath(std::string_view text);

}  // namespace mercure::protocol

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mercure::protocol {

struct Utf8Step {
  char32_t codePoint;  ///< U+FFFD for a broken sequence
  std::size_t size;    ///< bytes it takes, at least one
  bool valid;
};

/// The code point that `bytes`, which must not be empty, begins with (Encoding standard, "UTF-8 decoder"). A
/// broken sequence is as long as it could still have become a valid one, so decoding goes on after it.
[[nodiscard]] Utf8Step decodeUtf8Step(std::string_view bytes) noexcept;

/// "UTF-8 decode without BOM" of the Encoding standard, as UTF-8 again: each broken sequence becomes U+FFFD,
/// and a byte order mark stays.
[[nodiscard]] std::string replaceBrokenUtf8(std::string bytes);

/// Whether nothing in `bytes` is broken.
[[nodiscard]] bool isValidUtf8(std::string_view bytes) noexcept;

/// Whether the code point is a control character: C0, DEL or C1.
[[nodiscard]] constexpr bool isControl(char32_t codePoint) noexcept {
  return codePoint < 0x20 || (codePoint >= 0x7F && codePoint <= 0x9F);
}

}  // namespace mercure::protocol

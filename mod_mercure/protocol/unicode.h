#pragma once

#include <string_view>

namespace mercure::protocol {

/// Whether the code point is a format character: general category Cf, as in ICU's version of Unicode.
[[nodiscard]] bool isFormat(char32_t codePoint) noexcept;

/// Whether `utf8` holds a control character (isControl, utf8.h) or a format character. Broken sequences are
/// neither.
[[nodiscard]] bool holdsControlOrFormat(std::string_view utf8) noexcept;

}  // namespace mercure::protocol

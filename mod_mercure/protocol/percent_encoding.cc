#include "protocol/percent_encoding.h"

#include <charconv>

namespace mercure::protocol {

std::optional<char> decodeTriplet(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const char* const end = text.data() + 3;
  unsigned char byte = 0;
  const auto [read, error] = std::from_chars(text.data() + 1, end, byte, 16);
  if (error != std::errc{} || read != end) return std::nullopt;
  return static_cast<char>(byte);
}

}  // namespace mercure::protocol

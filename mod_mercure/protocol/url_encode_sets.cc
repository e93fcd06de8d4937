#include "protocol/url_encode_sets.h"

namespace mercure::protocol {

void appendEncoded(std::string& output, std::string_view text, const PercentEncodeSet& set) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (!set.holds(c)) {
      output += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    output += '%';
    output += kHexDigits[byte >> 4];
    output += kHexDigits[byte & 0x0F];
  }
}

std::string encode(std::string_view text, const PercentEncodeSet& set) {
  std::string output;
  appendEncoded(output, text, set);
  return output;
}

}  // namespace mercure::protocol

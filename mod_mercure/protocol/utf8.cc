#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// What a lead byte announces: how many bytes follow, and the range of the first of them, which excludes
// overlong forms, surrogates and everything beyond U+10FFFF.
struct Lead {
  std::size_t following = 0;
  unsigned char bits = 0;
  unsigned char lowest = 0x80;
  unsigned char highest = 0xBF;
};

constexpr Lead readLead(unsigned char byte) noexcept {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, static_cast<unsigned char>(byte & 0x1F)};
  if (byte >= 0xE0 && byte <= 0xEF) {
    return {2, static_cast<unsigned char>(byte & 0x0F),
            static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
  }
  if (byte >= 0xF0 && byte <= 0xF4) {
    return {3, static_cast<unsigned char>(byte & 0x07),
            static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
  }
  return {};
}

}  // namespace

Utf8Step decodeUtf8Step(std::string_view bytes) noexcept {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) return {first, 1, true};

  Lead lead = readLead(first);
  if (lead.following == 0) return {0xFFFD, 1, false};
  char32_t codePoint = lead.bits;
  for (std::size_t i = 1; i <= lead.following; ++i) {
    if (i == bytes.size()) return {0xFFFD, i, false};
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte < lead.lowest || byte > lead.highest) return {0xFFFD, i, false};
    codePoint = codePoint << 6 | (byte & 0x3F);
    lead.lowest = 0x80;
    lead.highest = 0xBF;
  }
  return {codePoint, lead.following + 1, true};
}

std::string replaceBrokenUtf8(std::string bytes) {
  const std::string_view source = bytes;
  std::string replaced;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < source.size();) {
    const Utf8Step step = decodeUtf8Step(source.substr(at));
    if (!step.valid) {
      replaced.append(source.substr(copied, at - copied)).append(kReplacement);
      copied = at + step.size;
    }
    at += step.size;
  }
  if (copied == 0) return bytes;
  return replaced.append(source.substr(copied));
}

bool isValidUtf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const Utf8Step step = decodeUtf8Step(bytes);
    if (!step.valid) return false;
    bytes.remove_prefix(step.size);
  }
  return true;
}

}  // namespace mercure::protocol

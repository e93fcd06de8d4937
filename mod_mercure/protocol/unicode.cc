#include "protocol/unicode.h"

#include <unicode/uchar.h>

#include "protocol/utf8.h"

namespace mercure::protocol {

bool isFormat(char32_t codePoint) noexcept {
  return u_charType(static_cast<UChar32>(codePoint)) == U_FORMAT_CHAR;
}

bool holdsControlOrFormat(std::string_view utf8) noexcept {
  while (!utf8.empty()) {
    const Utf8Step step = decodeUtf8Step(utf8);
    if (step.valid && (isControl(step.codePoint) || isFormat(step.codePoint))) return true;
    utf8.remove_prefix(step.size);
  }
  return false;
}

}  // namespace mercure::protocol

#include "protocol/ecmascript_identifier.h"

#include <unicode/uchar.h>

namespace mercure::protocol {

namespace {

constexpr char32_t kZeroWidthNonJoiner = 0x200C;
constexpr char32_t kZeroWidthJoiner = 0x200D;

}  // namespace

bool isIdentifierStart(char32_t codePoint) noexcept {
  return codePoint == '$' || codePoint == '_' ||
         u_hasBinaryProperty(static_cast<UChar32>(codePoint), UCHAR_ID_START) != 0;
}

bool isIdentifierPart(char32_t codePoint) noexcept {
  return codePoint == '$' || codePoint == kZeroWidthNonJoiner || codePoint == kZeroWidthJoiner ||
         u_hasBinaryProperty(static_cast<UChar32>(codePoint), UCHAR_ID_CONTINUE) != 0;
}

}  // namespace mercure::protocol

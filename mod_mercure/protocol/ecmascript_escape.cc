#include "protocol/ecmascript_escape.h"

#include <cstddef>
#include <optional>
#include <string>

#include "protocol/ascii.h"
#include "protocol/ecmascript_property.h"

namespace mercure::protocol {

namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;

AsciiSet setOf(std::string_view characters) {
  AsciiSet set;
  for (const char c : characters) set.set(static_cast<unsigned char>(c));
  return set;
}

AsciiSet digits() {
  return setOf("0123456789");
}

// Of WhiteSpace and LineTerminator, which `\s` is, the others are beyond ASCII.
AsciiSet whiteSpace() {
  return setOf("\t\n\v\f\r ");
}

AsciiSet wordCharacters() {
  return setOf("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
}

std::optional<char32_t> hexValue(char c) {
  if (isAsciiDigit(c)) return c - '0';
  const char lower = toAsciiLower(c);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return std::nullopt;
}

// Exactly `count` hex digits.
std::optional<char32_t> takeHex(std::string_view& rest, std::size_t count) {
  if (rest.size() < count) return std::nullopt;
  char32_t value = 0;
  for (const char c : rest.substr(0, count)) {
    const auto digit = hexValue(c);
    if (!digit) return std::nullopt;
    value = value << 4 | *digit;
  }
  rest.remove_prefix(count);
  return value;
}

// Any number of them up to the closing brace; zeros may lead.
std::optional<char32_t> takeBracedHex(std::string_view& rest) {
  const std::size_t end = rest.find('}');
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  char32_t value = 0;
  for (const char c : rest.substr(0, end)) {
    const auto digit = hexValue(c);
    if (!digit) return std::nullopt;
    value = value << 4 | *digit;
    if (value > kLastCodePoint) return std::nullopt;
  }
  rest.remove_prefix(end + 1);
  return value;
}

// Behind `\u`; two surrogates in a row are one code point.
std::optional<char32_t> takeUnicode(std::string_view& rest) {
  if (rest.starts_with('{')) {
    rest.remove_prefix(1);
    return takeBracedHex(rest);
  }
  const auto unit = takeHex(rest, 4);
  if (!unit || *unit < 0xD800 || *unit > 0xDBFF || !rest.starts_with("\\u")) return unit;
  std::string_view behind = rest.substr(2);
  const auto trail = takeHex(behind, 4);
  if (!trail || *trail < 0xDC00 || *trail > 0xDFFF) return unit;
  rest = behind;
  return 0x10000 + ((*unit - 0xD800) << 10) + (*trail - 0xDC00);
}

std::optional<char32_t> takeControlLetter(std::string_view& rest) {
  if (rest.empty() || !isAsciiAlpha(rest.front())) return std::nullopt;
  const char32_t control = static_cast<unsigned char>(rest.front()) % 32;
  rest.remove_prefix(1);
  return control;
}

std::optional<char32_t> takeIdentity(char c) {
  if (std::string_view("^$\\.*+?()[]{}|/").find(c) == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned char>(c);
}

std::optional<char32_t> takeSingle(char c, std::string_view& rest) {
  switch (c) {
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case 'c':
      return takeControlLetter(rest);
    case 'x':
      return takeHex(rest, 2);
    case 'u':
      return takeUnicode(rest);
    case '0':
      if (!rest.empty() && isAsciiDigit(rest.front())) return std::nullopt;
      return 0;
    default:
      return takeIdentity(c);
  }
}

std::optional<AsciiSet> takeProperty(std::string_view& rest) {
  const std::size_t end = rest.find('}');
  if (!rest.starts_with('{') || end == std::string_view::npos) return std::nullopt;
  const std::string_view expression = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return asciiWithProperty(expression);
}

}  // namespace

bool beginsClassEscape(std::string_view rest) noexcept {
  return !rest.empty() && std::string_view("dDsSwWpP").find(rest.front()) != std::string_view::npos;
}

tl::expected<AsciiSet, UrlPatternError> takeClassEscape(std::string_view& rest) {
  const char letter = rest.front();
  rest.remove_prefix(1);
  std::optional<AsciiSet> set;
  switch (toAsciiLower(letter)) {
    case 'd':
      set = digits();
      break;
    case 's':
      set = whiteSpace();
      break;
    case 'w':
      set = wordCharacters();
      break;
    default:
      set = takeProperty(rest);
  }
  if (!set) return invalidUrlPattern("a regular expression names a property that ASCII hasn't");
  return letter == toAsciiLower(letter) ? *set : ~*set;
}

tl::expected<char32_t, UrlPatternError> takeCharacterEscape(std::string_view& rest) {
  if (rest.empty()) return invalidUrlPattern("a regular expression ends with a backslash");
  const char c = rest.front();
  rest.remove_prefix(1);
  if (c == 'k' || (c >= '1' && c <= '9'))
    return invalidUrlPattern("a regular expression holds a backreference, which takes more than linear time");
  const auto codePoint = takeSingle(c, rest);
  if (!codePoint) return invalidUrlPattern("a regular expression holds an unknown escape");
  return *codePoint;
}

}  // namespace mercure::protocol

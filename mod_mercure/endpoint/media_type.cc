#include "endpoint/media_type.h"

#include <algorithm>

#include "endpoint/ascii.h"

namespace mercure::endpoint {

namespace {

bool isTokenCharacter(char character) {
  return isAsciiAlphanumeric(character) ||
         std::string_view("!#$%&'*+-.^_`|~").find(character) != std::string_view::npos;
}

// Takes a token (RFC 9110, section 5.6.2) off the front of `text`; empty when there is none.
std::string_view takeToken(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), isTokenCharacter);
  const auto token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(token.size());
  return token;
}

bool take(std::string_view& text, char character) {
  if (!text.starts_with(character)) return false;
  text.remove_prefix(1);
  return true;
}

// RFC 9110, section 5.6.4.
bool takeQuotedString(std::string_view& text) {
  if (!take(text, '"')) return false;
  while (!text.empty()) {
    const char character = text.front();
    text.remove_prefix(1);
    if (character == '"') return true;
    if (character == '\\' && !text.empty()) text.remove_prefix(1);
  }
  return false;
}

void skipBlanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

// RFC 9110, section 5.6.6: `*( OWS ";" OWS [ name "=" ( token / quoted-string ) ] )`.
bool takeParameters(std::string_view& text) {
  skipBlanks(text);
  while (take(text, ';')) {
    skipBlanks(text);
    if (takeToken(text).empty()) continue;
    if (!take(text, '=')) return false;
    if (takeToken(text).empty() && !takeQuotedString(text)) return false;
    skipBlanks(text);
  }
  return text.empty();
}

}  // namespace

std::optional<std::string> mediaTypeOf(std::string_view value) {
  std::string_view rest = trimBlanks(value);
  const auto type = takeToken(rest);
  if (type.empty() || !take(rest, '/')) return std::nullopt;
  const auto subtype = takeToken(rest);
  if (subtype.empty() || !takeParameters(rest)) return std::nullopt;
  return lowerCase(type) + '/' + lowerCase(subtype);
}

}  // namespace mercure::endpoint

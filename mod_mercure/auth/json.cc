#include "auth/json.h"

#include <cstdlib>

#include "auth/release.h"

namespace mercure::auth {
namespace {

/// jansson's own message quotes the text that it could not read, which may be a part of a token.
const char* describe(const json_error_t& error) {
  switch (json_error_code(&error)) {
    case json_error_invalid_utf8:
      return "is not UTF-8";
    case json_error_premature_end_of_input:
      return "ends too early";
    case json_error_end_of_input_expected:
      return "goes on after the object";
    case json_error_null_character:
    case json_error_null_byte_in_key:
      return "holds a NUL";
    case json_error_duplicate_key:
      return "has a name twice";
    case json_error_numeric_overflow:
      return "holds a number out of range";
    default:
      return "is not JSON";
  }
}

/// Counted before jansson reads: its own bound of 2048 levels takes a megabyte of stack.
bool nestsTooDeeply(std::string_view text) {
  std::size_t depth = 0;
  bool inString = false;
  for (std::size_t place = 0; place < text.size(); ++place) {
    const char c = text[place];
    if (c == '"') {
      inString = !inString;
    } else if (inString) {
      if (c == '\\') ++place;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

tl::expected<Json, std::string> readJsonObject(std::string_view text) {
  if (nestsTooDeeply(text)) return tl::unexpected<std::string>("is nested too deeply");
  json_error_t error;
  Json value(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error));
  if (!value) {
    return tl::unexpected(std::string(describe(error)) + ", at byte " + std::to_string(error.position));
  }
  if (!json_is_object(value.get())) return tl::unexpected<std::string>("is not a JSON object");
  return value;
}

const json_t* memberOf(const json_t& object, const char* name) noexcept {
  const json_t* const value = json_object_get(&object, name);
  return json_is_null(value) ? nullptr : value;
}

std::string_view textOf(const json_t& string) noexcept {
  return {json_string_value(&string), json_string_length(&string)};
}

std::string compactTextOf(const json_t& value) {
  const std::unique_ptr<char, Release<std::free>> text(json_dumps(&value, JSON_COMPACT | JSON_ENCODE_ANY));
  return text ? std::string(text.get()) : std::string();
}

}  // namespace mercure::auth

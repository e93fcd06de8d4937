#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <jansson.h>
#include <tl/expected.hpp>

namespace mercure::auth {

struct JsonRelease {
  void operator()(json_t* value) const noexcept { json_decref(value); }
};

/// Owns a value and, through it, everything in it.
using Json = std::unique_ptr<json_t, JsonRelease>;

/// Far beyond any token's need, and little enough for the smallest stack that ThreadStackSize may give a
/// thread.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// Reads a JSON object (RFC 8259) and nothing after it. Refused besides bad syntax: bytes that are not UTF-8,
/// a name twice in one object at any level, a NUL in a name or a string, a number that neither a 64-bit
/// integer nor a double holds, and more than kMaxJsonDepth levels. The error says which, and never repeats
/// the text. Any thread: jansson seeds its hashes from the system's randomness by itself, under a lock of its
/// own.
[[nodiscard]] tl::expected<Json, std::string> readJsonObject(std::string_view text);

/// The member `name` of an object, or nullptr when it is absent or null. Lives as long as the object.
[[nodiscard]] const json_t* memberOf(const json_t& object, const char* name) noexcept;

/// A string's text, which lives as long as the string.
[[nodiscard]] std::string_view textOf(const json_t& string) noexcept;

/// Any value as JSON text without blanks, its members in their order; numbers keep their value.
[[nodiscard]] std::string compactTextOf(const json_t& value);

}  // namespace mercure::auth

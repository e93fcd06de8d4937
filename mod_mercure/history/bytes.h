#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace mercure::history {

using Bytes = std::span<const std::byte>;

[[nodiscard]] inline Bytes bytesOf(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

[[nodiscard]] inline std::string_view textOf(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A copy of the object at an offset, which need not be aligned; none when it would end beyond the bytes.
template <typename T>
[[nodiscard]] std::optional<T> readAt(Bytes bytes, std::size_t offset) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) return std::nullopt;
  T object{};
  std::memcpy(static_cast<void*>(&object), bytes.data() + offset, sizeof object);
  return object;
}

}  // namespace mercure::history

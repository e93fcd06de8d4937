#pragma once

#include <sys/random.h>

#include <type_traits>

namespace mercure::hub {

/// A value of bytes nobody can foresee; all zero if the system has none to give, which Linux always has.
template <typename T>
[[nodiscard]] T randomValue() noexcept {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 256, "what getrandom(2) gives in one piece");
  T value{};
  if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) value = T{};
  return value;
}

}  // namespace mercure::hub

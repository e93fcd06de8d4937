#pragma once

#include <string_view>

namespace mercure::protocol {

/// A generation of the Mercure protocol, whose rules judge a token, a matcher or an update.
enum class Generation {
  V0,  ///< 0.x (draft 07)
  V1,  ///< 1.0 (draft 08)
};

/// The generations that a hub serves (MercureProtocol).
enum class Protocol { V0, V1, Any };

/// As the directive names it.
[[nodiscard]] constexpr std::string_view nameOf(Protocol served) noexcept {
  switch (served) {
    case Protocol::V0:
      return "0.x";
    case Protocol::V1:
      return "1.0";
    case Protocol::Any:
      break;
  }
  return "any";
}

}  // namespace mercure::protocol

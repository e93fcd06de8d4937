#pragma once

#include <optional>
#include <string_view>

namespace mercure::auth {

/// The signature algorithms (RFC 7518, section 3) that a key can be pinned to.
enum class Algorithm { HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512 };

/// `name` exactly as RFC 7518 spells it; anything else is none.
[[nodiscard]] std::optional<Algorithm> algorithmNamed(std::string_view name) noexcept;
[[nodiscard]] std::string_view nameOf(Algorithm algorithm) noexcept;
[[nodiscard]] bool isSymmetric(Algorithm algorithm) noexcept;

}  // namespace mercure::auth

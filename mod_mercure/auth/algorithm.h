#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace mercure::auth {

/// The signature algorithms (RFC 7518, section 3; RFC 8037, section 3.1) that a key can be pinned to.
enum class Algorithm {
  HS256,
  HS384,
  HS512,
  RS256,
  RS384,
  RS512,
  ES256,
  ES384,
  ES512,
  PS256,
  PS384,
  PS512,
  EdDSA,  ///< Ed25519 or Ed448, whichever the key is
};

/// What a key set may be used with where nothing else is said: never a secret (P1-TOK-03).
inline constexpr std::array kPublicKeyAlgorithms{
    Algorithm::EdDSA, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::RS256,
    Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512};

/// `name` exactly as the RFCs spell it; anything else is none.
[[nodiscard]] std::optional<Algorithm> algorithmNamed(std::string_view name) noexcept;
[[nodiscard]] std::string_view nameOf(Algorithm algorithm) noexcept;
[[nodiscard]] bool isSymmetric(Algorithm algorithm) noexcept;

}  // namespace mercure::auth

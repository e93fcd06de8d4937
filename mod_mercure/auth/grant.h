#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "auth/authorization_details.h"
#include "auth/generation.h"
#include "auth/key.h"

namespace mercure::auth {

/// What a verified token allows; its selectors, or its matchers, not yet compiled.
struct Grant {
  Generation generation = Generation::V0;
  std::optional<std::chrono::system_clock::time_point> issued;   ///< `iat`, where it is a time
  std::optional<std::chrono::system_clock::time_point> begins;   ///< `nbf`
  std::optional<std::chrono::system_clock::time_point> expires;  ///< `exp`; never absent in 1.0
  Fingerprint key{};                                             ///< of the key that verified it

  // 0.x (draft 07, "Authorization")
  std::vector<std::string> publish;
  std::vector<std::string> subscribe;
  std::string payload;  ///< `mercure.payload` as JSON text; empty when absent or null

  // 1.0 (draft 08, "Authorization Details")
  std::string issuer;                        ///< `iss`
  std::vector<AuthorizationDetail> details;  ///< in the token's order
};

}  // namespace mercure::auth

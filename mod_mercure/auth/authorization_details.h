#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "auth/json.h"
#include "auth/token_error.h"
#include "protocol/matcher_type.h"

namespace mercure::auth {

/// As much as one token may ask for (P1-AD-09).
inline constexpr std::size_t kMaxDetails = 100;
inline constexpr std::size_t kMaxDetailTopics = 100;  ///< summed over the details
inline constexpr std::size_t kMaxMatchSize = 4096;

/// The `type` of a Mercure detail.
inline constexpr std::string_view kMercureDetailType = "https://mercure.rocks/authorization-detail";

/// One entry of a token's `authorization_details` that is Mercure's (draft 08, "Authorization Details").
struct AuthorizationDetail {
  bool publish = false;
  bool subscribe = false;
  /// Never empty; each text is not either, has at most kMaxMatchSize bytes and no control or format
  /// characters.
  std::vector<protocol::MatcherText> topics;
  std::string payload;  ///< a JSON object as text; empty when absent or null
};

/// The Mercure details of a token's claims, in the token's order; none where there is no such claim. Entries
/// of other types are passed over, whatever they hold. One wrong entry makes the whole token invalid. Any
/// thread.
[[nodiscard]] tl::expected<std::vector<AuthorizationDetail>, TokenError> readAuthorizationDetails(
    const json_t& claims);

}  // namespace mercure::auth

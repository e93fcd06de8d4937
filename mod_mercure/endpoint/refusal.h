#pragma once

#include <string>
#include <string_view>

#include "endpoint/answer.h"

namespace mercure::endpoint {

/// What `Retry-After` says where the hub itself can't serve, in seconds.
inline constexpr std::string_view kAfterMending = "10";

/// Refuses with the status's name as the body: the reason is for the administrator alone. A 401 carries the
/// bare `Bearer` challenge (RFC 9110, section 15.5.2). The explanation is made one safe line.
[[nodiscard]] Answer refusal(int status, hub::Refusal reason, std::string_view explanation);

/// Refuses with the explanation as the body too, for the client to act on.
[[nodiscard]] Answer explainedRefusal(int status, hub::Refusal reason, std::string_view explanation);

/// A 401: every failure of a token gives the same one (P0-TOK-15).
[[nodiscard]] Answer unauthorized(hub::Refusal reason, std::string_view explanation);

}  // namespace mercure::endpoint

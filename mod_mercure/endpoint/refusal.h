#pragma once

#include <string>
#include <string_view>

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"
#include "protocol/generation.h"

namespace mercure::endpoint {

/// What `Retry-After` says where the hub itself can't serve, in seconds.
inline constexpr std::string_view kAfterMending = "10";

/// How one client is answered when it is refused: by the rules of the generation that it speaks, or of 1.0
/// where it has said nothing and the hub has an issuer of 1.0's tokens (ANY-10). Refers to the request and
/// the settings.
class Manner {
 public:
  Manner(const Request& request, const Settings& settings) noexcept;

  protocol::Generation generation;

  [[nodiscard]] bool isOld() const noexcept { return generation == protocol::Generation::V0; }
  /// Where the hub describes itself; empty where it doesn't.
  [[nodiscard]] std::string metadataUrl() const;

 private:
  const Request* request_;
  const Settings* settings_;
};

/// Refuses with the status's name as the body: the reason is for the administrator alone. The explanation is
/// made one safe line.
[[nodiscard]] Answer refusal(int status, hub::Refusal reason, std::string_view explanation);

/// Refuses with the explanation as the body too, for the client to act on: a line of text in 0.x, problem
/// details (RFC 9457) in 1.0.
[[nodiscard]] Answer explainedRefusal(const Manner& manner, int status, hub::Refusal reason,
                                      std::string_view explanation);

// For a token's sake; the body never says more than the status. In 0.x each of these is a 401 with the bare
// `Bearer` challenge (P0-TOK-15, RFC 9110, section 15.5.2); in 1.0 they are told apart (draft 08, "Error
// Responses"), and name the hub's metadata.

/// There is none where one is needed: 401.
[[nodiscard]] Answer withoutToken(const Manner& manner, std::string_view explanation);

/// Something else than one token, or a token where it may not stand: 400 `invalid_request` in 1.0.
[[nodiscard]] Answer wronglyPresented(const Manner& manner, hub::Refusal reason,
                                      std::string_view explanation);

/// It is not valid: 401, `invalid_token` in 1.0.
[[nodiscard]] Answer invalidToken(const Manner& manner, hub::Refusal reason, std::string_view explanation);

/// It is valid and does not allow this: 403 `insufficient_scope` in 1.0.
[[nodiscard]] Answer withoutRight(const Manner& manner, std::string_view explanation);

}  // namespace mercure::endpoint

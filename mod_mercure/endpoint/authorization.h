#pragma once

#include <memory>
#include <span>

#include <tl/expected.hpp>

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/refusal.h"
#include "endpoint/request.h"
#include "endpoint/verified_token.h"
#include "protocol/form.h"

namespace mercure::endpoint {

using Query = std::span<const protocol::FormField>;

/// Who is asking.
struct Client {
  std::shared_ptr<const VerifiedToken> token;  ///< null: anonymous
  Manner manner;
};

/// What the client may publish: finds its token, checks where a cookie comes from, verifies it. The error is
/// the answer to give. May block while a key set is fetched.
[[nodiscard]] tl::expected<Client, Answer> authorizePublisher(const Request& request, Query query,
                                                              const Environment& environment);

/// What the client may read; without a token where anonymous subscribers are let in. The error is the answer
/// to give. May block while a key set is fetched.
[[nodiscard]] tl::expected<Client, Answer> authorizeSubscriber(const Request& request, Query query,
                                                               const Environment& environment);

}  // namespace mercure::endpoint

#pragma once

#include <memory>
#include <span>
#include <vector>

#include <tl/expected.hpp>

#include "auth/authenticate.h"
#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"
#include "endpoint/verified_token.h"
#include "protocol/form.h"

namespace mercure::endpoint {

using Query = std::span<const protocol::FormField>;

using Verified = tl::expected<std::shared_ptr<const VerifiedToken>, Answer>;

/// What the client may publish: finds its token, checks where a cookie comes from, verifies it. The error is
/// the answer to give.
[[nodiscard]] Verified authorizePublisher(const Request& request, Query query,
                                          const Environment& environment);

/// What the client may read; null for an anonymous one. The error is the answer to give.
[[nodiscard]] Verified authorizeSubscriber(const Request& request, Query query,
                                           const Environment& environment);

}  // namespace mercure::endpoint

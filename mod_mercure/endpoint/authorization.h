#pragma once

#include <optional>
#include <span>
#include <vector>

#include <tl/expected.hpp>

#include "auth/authenticate.h"
#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"
#include "protocol/form.h"

namespace mercure::endpoint {

using Query = std::span<const protocol::FormField>;

/// What the client may publish: finds its token, checks where a cookie comes from, verifies it. The error is
/// the answer to give.
[[nodiscard]] tl::expected<auth::Grant, Answer> authorizePublisher(const Request& request, Query query,
                                                                   const Environment& environment);

/// What the client may read; none for an anonymous one. The error is the answer to give.
[[nodiscard]] tl::expected<std::optional<auth::Grant>, Answer> authorizeSubscriber(
    const Request& request, Query query, const Environment& environment);

}  // namespace mercure::endpoint

#pragma once

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"

namespace mercure::endpoint {

/// The document from which a client learns which tokens the hub takes and what it can do (RFC 9728; draft 08,
/// "Protected Resource Metadata"). Only where the hub serves it.
[[nodiscard]] Answer describeHub(const Request& request, const Settings& settings);

}  // namespace mercure::endpoint

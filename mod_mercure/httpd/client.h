#pragma once

#include "httpd/module.h"
#include "hub/client_seats.h"

namespace mercure::httpd {

/// Whose seats a request's stream counts among for MercureMaxSubscribersPerClient: the address that
/// mod_remoteip found, of IPv6 the /64 that one household or one phone has. 0 when there is none, as over a
/// Unix socket. Any thread.
[[nodiscard]] hub::Client clientOf(const request_rec* request) noexcept;

}  // namespace mercure::httpd

#pragma once

#include "httpd/server_config.h"

namespace mercure::httpd {

/// Whether browsers reach the virtual host by https: by its own, or, as `ServerName https://…` says, through
/// something in front that ends TLS.
[[nodiscard]] bool hasHttpsOutside(const server_rec& server, const ServerConfig& config);

/// Gives every hub's virtual hosts the names under which the hub is known: those of all of them together, and
/// the URL of the first that has TLS. Once every virtual host's site has been resolved; parent only.
void nameHubs(server_rec* mainServer);

}  // namespace mercure::httpd

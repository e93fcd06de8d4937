#pragma once

#include <string_view>

#include "httpd/resolve.h"
#include "httpd/server_config.h"

namespace mercure::httpd {

/// How keys of 1.0 tokens stand in a configuration.
inline constexpr std::string_view kIssuerExample =
    "<MercureIssuer \"https://login.example.com\"> MercureSubscriberJWT "
    "file:/etc/apache2/mercure/subscriber.key HS256 </MercureIssuer>";

/// Reads the keys that a virtual host's directives name, those that a child fetches excepted, into its
/// settings, and finds what contradicts itself among them. As root, in the parent.
void resolveTrust(const ServerConfig& config, endpoint::Settings& settings, Findings& findings);

}  // namespace mercure::httpd

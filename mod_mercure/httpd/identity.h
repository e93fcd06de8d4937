#pragma once

#include "httpd/module.h"

namespace mercure::httpd {

/// Gives every hub's virtual hosts the names under which the hub is known: those of all of them together, and
/// the URL of the first that has TLS. Once every virtual host's site has been resolved; parent only.
void nameHubs(server_rec* mainServer);

}  // namespace mercure::httpd

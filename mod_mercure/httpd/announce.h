#pragma once

#include <string>

#include "httpd/resolve.h"

namespace mercure::httpd {

/// A virtual host's name, its port, and where its section begins.
[[nodiscard]] std::string placeOf(const server_rec* server);

/// Reports what was found in a virtual host to whoever runs `apachectl configtest`.
void reportToTester(server_rec* server, const Findings& findings);

/// Reports what was found in a virtual host to the error log: a fault as an emergency, since its hub answers
/// 503.
void reportToLog(server_rec* server, const Findings& findings);

/// Writes the start-up lines, one for each virtual host with a hub: version, where the hub is, whom it
/// serves, and how many streams it can hold.
void announceHubs(server_rec* mainServer);

}  // namespace mercure::httpd

#pragma once

#include <cstddef>

#include "httpd/resolve.h"

namespace mercure::httpd {

/// Descriptors that a child tries to have, where its hard limit allows.
inline constexpr std::size_t kWantedDescriptors = 65'536;
/// What a child needs besides its streams: log files, listeners, connections being served.
inline constexpr std::size_t kDescriptorsForHttpd = 1024;

/// Reports what was found in a virtual host to whoever runs `apachectl configtest`.
void reportToTester(server_rec* server, const Findings& findings);

/// Reports what was found in a virtual host to the error log: a fault as an emergency, since its hub answers
/// 503.
void reportToLog(server_rec* server, const Findings& findings);

/// Writes the start-up lines: version, each hub and where it is served, and how many streams a child can
/// hold.
void announceHubs(server_rec* mainServer);

}  // namespace mercure::httpd

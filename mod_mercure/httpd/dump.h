#pragma once

#include "httpd/module.h"

namespace mercure::httpd {

/// Whether whoever runs `apachectl -t -D DUMP_MERCURE` wants to see the hubs.
[[nodiscard]] bool isDumpWanted() noexcept;

/// Prints the module's version and every hub as resolved to the standard output: one line for each directive,
/// its defaults filled in. Of a key only algorithm, length and fingerprint. After resolveSites(); parent
/// only.
void dumpHubs(server_rec* mainServer);

}  // namespace mercure::httpd

#pragma once

namespace mercure::httpd {

/// The hook that serves the hub's requests.
void registerHandler();

}  // namespace mercure::httpd

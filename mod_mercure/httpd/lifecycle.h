#pragma once

namespace mercure::httpd {

/// Hooks on the server's and its children's lives: reading the configuration, forking, stopping.
void registerLifecycleHooks();

}  // namespace mercure::httpd

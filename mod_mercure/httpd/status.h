#pragma once

namespace mercure::httpd {

/// Adds each hub's counters to mod_status's page, where that module is loaded.
void registerStatusHook();

}  // namespace mercure::httpd

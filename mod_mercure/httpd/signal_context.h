#pragma once

namespace mercure::httpd {

/// Whether this is prefork's signal handler for `stop` or `restart`, which runs pool cleanups in place: there
/// no lock, no allocation, no logging and no unbounded wait. Async-signal-safe.
[[nodiscard]] bool isInSignalHandler() noexcept;

}  // namespace mercure::httpd

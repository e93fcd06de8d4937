#pragma once

namespace mercure::httpd {

/// Whether the MPM serves requests in threads, as event and worker do. Async-signal-safe.
[[nodiscard]] bool hasThreadedMpm() noexcept;

/// Whether this is prefork's signal handler for `stop` or `restart`, which runs pool cleanups in place: there
/// no lock, no allocation, no logging and no unbounded wait. Async-signal-safe.
[[nodiscard]] bool isInSignalHandler() noexcept;

}  // namespace mercure::httpd

#pragma once

#include "httpd/context.h"

namespace mercure::httpd {

/// Forks a keeper, a process that carries this child's streams on, and returns in the child when the keeper
/// has them. Where that is impossible they end, each after a `retry:` of its own. Every other thread of the
/// child has ended; not in a signal handler.
void keepStreams(Context& context);

}  // namespace mercure::httpd

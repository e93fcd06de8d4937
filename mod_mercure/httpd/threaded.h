#pragma once

#include <memory>

#include "httpd/module.h"
#include "httpd/site.h"
#include "hub/threaded_stream.h"

namespace mercure::httpd {

/// Writes a stream through httpd's filters from the thread that serves its request, until either side ends
/// it. The head has been sent.
void serveThreaded(request_rec* request, hub::ThreadedStream& stream, const hub::StreamLimits& limits);

}  // namespace mercure::httpd

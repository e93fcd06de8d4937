#pragma once

#include "httpd/module.h"
#include "hub/hub.h"

namespace mercure::httpd {

/// Tells the processes that hold streams of `hub`, of earlier configurations too, whom its virtual hosts let
/// in, all together. A hub with a fault somewhere stays as it was: a key that can't be read has not been
/// dropped. After attachKeySets(); the parent only.
void publishAccess(const server_rec* mainServer, const hub::Hub& hub);

}  // namespace mercure::httpd

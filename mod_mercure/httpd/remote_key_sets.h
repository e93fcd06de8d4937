#pragma once

#include <string>
#include <vector>

#include "httpd/context.h"
#include "httpd/module.h"
#include "hub/shared_document.h"

namespace mercure::httpd {

/// The names of the documents that the virtual hosts of a hub fetch, each once. Parent only.
[[nodiscard]] std::vector<hub::DocumentName> documentsOf(server_rec* mainServer, const std::string& hubName);

/// Gives the rings of a virtual host's site its key sets at URLs, whose documents are in the hub's segment. A
/// child fetches them when they are needed. Parent only.
void attachKeySets(server_rec* server, hub::Hub& hub, Context& made);

}  // namespace mercure::httpd

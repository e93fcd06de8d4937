#pragma once

#include "httpd/module.h"
#include "httpd/site.h"

namespace mercure::httpd {

/// What the module knows of a request on one of the hub's paths, from post_read_request on. Lives in the
/// request's pool.
struct HubRequest {
  const Site* site;
  const char* subpath;  ///< what follows the hub's path, undecoded: "" or "/…"
  bool isMetadata;      ///< it asks for what describes the hub, on a path of its own
  const char* query;    ///< as it came, tokens unmasked; "" when there is none
  bool isAsking;        ///< other modules are being asked what they would do with it
};

/// Null when the request is none of the hub's.
[[nodiscard]] const HubRequest* hubRequestOf(const request_rec* request) noexcept;

/// Hooks that recognise the hub's requests, claim them from other modules, and keep tokens out of logs.
void registerClaimHooks();

}  // namespace mercure::httpd

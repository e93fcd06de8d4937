#include "httpd/process_limits.h"

#include <algorithm>

#include <ap_mpm.h>

#include "httpd/resolve.h"

namespace mercure::httpd {

std::size_t maxChildren() noexcept {
  int limit = 0;
  ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &limit);
  return static_cast<std::size_t>(std::max(1, limit));
}

std::size_t maxKeepers(server_rec* mainServer) {
  return largest(mainServer, &ServerConfig::maxKeepers).value_or(maxChildren());
}

}  // namespace mercure::httpd

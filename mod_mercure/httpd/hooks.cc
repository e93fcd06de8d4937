#include <http_protocol.h>

#include "httpd/connection.h"
#include "httpd/directives.h"
#include "httpd/handler.h"
#include "httpd/hub_request.h"
#include "httpd/lifecycle.h"
#include "httpd/own_fields.h"
#include "httpd/status.h"

// When each part runs:
//   the server     check_config (-t only) and post_config, child_init, child_stopping      lifecycle.cc
//   a connection   pre_connection, mod_ssl's pre_handshake, the pool's last cleanup        connection.cc
//   a request      post_read_request, the three translation hooks, log_transaction         claim.cc
//                  handler                                                                 handler.cc
//   an answer      an output filter behind mod_headers' own                                own_fields.cc
//   server-status  status_hook                                                             status.cc
void mercure_register_hooks(apr_pool_t* pool) {
  // Protocol 1.0 subscribes with it; HttpProtocolOptions RegisteredMethods refuses what nobody knows.
  ap_method_register(pool, "QUERY");
  mercure::httpd::registerLifecycleHooks();
  mercure::httpd::registerConnectionHooks();
  mercure::httpd::registerClaimHooks();
  mercure::httpd::registerHandler();
  mercure::httpd::registerOwnFields();
  mercure::httpd::registerStatusHook();
}

#include "httpd/connection.h"

#include <memory>

#include <apr_optional_hooks.h>
#include <http_connection.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "httpd/context.h"
#include "httpd/guard.h"
#include "httpd/signal_context.h"

// mod_ssl_openssl.h declares this hook, but Debian does not ship that header.
extern "C" {
APR_DECLARE_EXTERNAL_HOOK(ssl, AP, int, pre_handshake, (conn_rec * connection, SSL* tls, int isProxy))
}

namespace mercure::httpd {
namespace {

/// Puts a socket in the place of mod_ssl's filters, which end with the connection.
void takeOverTls(ssl_st* tls, int descriptor) {
  ERR_clear_error();
  BIO* socket = BIO_new_socket(descriptor, BIO_NOCLOSE);
  SSL_set_bio(tls, socket, socket);
  SSL_set_shutdown(tls, 0);
  SSL_set_app_data(tls, nullptr);  // mod_ssl's callbacks look for their conn_rec there
  SSL_set_mode(
      tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

/// Registered first on the connection's pool, and so run last: httpd and mod_ssl have finished with the
/// connection.
apr_status_t connectionGone(void* data) {
  auto* connection = static_cast<Connection*>(data);
  // The process is about to end, which closes the socket; freeing anything here could wait for a lock for
  // ever.
  if (connection->pending && isInSignalHandler()) {
    (void)connection->pending.release();  // NOLINT(bugprone-unused-return-value)
    return APR_SUCCESS;
  }
  guarded(nullptr, "handing a connection over", OK, [&] {
    if (const std::unique_ptr<PendingStream> pending = std::move(connection->pending)) {
      if (pending->connection.tls != nullptr)
        takeOverTls(pending->connection.tls, pending->connection.descriptor);
      context()->dispatchers()->add(std::move(pending->seat), std::move(pending->connection),
                                    std::move(pending->subscription), std::move(pending->limits),
                                    pending->endsAt);
    }
    return OK;
  });
  connection->~Connection();
  return APR_SUCCESS;
}

int follow(conn_rec* connection, void*) {
  if (connection->master != nullptr || connection->outgoing != 0 || context() == nullptr) return DECLINED;
  auto* followed =
      std::construct_at(static_cast<Connection*>(apr_palloc(connection->pool, sizeof(Connection))));
  ap_set_module_config(connection->conn_config, &mercure_module, followed);
  apr_pool_cleanup_register(connection->pool, followed, connectionGone, apr_pool_cleanup_null);
  return OK;
}

int noteTls(conn_rec* connection, SSL* tls, int isProxy) {
  if (Connection* followed = isProxy == 0 ? connectionOf(connection) : nullptr) followed->tls = tls;
  return OK;
}

}  // namespace

Connection* connectionOf(const conn_rec* connection) noexcept {
  if (connection->master != nullptr) return nullptr;
  return static_cast<Connection*>(ap_get_module_config(connection->conn_config, &mercure_module));
}

void registerConnectionHooks() {
  ap_hook_pre_connection(follow, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  APR_OPTIONAL_HOOK(ssl, pre_handshake, noteTls, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace mercure::httpd

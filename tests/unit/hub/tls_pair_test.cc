#include "hub/tls_pair.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <csignal>
#include <cstdlib>

namespace mercure::hub::test {

namespace {

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPointer = std::unique_ptr<SSL_CTX, Deleter>;

void require(bool condition) {
  if (!condition) std::abort();
}

/// A context with a key and a certificate, signed by itself, that nobody verifies.
ContextPointer serverContext() {
  const std::unique_ptr<EVP_PKEY, Deleter> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Deleter> certificate(X509_new());
  require(key != nullptr && certificate != nullptr);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  require(X509_set_pubkey(certificate.get(), key.get()) == 1);
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  ContextPointer context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);  // so that TLS 1.2 sessions are cached
  require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1);
  require(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
  return context;
}

bool advance(SSL* ssl) {
  const int result = SSL_do_handshake(ssl);
  if (result == 1) return true;
  const int error = SSL_get_error(ssl, result);
  require(error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE);
  return false;
}

}  // namespace

TlsPair connectTls(int serverSocket, int clientSocket, int version) {
  std::signal(SIGPIPE, SIG_IGN);  // the client's SSL_write may find the other end closed
  const ContextPointer forServer = serverContext();
  const ContextPointer forClient(SSL_CTX_new(TLS_client_method()));
  require(SSL_CTX_set_min_proto_version(forClient.get(), version) == 1);
  require(SSL_CTX_set_max_proto_version(forClient.get(), version) == 1);
  TlsPair pair{SslPointer(SSL_new(forServer.get())), SslPointer(SSL_new(forClient.get()))};
  SSL_set_fd(pair.server.get(), serverSocket);
  SSL_set_fd(pair.client.get(), clientSocket);
  SSL_set_accept_state(pair.server.get());
  SSL_set_connect_state(pair.client.get());
  for (bool server = false, client = false; !server || !client;) {
    if (!client) client = advance(pair.client.get());
    if (!server) server = advance(pair.server.get());
  }
  SSL_set_mode(pair.server.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return pair;
}

}  // namespace mercure::hub::test

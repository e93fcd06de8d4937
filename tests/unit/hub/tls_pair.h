#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace mercure::hub::test {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

/// Two ends of a TLS connection over a socket pair, the handshake done; the server's as the hand-over leaves
/// it.
struct TlsPair {
  SslPointer server;
  SslPointer client;
};

/// `version` is TLS1_2_VERSION or TLS1_3_VERSION. The sockets must be non-blocking. Aborts on any failure.
[[nodiscard]] TlsPair connectTls(int serverSocket, int clientSocket, int version);

}  // namespace mercure::hub::test

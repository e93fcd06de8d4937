#pragma once

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "hub/child_process.h"
#include "hub/descriptor.h"
#include "hub/dispatchers.h"
#include "hub/tls_pair.h"

namespace mercure::hub::test {

/// The milliseconds of a stream that holds one `retry:` event and no more; -1 for any other.
[[nodiscard]] inline int retryIn(const std::string& received) {
  int milliseconds = -1;
  const int read = std::sscanf(received.c_str(), "retry: %d\n\n", &milliseconds);
  return read == 1 && received == "retry: " + std::to_string(milliseconds) + "\n\n" ? milliseconds : -1;
}

/// The subscriber's end of a stream over a socket pair, and until it is given away the server's end.
class StreamClient {
 public:
  enum class Wire { Clear, Tls12, Tls13 };

  explicit StreamClient(Wire wire = Wire::Clear, bool chunked = false) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    socket_ = Descriptor(ends[1]);
    SSL* serverTls = nullptr;
    if (wire != Wire::Clear) {
      TlsPair pair = connectTls(ends[0], ends[1], wire == Wire::Tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
      tls_ = std::move(pair.client);
      serverTls = pair.server.release();
    }
    server_ = HandedOverConnection(ends[0], serverTls, chunked);
  }

  /// The server's end, once.
  [[nodiscard]] HandedOverConnection takeServerEnd() { return std::move(server_); }

  [[nodiscard]] const std::string& received() const noexcept { return received_; }
  [[nodiscard]] SSL* tls() const noexcept { return tls_.get(); }
  [[nodiscard]] int socket() const noexcept { return socket_.number(); }

  /// Takes in what has come. False once the stream is at its end.
  bool readSome() {
    std::array<char, 16384> buffer{};
    for (;;) {
      const long got = readOnce(buffer);
      if (got > 0) {
        received_.append(buffer.data(), static_cast<std::size_t>(got));
        continue;
      }
      if (got < 0) return true;
      ended_ = true;
      return false;
    }
  }

  /// Reads until so many bytes are there; false when the stream ends before.
  [[nodiscard]] bool awaitBytes(std::size_t count) {
    return awaitInput([&] { return received_.size() >= count; });
  }
  /// Reads until exactly `expected` has come.
  [[nodiscard]] bool awaitText(std::string_view expected) {
    return awaitBytes(expected.size()) && received_ == expected;
  }
  /// Reads until `part` occurs in what came.
  [[nodiscard]] bool awaitPart(std::string_view part) {
    return awaitInput([&] { return received_.find(part) != std::string::npos; });
  }
  /// Reads until the stream's end.
  [[nodiscard]] bool awaitEnd() {
    return !awaitInput([] { return false; }) && ended_;
  }
  /// Whether the end came by close_notify, without an error.
  [[nodiscard]] bool sawCloseNotify() const { return (SSL_get_shutdown(tls()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  [[nodiscard]] bool wasReset() const noexcept { return reset_; }

  /// Sends what may be sent at once.
  long write(std::string_view bytes) {
    if (tls_ != nullptr) return SSL_write(tls(), bytes.data(), static_cast<int>(bytes.size()));
    return send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void close() {
    tls_.reset();
    socket_ = Descriptor();
  }

 private:
  /// Bytes read, 0 at the end, less when there is nothing now.
  long readOnce(std::array<char, 16384>& buffer) {
    if (tls_ == nullptr) {
      const ssize_t got = recv(socket(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got >= 0) return got;
      if (errno == EAGAIN) return -1;
      reset_ = true;
      return 0;
    }
    ERR_clear_error();
    const int got = SSL_read(tls(), buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) return got;
    const int error = SSL_get_error(tls(), got);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
  }

  template <typename Condition>
  [[nodiscard]] bool awaitInput(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      pollfd watched{.fd = socket(), .events = POLLIN, .revents = 0};
      poll(&watched, 1, 100);
      if (!readSome() && !condition()) return false;
    }
    return true;
  }

  Descriptor socket_;
  SslPointer tls_;
  HandedOverConnection server_;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

}  // namespace mercure::hub::test

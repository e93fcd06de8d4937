#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include "auth/release.h"

namespace mercure::auth::test {

/// A client's connection, as a server of any manners has it.
class Connection {
 public:
  Connection(int socket, SSL_CTX* tls, const std::atomic<bool>& isStopping)
      : socket_(socket), tls_(tls != nullptr ? SSL_new(tls) : nullptr), isStopping_(isStopping) {
    const timeval look{.tv_sec = 0, .tv_usec = 20'000};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &look, sizeof look);
    if (tls_ != nullptr) SSL_set_fd(tls_.get(), socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (tls_ != nullptr) SSL_shutdown(tls_.get());
    close(socket_);
  }

  [[nodiscard]] bool accept() {
    return tls_ == nullptr || retry([this](int) { return SSL_accept(tls_.get()); }) > 0;
  }
  /// Up to the empty line; what there was when the client goes away.
  [[nodiscard]] std::string readHead() {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && read(byte)) head += byte;
    return head;
  }
  /// False when the client has gone, or the server is to end.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const int sent = retry([&](int flags) {
        return tls_ != nullptr ? SSL_write(tls_.get(), text.data(), static_cast<int>(text.size()))
                               : static_cast<int>(::send(socket_, text.data(), text.size(), flags));
      });
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Says nothing until the client has gone.
  void keepSilent() {
    char byte = 0;
    while (read(byte)) {
    }
  }

 private:
  bool read(char& byte) {
    return retry([&](int flags) {
             return tls_ != nullptr ? SSL_read(tls_.get(), &byte, 1)
                                    : static_cast<int>(recv(socket_, &byte, 1, flags));
           }) > 0;
  }
  template <typename Call>
  int retry(Call call) {
    for (;;) {
      errno = 0;
      const int result = call(MSG_NOSIGNAL);
      const bool mayRetry = errno == EAGAIN || errno == EINTR;
      if (result > 0 || !mayRetry || isStopping_) return result;
    }
  }

  int socket_;
  std::unique_ptr<SSL, Release<SSL_free>> tls_;
  const std::atomic<bool>& isStopping_;
};

/// A server on this machine that talks as it is told to, one client after the other.
class HttpServer {
 public:
  using Talk = std::function<void(Connection&)>;

  /// `talk` comes after the request's head has been read.
  explicit HttpServer(Talk talk, SSL_CTX* tls = nullptr) : talk_(std::move(talk)), tls_(tls) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (listening_ < 0 || bind(listening_, generic, size) != 0 || listen(listening_, 16) != 0 ||
        getsockname(listening_, generic, &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  /// Answers each request with these bytes.
  explicit HttpServer(std::string answer, SSL_CTX* tls = nullptr)
      : HttpServer([answer = std::move(answer)](Connection& client) { client.send(answer); }, tls) {}
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() {
    isStopping_ = true;
    thread_.join();
    close(listening_);
  }

  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const {
    return std::string(tls_ != nullptr ? "https://" : "http://").append(host) + ":" + std::to_string(port_) +
           "/keys";
  }
  [[nodiscard]] std::vector<std::string> heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void run() {
    while (!isStopping_) {
      pollfd watched{.fd = listening_, .events = POLLIN, .revents = 0};
      if (poll(&watched, 1, 10) <= 0) continue;
      const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      ++connections_;
      Connection client(socket, tls_, isStopping_);
      if (!client.accept()) continue;
      std::string head = client.readHead();
      if (head.empty()) continue;  // it does not trust this server
      {
        const std::lock_guard lock(mutex_);
        heads_.push_back(std::move(head));
      }
      talk_(client);
    }
  }

  Talk talk_;
  SSL_CTX* tls_;
  int listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unsigned port_ = 0;
  std::atomic<bool> isStopping_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::thread thread_;
};

}  // namespace mercure::auth::test

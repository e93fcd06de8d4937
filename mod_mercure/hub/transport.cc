#include "hub/transport.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace mercure::hub {

namespace {

/// So much is read in one go, lest a client that floods its stream hold up the others.
constexpr std::size_t kReadAtOnce = 1U << 16U;

Readiness afterError(int error) noexcept {
  switch (error) {
    case EAGAIN:
      return Readiness::WantsWrite;
    case EPIPE:
    case ECONNRESET:
      return Readiness::Gone;
    default:
      return Readiness::Failed;
  }
}

/// As sendmsg(2), but a single part by send(2), which is cheaper.
ssize_t sendParts(int descriptor, std::span<const iovec> parts) noexcept {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  if (parts.size() == 1) return ::send(descriptor, parts.front().iov_base, parts.front().iov_len, kFlags);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return sendmsg(descriptor, &message, kFlags);
}

Sent sendClear(int descriptor, std::span<const iovec> parts) noexcept {
  for (;;) {
    const ssize_t sent = sendParts(descriptor, parts);
    if (sent >= 0) return {static_cast<std::size_t>(sent), Readiness::Ready};
    if (errno != EINTR) return {0, afterError(errno)};
  }
}

/// One buffer for one TLS record: a long first part as it stands, short ones side by side in `scratch`.
std::span<const char> join(std::span<const iovec> parts, std::span<char> scratch) noexcept {
  const iovec& first = parts.front();
  if (parts.size() == 1 || first.iov_len >= scratch.size())
    return {static_cast<const char*>(first.iov_base), first.iov_len};
  std::size_t size = 0;
  for (const iovec& part : parts) {
    const std::size_t taken = std::min(part.iov_len, scratch.size() - size);
    std::memcpy(scratch.data() + size, part.iov_base, taken);
    size += taken;
  }
  return scratch.first(size);
}

Readiness afterTls(SSL* tls, int result) noexcept {
  const int error = errno;
  switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
      return Readiness::WantsRead;
    case SSL_ERROR_WANT_WRITE:
      return Readiness::WantsWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Readiness::Gone;
    case SSL_ERROR_SYSCALL:
      return error == EAGAIN ? Readiness::Failed : afterError(error);
    default:
      return Readiness::Failed;
  }
}

Sent sendTls(SSL* tls, std::span<const char> bytes) noexcept {
  ERR_clear_error();
  const int written =
      SSL_write(tls, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
  if (written > 0) return {static_cast<std::size_t>(written), Readiness::Ready};
  return {0, afterTls(tls, written)};
}

/// How many bytes came, or 0 with the reason why none did.
Sent receive(const HandedOverConnection& connection, std::span<char> scratch) noexcept {
  if (connection.tls != nullptr) {
    ERR_clear_error();
    const int got = SSL_read(connection.tls, scratch.data(), static_cast<int>(scratch.size()));
    if (got > 0) return {static_cast<std::size_t>(got), Readiness::Ready};
    return {0, afterTls(connection.tls, got)};
  }
  for (;;) {
    const ssize_t got = recv(connection.descriptor, scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (got > 0) return {static_cast<std::size_t>(got), Readiness::Ready};
    if (got == 0) return {0, Readiness::Gone};
    if (errno == EAGAIN) return {0, Readiness::WantsRead};
    if (errno != EINTR) return {0, Readiness::Gone};
  }
}

}  // namespace

HandedOverConnection::HandedOverConnection(HandedOverConnection&& other) noexcept
    : descriptor(std::exchange(other.descriptor, -1)),
      tls(std::exchange(other.tls, nullptr)),
      chunked(other.chunked) {
}

HandedOverConnection& HandedOverConnection::operator=(HandedOverConnection&& other) noexcept {
  std::swap(descriptor, other.descriptor);
  std::swap(tls, other.tls);
  std::swap(chunked, other.chunked);
  return *this;
}

HandedOverConnection::~HandedOverConnection() {
  if (tls != nullptr) {
    // Without both marks SSL_free takes the session out of the server's cache.
    SSL_set_shutdown(tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls);
  }
  if (descriptor >= 0) close(descriptor);
}

void prepare(const HandedOverConnection& connection, std::chrono::milliseconds patience) noexcept {
  const int flags = fcntl(connection.descriptor, F_GETFL);
  if (flags >= 0) fcntl(connection.descriptor, F_SETFL, flags | O_NONBLOCK);
  const int noDelay = 1;
  setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &noDelay, sizeof noDelay);
  const auto timeout = static_cast<unsigned>(std::clamp<std::int64_t>(patience.count(), 0, INT_MAX));
  setsockopt(connection.descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
  if (connection.tls == nullptr) return;
  // With it SSL_read would go on as long as a client sends records without content.
  SSL_clear_mode(connection.tls, SSL_MODE_AUTO_RETRY);
  // Without it a client that just goes takes its session out of the server's cache.
  SSL_set_options(connection.tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
}

Sent send(const HandedOverConnection& connection, std::span<const iovec> parts,
          std::span<char> scratch) noexcept {
  return connection.tls == nullptr ? sendClear(connection.descriptor, parts)
                                   : sendTls(connection.tls, join(parts, scratch));
}

Readiness discardInput(const HandedOverConnection& connection, std::span<char> scratch) noexcept {
  for (std::size_t total = 0; total < kReadAtOnce;) {
    const Sent got = receive(connection, scratch);
    if (got.then == Readiness::Failed) return Readiness::Gone;
    if (got.bytes == 0) return got.then;
    total += got.bytes;
  }
  return Readiness::Ready;
}

void cut(HandedOverConnection& connection, std::span<char> scratch) noexcept {
  if (connection.descriptor < 0) return;
  const bool open = discardInput(connection, scratch) != Readiness::Gone;
  // A close_notify is answered with one (RFC 5246, section 7.2.1); after an error nothing may be said.
  if (connection.tls != nullptr &&
      (open || (SSL_get_shutdown(connection.tls) & SSL_RECEIVED_SHUTDOWN) != 0)) {
    ERR_clear_error();
    SSL_shutdown(connection.tls);
  }
  connection = HandedOverConnection();
}

}  // namespace mercure::hub

#include "fleet.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "marker.h"

namespace bench {

namespace {

// More would make httpd start children for a moment's work, and end them while they hold streams.
constexpr std::size_t kUnfinishedAtOnce = 24;
constexpr std::size_t kPortsOfAnAddress = 20000;  // fewer than there are ephemeral ports

bool wouldBlock(SSL* ssl, long result) {
  if (!ssl) return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  const int why = SSL_get_error(ssl, static_cast<int>(result));
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

}  // namespace

Fleet::Fleet(const Url& url, const std::string& token, std::size_t size)
    : url_(url), all_(size), poll_(epoll_create1(EPOLL_CLOEXEC)) {
  request_ =
      "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority + "\r\nAccept: text/event-stream\r\n";
  if (!token.empty()) request_ += "Authorization: Bearer " + token + "\r\n";
  request_ += "\r\n";
}

bool Fleet::openUntil(std::size_t count, std::uint64_t deadline) {
  const auto finished = [&] { return tally.opened + tally.refused; };
  while (finished() < count) {
    while (started_ < count && started_ - finished() < kUnfinishedAtOnce) start(started_++);
    turn(50);
    if (now() > deadline) return false;
  }
  return tally.refused == 0;
}

void Fleet::turn(int milliseconds) {
  std::array<epoll_event, 512> events;
  const int count = epoll_wait(poll_, events.data(), events.size(), milliseconds);
  for (int i = 0; i < count; i++) advance(all_[events[static_cast<std::size_t>(i)].data.u32]);
}

void Fleet::start(std::size_t index) {
  Subscriber& subscriber = all_[index];
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) die(std::string("socket: ") + std::strerror(errno));
  subscriber.descriptor = descriptor;

  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<in_addr_t>(index / kPortsOfAnAddress));
  const int on = 1;
  setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&url_.address), sizeof url_.address) < 0 &&
      errno != EINPROGRESS)
    return lose(subscriber);
  if (url_.tls) subscriber.ssl = newTlsClient(descriptor);

  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.u32 = static_cast<std::uint32_t>(index);
  epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Fleet::lose(Subscriber& subscriber) {
  ++(subscriber.open ? tally.dropped : tally.refused);
  if (subscriber.ssl) SSL_free(subscriber.ssl);
  close(subscriber.descriptor);
  subscriber = Subscriber();
  subscriber.phase = Subscriber::Phase::Closed;
}

void Fleet::advance(Subscriber& subscriber) {
  using Phase = Subscriber::Phase;
  if (subscriber.phase == Phase::Connecting && connected(subscriber)) subscriber.phase = Phase::Sending;
  if (subscriber.phase == Phase::Sending && requested(subscriber)) subscriber.phase = Phase::Reading;
  if (subscriber.phase == Phase::Reading) read(subscriber);
}

bool Fleet::connected(Subscriber& subscriber) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(subscriber.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) lose(subscriber);
  return !error;
}

/// The first write brings the TLS handshake with it. A request is small enough to go at once or not at all.
bool Fleet::requested(Subscriber& subscriber) {
  const auto size = static_cast<int>(request_.size());
  const long sent = subscriber.ssl
                        ? SSL_write(subscriber.ssl, request_.data(), size)
                        : send(subscriber.descriptor, request_.data(), request_.size(), MSG_NOSIGNAL);
  if (sent == size) return true;
  if (!wouldBlock(subscriber.ssl, sent)) lose(subscriber);
  return false;
}

void Fleet::read(Subscriber& subscriber) {
  static std::array<char, 65536> buffer;
  while (subscriber.phase == Subscriber::Phase::Reading) {
    const long got = subscriber.ssl ? SSL_read(subscriber.ssl, buffer.data(), buffer.size())
                                    : recv(subscriber.descriptor, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      if (!wouldBlock(subscriber.ssl, got)) lose(subscriber);
      return;
    }
    const auto count = static_cast<std::size_t>(got);
    subscriber.open ? decode(subscriber, buffer.data(), count) : readHead(subscriber, buffer.data(), count);
  }
}

void Fleet::readHead(Subscriber& subscriber, const char* bytes, std::size_t count) {
  subscriber.head.append(bytes, count);
  const auto end = subscriber.head.find("\r\n\r\n");
  if (end == std::string::npos) return;
  if (!subscriber.head.starts_with("HTTP/1.1 200")) {
    if (tally.refused == 0) std::cerr << "sseload: first refusal: " << subscriber.head.substr(0, 400) << "\n";
    return lose(subscriber);
  }
  subscriber.chunked =
      strcasestr(subscriber.head.substr(0, end).c_str(), "transfer-encoding: chunked") != nullptr;
  const std::string rest = subscriber.head.substr(end + 4);
  subscriber.head = std::string();
  subscriber.open = true;
  ++tally.opened;
  decode(subscriber, rest.data(), rest.size());
}

void Fleet::decode(Subscriber& subscriber, const char* bytes, std::size_t count) {
  if (!subscriber.chunked) return scan(subscriber, bytes, count);
  const char* const end = bytes + count;
  while (bytes < end) {
    if (subscriber.chunkLeft > 0) {
      const auto taken = std::min<std::int64_t>(subscriber.chunkLeft, end - bytes);
      scan(subscriber, bytes, static_cast<std::size_t>(taken));
      bytes += taken;
      subscriber.chunkLeft -= taken;
      continue;
    }
    const char next = *bytes++;
    if (next != '\n') {
      if (next != '\r') subscriber.head.push_back(next);
    } else if (subscriber.chunkLeft == 0) {
      subscriber.chunkLeft = -1;
    } else {
      subscriber.chunkLeft = std::strtoll(subscriber.head.c_str(), nullptr, 16);
      subscriber.head.clear();
      if (subscriber.chunkLeft == 0) return lose(subscriber);
    }
  }
}

void Fleet::scan(Subscriber& subscriber, const char* bytes, std::size_t count) {
  std::string joined;
  if (!subscriber.tail.empty()) {
    joined = std::move(subscriber.tail);
    joined.append(bytes, count);
    bytes = joined.data();
    count = joined.size();
  }
  const char* const end = bytes + count;
  const auto fence = [&](const char* from) {
    return static_cast<const char*>(memmem(from, static_cast<std::size_t>(end - from), kFence, kFenceSize));
  };
  const char* open = nullptr;
  while ((open = fence(bytes))) {
    const char* const close = fence(open + kFenceSize);
    if (!close) break;
    const std::uint64_t sent = std::strtoull(open + kFenceSize, nullptr, 10);
    tally.latencies.push_back(static_cast<std::uint32_t>((now() - sent) / 1000));
    bytes = close + kFenceSize;
  }
  if (open)
    bytes = open;
  else if (end != bytes)
    bytes = end[-1] == kFence[0] ? end - 1 : end;
  subscriber.tail = std::string(bytes, end);
}

}  // namespace bench

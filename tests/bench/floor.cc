// The least work that fans one update out to event streams, which a hub's cost is divided by: one thread, one
// epoll, one send(2) or SSL_write for each subscriber; no protocol, no authorization, no history, no partial
// writes. Not a hub: never expose it.
//
//   floor PORT                     clear text
//   floor PORT CERTIFICATE KEY     TLS
//
// Any POST publishes its body, of one line, as it stands; any GET subscribes.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Peer {
  SSL* ssl = nullptr;
  std::string received;
  int subscriberIndex = -1;
};

std::unordered_map<int, Peer> peers;
std::vector<int> subscribers;

long receive(int fd, Peer& peer, char* buffer, size_t size) {
  return peer.ssl ? SSL_read(peer.ssl, buffer, int(size)) : recv(fd, buffer, size, 0);
}

void transmit(int fd, Peer& peer, const std::string& bytes) {
  if (peer.ssl)
    SSL_write(peer.ssl, bytes.data(), int(bytes.size()));
  else
    (void)!send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void drop(int fd) {
  auto found = peers.find(fd);
  if (found == peers.end()) return;
  if (int index = found->second.subscriberIndex; index >= 0) {
    subscribers[size_t(index)] = subscribers.back();
    peers[subscribers[size_t(index)]].subscriberIndex = index;
    subscribers.pop_back();
  }
  if (found->second.ssl) SSL_free(found->second.ssl);
  ERR_clear_error();  // what this connection ended with must not count as another's
  peers.erase(found);
  close(fd);
}

void answer(int fd, Peer& peer) {
  const size_t headEnd = peer.received.find("\r\n\r\n");
  if (headEnd == std::string::npos) return;
  if (peer.received.compare(0, 3, "GET") == 0) {
    transmit(fd, peer,
             "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: "
             "chunked\r\n\r\n2\r\n:\n\r\n");
    peer.received = std::string();
    peer.subscriberIndex = int(subscribers.size());
    subscribers.push_back(fd);
    return;
  }
  size_t length = 0;
  for (const char* name : {"Content-Length: ", "content-length: "})
    if (const size_t at = peer.received.find(name); at != std::string::npos)
      length = size_t(std::atol(peer.received.c_str() + at + 16));
  if (peer.received.size() < headEnd + 4 + length) return;
  const std::string body = peer.received.substr(headEnd + 4, length);
  peer.received.erase(0, headEnd + 4 + length);
  const std::string event = "data: " + body + "\n\n";
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", event.size());
  const std::string chunk = size + event + "\r\n";
  for (int subscriber : subscribers) transmit(subscriber, peers[subscriber], chunk);
  transmit(fd, peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) return std::fprintf(stderr, "usage: floor PORT [CERTIFICATE KEY]\n"), 2;
  signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  SSL_CTX* tls = nullptr;
  if (argc == 4) {
    tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(tls, argv[2]) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, argv[3], SSL_FILETYPE_PEM) != 1)
      return std::fprintf(stderr, "floor: cannot read the certificate or its key\n"), 2;
  }
  const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(uint16_t(std::atoi(argv[1])));
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here) || listen(listener, 4096))
    return std::perror("floor"), 2;

  const int poll = epoll_create1(0);
  epoll_event want{};
  want.events = EPOLLIN;
  want.data.fd = listener;
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &want);
  epoll_event ready[256];
  for (;;) {
    const int count = epoll_wait(poll, ready, 256, -1);
    for (int i = 0; i < count; i++) {
      const int fd = ready[i].data.fd;
      if (fd == listener) {
        const int peer = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (peer < 0) continue;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        SSL*& ssl = peers[peer].ssl;
        if (tls && (ssl = SSL_new(tls))) {
          SSL_set_fd(ssl, peer);
          SSL_set_accept_state(ssl);  // the first SSL_read shakes hands
        }
        want.data.fd = peer;
        epoll_ctl(poll, EPOLL_CTL_ADD, peer, &want);
        continue;
      }
      Peer& peer = peers[fd];
      char buffer[16384];
      const long got = receive(fd, peer, buffer, sizeof buffer);
      if (got > 0) {
        peer.received.append(buffer, size_t(got));
        answer(fd, peer);
      } else if (got == 0 || !peer.ssl || SSL_get_error(peer.ssl, int(got)) != SSL_ERROR_WANT_READ) {
        drop(fd);
      }
    }
  }
}

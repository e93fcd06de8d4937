#include "publisher.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>

#include "marker.h"

namespace bench {

namespace {

constexpr std::size_t kDataSize = 128;

std::string formEncode(const std::string& text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || std::strchr("-._~", c))
      encoded += static_cast<char>(c);
    else
      (((encoded += '%') += kHex[c >> 4]) += kHex[c & 15]);
  }
  return encoded;
}

/// The size of a whole response, or npos while it isn't all there.
std::size_t responseSize(const std::string& text) {
  const auto headEnd = text.find("\r\n\r\n");
  if (headEnd == std::string::npos) return headEnd;
  const std::string head = text.substr(0, headEnd);
  std::size_t size = headEnd + 4;
  if (strcasestr(head.c_str(), "transfer-encoding: chunked")) {
    const auto end = text.find("0\r\n\r\n", size);
    return end == std::string::npos ? end : end + 5;
  }
  constexpr char kLength[] = "content-length:";
  if (const char* const field = strcasestr(head.c_str(), kLength))
    size += std::strtoul(field + sizeof kLength - 1, nullptr, 10);
  return text.size() < size ? std::string::npos : size;
}

}  // namespace

Publisher::Publisher(const Url& url, const std::string& token, const std::string& topic) : url_(url) {
  const std::string form = topic.empty() ? "" : "topic=" + formEncode(topic) + "&data=";
  const char* const type = topic.empty() ? "text/plain" : "application/x-www-form-urlencoded";
  before_ = "POST " + url.target + " HTTP/1.1\r\nHost: " + url.authority + "\r\nContent-Type: " + type +
            "\r\nContent-Length: " + std::to_string(form.size() + kDataSize) + "\r\n";
  if (!token.empty()) before_ += "Authorization: Bearer " + token + "\r\n";
  before_ += "\r\n" + form;
  after_ = std::string(kDataSize - marker(0).size(), 'x');
}

Publisher::~Publisher() {
  drop();
}

int Publisher::publish() {
  if (descriptor_ < 0) open();
  return send(before_ + marker(now()) + after_) ? response() : 0;
}

void Publisher::open() {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&url_.address), sizeof url_.address))
    die("the publisher cannot connect");
  if (!url_.tls) return;
  ssl_ = newTlsClient(descriptor_);
  if (SSL_connect(ssl_) != 1) die("the publisher's TLS handshake failed");
}

void Publisher::drop() {
  if (ssl_) SSL_free(ssl_);
  ssl_ = nullptr;
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

bool Publisher::send(const std::string& text) {
  const auto size = static_cast<long>(text.size());
  const long sent = ssl_ ? SSL_write(ssl_, text.data(), static_cast<int>(size))
                         : ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
  if (sent != size) drop();
  return sent == size;
}

int Publisher::response() {
  std::string text;
  std::array<char, 4096> buffer;
  while (responseSize(text) == std::string::npos) {
    const long got = ssl_ ? SSL_read(ssl_, buffer.data(), buffer.size())
                          : recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      drop();
      return 0;
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (strcasestr(text.c_str(), "connection: close")) drop();
  return std::atoi(text.c_str() + std::strlen("HTTP/1.1 "));
}

}  // namespace bench

#include "net.h"

#include <arpa/inet.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace bench {

std::uint64_t now() {
  using std::chrono::duration_cast, std::chrono::nanoseconds, std::chrono::steady_clock;
  return static_cast<std::uint64_t>(
      duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count());
}

void die(const std::string& why) {
  std::cerr << "sseload: " << why << "\n";
  std::exit(2);
}

Url parseUrl(const std::string& text) {
  Url url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) die("not an http or https URL: " + text);
  const std::string rest = text.substr(url.tls ? 8 : 7);
  const auto slash = rest.find('/');
  url.authority = rest.substr(0, slash);
  url.target = slash == std::string::npos ? "/" : rest.substr(slash);

  const auto colon = url.authority.find(':');
  std::string host = url.authority.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  const int port = colon == std::string::npos ? (url.tls ? 443 : 80) : std::atoi(&url.authority[colon + 1]);
  url.address.sin_family = AF_INET;
  url.address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &url.address.sin_addr) != 1 ||
      ntohl(url.address.sin_addr.s_addr) >> 24 != 127)
    die("the host must be 127.x.x.x or localhost: " + text);
  return url;
}

SSL* newTlsClient(int descriptor) {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
    return made;
  }();
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, descriptor);
  SSL_set_connect_state(ssl);
  SSL_set_tlsext_host_name(ssl, "localhost");
  return ssl;
}

void raiseDescriptorLimit() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace bench

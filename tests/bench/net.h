#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <string>

namespace bench {

/// The monotonic clock, in nanoseconds.
[[nodiscard]] std::uint64_t now();

/// Says why, and ends the program with status 2.
[[noreturn]] void die(const std::string& why);

struct Url {
  bool tls = false;
  std::string authority;  ///< as the Host field has it
  std::string target;
  sockaddr_in address{};  ///< always on the loopback: nothing else may be put under load
};

/// Of http://HOST[:PORT]/TARGET or https, where HOST is 127.x.x.x or localhost; dies on any other.
[[nodiscard]] Url parseUrl(const std::string& text);

/// A TLS client on a connected descriptor, which it doesn't own; certificates aren't verified.
[[nodiscard]] SSL* newTlsClient(int descriptor);

/// As many descriptors as the hard limit allows.
void raiseDescriptorLimit();

}  // namespace bench

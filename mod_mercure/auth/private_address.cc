#include "auth/private_address.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace mercure::auth {
namespace {

using IPv4 = std::uint32_t;  // its first octet is the most significant
using IPv6 = std::array<std::uint8_t, 16>;

constexpr IPv4 ipv4(unsigned a, unsigned b, unsigned c, unsigned d) noexcept {
  return a << 24U | b << 16U | c << 8U | d;
}

struct Range4 {
  IPv4 start;
  unsigned bits;
};

constexpr std::array kPrivate4{
    Range4{ipv4(0, 0, 0, 0), 8},        // this network
    Range4{ipv4(10, 0, 0, 0), 8},       // private
    Range4{ipv4(100, 64, 0, 0), 10},    // shared by a carrier's customers
    Range4{ipv4(127, 0, 0, 0), 8},      // loopback
    Range4{ipv4(169, 254, 0, 0), 16},   // link-local, clouds' metadata services among them
    Range4{ipv4(172, 16, 0, 0), 12},    // private
    Range4{ipv4(192, 0, 0, 0), 24},     // protocol assignments
    Range4{ipv4(192, 0, 2, 0), 24},     // documentation
    Range4{ipv4(192, 88, 99, 0), 24},   // once the relays of 6to4
    Range4{ipv4(192, 168, 0, 0), 16},   // private
    Range4{ipv4(198, 18, 0, 0), 15},    // benchmarking
    Range4{ipv4(198, 51, 100, 0), 24},  // documentation
    Range4{ipv4(203, 0, 113, 0), 24},   // documentation
    Range4{ipv4(224, 0, 0, 0), 4},      // multicast
    Range4{ipv4(240, 0, 0, 0), 4},      // reserved, and broadcast
};

bool isPrivate(IPv4 address) noexcept {
  return std::any_of(kPrivate4.begin(), kPrivate4.end(), [address](const Range4& range) {
    return (address ^ range.start) >> (32U - range.bits) == 0;
  });
}

struct Range6 {
  IPv6 start;
  unsigned bits;
};

bool isWithin(const IPv6& address, const Range6& range) noexcept {
  const unsigned whole = range.bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, range.start.begin())) return false;
  const unsigned rest = range.bits % 8;
  return rest == 0 || (address[whole] ^ range.start[whole]) >> (8U - rest) == 0;
}

/// All that is assigned to the public internet (global unicast).
constexpr Range6 kGlobal{{0x20}, 3};

/// Those within it that are not public.
constexpr std::array kPrivate6{
    Range6{{0x20, 0x01, 0x00, 0x00}, 23},  // protocol assignments: Teredo, benchmarking, ORCHID and others
    Range6{{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    Range6{{0x3f, 0xff, 0x00, 0x00}, 20},  // documentation
};

constexpr Range6 kSixToFour{{0x20, 0x02}, 16};
/// Translators (NAT64) turn these into the IPv4 address that ends them.
constexpr Range6 kTranslated{{0x00, 0x64, 0xff, 0x9b}, 96};
constexpr Range6 kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};

IPv4 embeddedAt(const IPv6& address, std::size_t offset) noexcept {
  return ipv4(address[offset], address[offset + 1], address[offset + 2], address[offset + 3]);
}

bool isPrivate(const IPv6& address) noexcept {
  if (isWithin(address, kMapped) || isWithin(address, kTranslated)) return isPrivate(embeddedAt(address, 12));
  if (isWithin(address, kSixToFour)) return isPrivate(embeddedAt(address, 2));
  if (!isWithin(address, kGlobal)) return true;
  return std::any_of(kPrivate6.begin(), kPrivate6.end(),
                     [&address](const Range6& range) { return isWithin(address, range); });
}

}  // namespace

bool isPrivateAddress(const sockaddr& address, socklen_t size) noexcept {
  if (address.sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return isPrivate(IPv4{ntohl(v4.sin_addr.s_addr)});
  }
  if (address.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    IPv6 bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return isPrivate(bytes);
  }
  return true;
}

}  // namespace mercure::auth

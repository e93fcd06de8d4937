#include "httpd/client.h"

#include <apr_network_io.h>

#include <netinet/in.h>

#include <cstring>

namespace mercure::httpd {
namespace {

/// The first eight bytes that IPv4 addresses are put behind: no IPv6 network begins so (RFC 4291, 2.7).
constexpr hub::Client kIpv4 = 0xffff'ffff'0000'0000;

template <class Number>
Number inNetworkOrder(const void* bytes) noexcept {
  Number number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

}  // namespace

hub::Client clientOf(const request_rec* request) noexcept {
  const apr_sockaddr_t* address = request->useragent_addr;
  if (address == nullptr) return 0;
  if (address->family == APR_INET) return kIpv4 | inNetworkOrder<std::uint32_t>(&address->sa.sin.sin_addr);
  if (address->family != APR_INET6) return 0;
  const in6_addr& sixteen = address->sa.sin6.sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&sixteen)) return kIpv4 | inNetworkOrder<std::uint32_t>(&sixteen.s6_addr[12]);
  const auto network = inNetworkOrder<std::uint64_t>(&sixteen);
  // [::1] and its like have no network.
  return network != 0 ? network : inNetworkOrder<std::uint64_t>(&sixteen.s6_addr[8]);
}

}  // namespace mercure::httpd

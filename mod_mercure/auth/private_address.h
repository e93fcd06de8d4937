#pragma once

#include <sys/socket.h>

namespace mercure::auth {

/// Whether an address of a socket is none of the public internet's, so that a request to it could reach what
/// only this machine or its network is meant to: loopback, private, link-local, shared, multicast, reserved,
/// and documentation and benchmarking ranges (the IANA IPv4 and IPv6 Special-Purpose Address Registries,
/// RFC 6890), in each of the forms in which IPv6 carries an IPv4 address as well. So is whatever is no
/// address of IPv4 or IPv6.
[[nodiscard]] bool isPrivateAddress(const sockaddr& address, socklen_t size) noexcept;

}  // namespace mercure::auth

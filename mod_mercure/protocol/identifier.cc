#include "protocol/identifier.h"

#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>

namespace mercure::protocol {

namespace {

using Uuid = std::array<unsigned char, 16>;

Uuid randomUuid(unsigned version) {
  Uuid uuid{};
  // OpenSSL's generator fails only when the system has no entropy at all; the library's own then throws.
  if (RAND_bytes(uuid.data(), static_cast<int>(uuid.size())) != 1) {
    std::random_device device;
    for (unsigned char& byte : uuid) byte = static_cast<unsigned char>(device());
  }
  uuid[6] = static_cast<unsigned char>(version << 4 | (uuid[6] & 0x0F));
  uuid[8] = static_cast<unsigned char>(0x80 | (uuid[8] & 0x3F));  // the variant of RFC 9562
  return uuid;
}

std::string toUrn(const Uuid& uuid) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string urn = "urn:uuid:";
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) urn += '-';
    urn += kHexDigits[uuid[i] >> 4];
    urn += kHexDigits[uuid[i] & 0x0F];
  }
  return urn;
}

}  // namespace

std::string makeEventId() {
  using std::chrono::milliseconds;
  using std::chrono::system_clock;
  Uuid uuid = randomUuid(7);
  auto now = static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  for (std::size_t i = 6; i-- > 0; now >>= 8) uuid[i] = static_cast<unsigned char>(now & 0xFF);
  return toUrn(uuid);
}

std::string makeSubscriberId() {
  return toUrn(randomUuid(4));
}

}  // namespace mercure::protocol

#include "auth/base64url.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include <openssl/evp.h>

namespace mercure::auth {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string toBase64(std::string_view text) {
  std::string base64(text);
  std::replace(base64.begin(), base64.end(), '-', '+');
  std::replace(base64.begin(), base64.end(), '_', '/');
  return base64;
}

}  // namespace

std::optional<std::string> decodeBase64url(std::string_view text) {
  if (text.size() % 4 == 1 || text.size() > std::numeric_limits<int>::max() - 4) return std::nullopt;
  if (text.find_first_not_of(kAlphabet) != std::string_view::npos) return std::nullopt;

  // Filled up with A, which stands for six zero bits: the unused bits come out as bytes that must be zero.
  std::string base64 = toBase64(text);
  base64.append((4 - text.size() % 4) % 4, 'A');

  std::string bytes(base64.size() / 4 * 3, '\0');
  const int decoded =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (decoded < 0 || static_cast<std::size_t>(decoded) != bytes.size()) return std::nullopt;

  const std::size_t size = text.size() * 3 / 4;
  if (bytes.find_first_not_of('\0', size) != std::string::npos) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

}  // namespace mercure::auth

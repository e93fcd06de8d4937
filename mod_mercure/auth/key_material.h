#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/crypto.h>

#include "auth/key.h"
#include "auth/openssl.h"

namespace mercure::auth {

/// Bytes that are wiped when they go. Moved, never copied or assigned, so that no copy is forgotten.
class Secret {
 public:
  explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
  ~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  Secret(Secret&&) noexcept = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret& operator=(Secret&&) = delete;

  [[nodiscard]] std::span<const unsigned char> bytes() const noexcept { return bytes_; }

 private:
  std::vector<unsigned char> bytes_;
};

/// What a key holds: the secret of an HS* key, or the public key of an RS* or ES* one in two forms.
struct Key::Material {
  Algorithm algorithm;
  Secret secret;               ///< never empty in an HS* key; empty in others
  PublicKey publicKey;         ///< null in an HS* key
  std::string publicKeyPem;    ///< the same key's SubjectPublicKeyInfo, as libjwt reads it
  std::size_t size;            ///< Key::size
  std::size_t signatureBytes;  ///< of every right signature (RFC 7518, sections 3.2 to 3.4)
  Fingerprint fingerprint;
};

}  // namespace mercure::auth

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/crypto.h>
#include <tl/expected.hpp>

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

/// What a key holds: the secret of an HS* key, or the public key of any other in two forms.
struct Key::Material {
  Algorithm algorithm;
  Secret secret;               ///< never empty in an HS* key; empty in others
  PublicKey publicKey;         ///< null in an HS* key
  std::string publicKeyPem;    ///< the same key's SubjectPublicKeyInfo, as libjwt reads it
  std::size_t size;            ///< Key::size
  std::size_t signatureBytes;  ///< of every right signature (RFC 7518, section 3; RFC 8032, section 5)
  Fingerprint fingerprint;
};

/// The material of an HS* key. The bytes are taken as they are; none at all, or PEM, is refused.
[[nodiscard]] tl::expected<Key::Material, std::string> makeSecret(std::string_view bytes,
                                                                  Algorithm algorithm);

/// The material of any other key. RSA keys have 2048 bits or more (RFC 7518, section 3.3), and no more than
/// what is verified in reasonable time; EC keys are on the algorithm's curve. The error is one line that says
/// what was wrong and what was expected. The caller guards the error queue.
[[nodiscard]] tl::expected<Key::Material, std::string> makePublicKey(PublicKey key, Algorithm algorithm);

}  // namespace mercure::auth

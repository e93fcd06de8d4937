#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "auth/algorithm_traits.h"
#include "auth/key_material.h"
#include "auth/signature.h"

namespace mercure::auth {
namespace {

using Bytes = std::span<const unsigned char>;

Bytes bytesOf(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

/// RFC 7518, section 3.2.
bool verifyHmac(const EVP_MD* digest, Bytes secret, Bytes message, Bytes signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int size = 0;
  if (HMAC(digest, secret.data(), static_cast<int>(secret.size()), message.data(), message.size(),
           code.data(), &size) == nullptr) {
    return false;
  }
  return signature.size() == size && CRYPTO_memcmp(code.data(), signature.data(), size) == 0;
}

/// RFC 7518, section 3.5: a salt of the hash's length, no other, and MGF1 with the same hash.
bool setPss(EVP_PKEY_CTX* context, const EVP_MD* digest) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1;
}

/// RSASSA-PKCS1-v1_5, OpenSSL's padding unless another is set (RFC 7518, section 3.3), RSASSA-PSS, ECDSA over
/// DER, or EdDSA (RFC 8037, section 3.1).
bool verifyPublicKey(const AlgorithmTraits& algorithm, EVP_PKEY* key, Bytes message, Bytes signature) {
  const EVP_MD* const digest = algorithm.digest();
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* keyContext = nullptr;  // owned by `context`
  return context && EVP_DigestVerifyInit(context.get(), &keyContext, digest, nullptr, key) == 1 &&
         (!algorithm.probabilistic || setPss(keyContext, digest)) &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

/// JOSE's R || S, both of the same length (RFC 7518, section 3.4), as the DER that OpenSSL reads.
std::optional<std::vector<unsigned char>> derOf(Bytes signature) {
  const auto half = static_cast<int>(signature.size() / 2);
  BigNumber r(BN_bin2bn(signature.data(), half, nullptr));
  BigNumber s(BN_bin2bn(signature.data() + half, half, nullptr));
  const EcdsaSignature pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return std::nullopt;
  static_cast<void>(r.release());  // `pair` owns both now
  static_cast<void>(s.release());

  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return std::nullopt;
  std::vector<unsigned char> der(static_cast<std::size_t>(size));
  unsigned char* end = der.data();
  if (i2d_ECDSA_SIG(pair.get(), &end) != size) return std::nullopt;
  return der;
}

}  // namespace

bool verifyWithOpenssl(const CompactJws& jws, const Key& key) {
  const Key::Material& material = key.material();
  const AlgorithmTraits& algorithm = traitsOf(material.algorithm);
  const Bytes message = bytesOf(jws.signedBytes);
  const Bytes signature = bytesOf(jws.signature);
  switch (algorithm.kind) {
    case KeyKind::Secret:
      return verifyHmac(algorithm.digest(), material.secret.bytes(), message, signature);
    case KeyKind::Rsa:
    case KeyKind::Edwards:
      return verifyPublicKey(algorithm, material.publicKey.get(), message, signature);
    case KeyKind::EllipticCurve: {
      const auto der = derOf(signature);
      return der && verifyPublicKey(algorithm, material.publicKey.get(), message, *der);
    }
  }
  return false;
}

}  // namespace mercure::auth

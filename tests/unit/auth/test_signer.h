#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "auth/algorithm.h"
#include "auth/algorithm_traits.h"
#include "auth/key.h"
#include "auth/openssl.h"

#include <CppUTest/TestHarness.h>

/// Makes keys, certificates and tokens for the tests of this room, right ones and wrong ones.
namespace mercure::auth::test {

using PrivateKey = PublicKey;

inline constexpr std::array kAlgorithms{
    Algorithm::HS256, Algorithm::HS384, Algorithm::HS512, Algorithm::RS256, Algorithm::RS384,
    Algorithm::RS512, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::PS256,
    Algorithm::PS384, Algorithm::PS512, Algorithm::EdDSA};

inline const unsigned char* bytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

inline std::string encodeBase64url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                                       bytesOf(bytes), static_cast<int>(bytes.size()))));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

template <typename Write>
std::string pemWrittenBy(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK_EQUAL(1, write(bio.get()));
  std::string pem(BIO_ctrl_pending(bio.get()), '\0');
  CHECK_EQUAL(static_cast<int>(pem.size()), BIO_read(bio.get(), pem.data(), static_cast<int>(pem.size())));
  return pem;
}

inline std::string publicPemOf(EVP_PKEY& key) {
  return pemWrittenBy([&key](BIO* bio) { return PEM_write_bio_PUBKEY(bio, &key); });
}

inline std::string privatePemOf(EVP_PKEY& key) {
  return pemWrittenBy([&key](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, &key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

inline std::string certificatePemOf(EVP_PKEY& key) {
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), &key);
  const bool hashesItself = EVP_PKEY_get_base_id(&key) == EVP_PKEY_ED25519;
  CHECK(X509_sign(certificate.get(), &key, hashesItself ? nullptr : EVP_sha256()) > 0);
  return pemWrittenBy([&certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

inline PrivateKey makeRsaKey(unsigned int bits) {
  return PrivateKey(EVP_RSA_gen(bits));
}
inline PrivateKey makeEcKey(const char* group) {
  return PrivateKey(EVP_EC_gen(group));
}
inline PrivateKey makeEdwardsKey(const char* type = "ED25519") {
  return PrivateKey(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
}

/// The raw bytes of a signature; ECDSA's as OpenSSL's DER. `saltLength` is RSASSA-PSS's.
inline std::string signWith(EVP_PKEY& key, Algorithm algorithm, std::string_view message,
                            int saltLength = RSA_PSS_SALTLEN_DIGEST) {
  const AlgorithmTraits& traits = traitsOf(algorithm);
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* keyContext = nullptr;
  CHECK_EQUAL(1, EVP_DigestSignInit(context.get(), &keyContext, traits.digest(), nullptr, &key));
  if (traits.probabilistic) {
    CHECK_EQUAL(1, EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING));
    CHECK_EQUAL(1, EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, saltLength));
  }
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  CHECK_EQUAL(1, EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                bytesOf(message), message.size()));
  signature.resize(size);
  return signature;
}

/// One party's signing key of each algorithm, made once a process. Two parties share no key; one party's RS*
/// and PS* are one key, as its HS* are one secret, so that only the algorithm tells their signatures apart.
class Signer {
 public:
  static const Signer& of(Algorithm algorithm, int party = 0) {
    static const std::array<std::array<Signer, kAlgorithms.size()>, 2> signers{allOf(0), allOf(1)};
    return signers[static_cast<std::size_t>(party)][static_cast<std::size_t>(algorithm)];
  }

  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  [[nodiscard]] EVP_PKEY& privateKey() const { return *privateKey_; }

  /// As a directive would name it: the secret or the PEM public key.
  [[nodiscard]] std::string keyText() const {
    return isSymmetric(algorithm_) ? secret_ : publicPemOf(*privateKey_);
  }
  [[nodiscard]] Key key() const { return *Key::read(keyText(), algorithm_); }

  /// The raw bytes of the right signature.
  [[nodiscard]] std::string sign(std::string_view message) const {
    if (isSymmetric(algorithm_)) return hmac(traitsOf(algorithm_).digest(), secret_, message);
    const std::string signature = signWith(*privateKey_, algorithm_, message);
    return traitsOf(algorithm_).kind == KeyKind::EllipticCurve ? rawOf(signature) : signature;
  }

  [[nodiscard]] std::string token(std::string_view claims) const {
    return tokenWithHeader(R"({"alg":")" + std::string(nameOf(algorithm_)) + R"(","typ":"JWT"})", claims);
  }

  /// A token of 1.0's (RFC 9068). `restOfHeader` begins with a comma, as in `,"kid":"k"`.
  [[nodiscard]] std::string accessToken(std::string_view claims, std::string_view restOfHeader = {}) const {
    return tokenWithHeader(R"({"alg":")" + std::string(nameOf(algorithm_)) + R"(","typ":"at+jwt")" +
                               std::string(restOfHeader) + '}',
                           claims);
  }

  [[nodiscard]] std::string tokenWithHeader(std::string_view header, std::string_view claims) const {
    const std::string message = encodeBase64url(header) + '.' + encodeBase64url(claims);
    return message + '.' + encodeBase64url(sign(message));
  }

  static std::string hmac(const EVP_MD* digest, std::string_view secret, std::string_view message) {
    std::string code(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    HMAC(digest, secret.data(), static_cast<int>(secret.size()), bytesOf(message), message.size(),
         reinterpret_cast<unsigned char*>(code.data()), &size);
    code.resize(size);
    return code;
  }

 private:
  static std::array<Signer, kAlgorithms.size()> allOf(int party) {
    const PrivateKey rsa = makeRsaKey(2048);
    std::array<Signer, kAlgorithms.size()> signers;
    for (const Algorithm algorithm : kAlgorithms) {
      signers[static_cast<std::size_t>(algorithm)] = one(algorithm, party, *rsa);
    }
    return signers;
  }

  static Signer one(Algorithm algorithm, int party, EVP_PKEY& rsa) {
    Signer signer;
    signer.algorithm_ = algorithm;
    const AlgorithmTraits& traits = traitsOf(algorithm);
    switch (traits.kind) {
      case KeyKind::Secret:
        signer.secret_ = "!ChangeThisSecretKeyOfParty" + std::to_string(party) + "!";
        break;
      case KeyKind::Rsa:
        EVP_PKEY_up_ref(&rsa);
        signer.privateKey_.reset(&rsa);
        break;
      case KeyKind::EllipticCurve:
        signer.privateKey_ = makeEcKey(std::string(traits.group).c_str());
        break;
      case KeyKind::Edwards:
        signer.privateKey_ = makeEdwardsKey();
        break;
    }
    return signer;
  }

  /// ECDSA's R || S from OpenSSL's DER (RFC 7518, section 3.4).
  [[nodiscard]] std::string rawOf(std::string_view der) const {
    const unsigned char* begin = bytesOf(der);
    const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())));
    const int half = (EVP_PKEY_get_bits(privateKey_.get()) + 7) / 8;
    std::string raw(2 * static_cast<std::size_t>(half), '\0');
    auto* const out = reinterpret_cast<unsigned char*>(raw.data());
    CHECK_EQUAL(half, BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, half));
    CHECK_EQUAL(half, BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + half, half));
    return raw;
  }

  Algorithm algorithm_ = Algorithm::HS256;
  std::string secret_;
  PrivateKey privateKey_;
};

}  // namespace mercure::auth::test

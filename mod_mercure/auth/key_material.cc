#include "auth/key_material.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "auth/algorithm_traits.h"
#include "auth/base64url.h"
#include "auth/json.h"

namespace mercure::auth {
namespace {

constexpr int kMinRsaBits = 2048;  // RFC 7518, section 3.3
// Every token costs the hub a power modulo such a number: beyond this a key would be a burden, not a lock.
constexpr int kMaxRsaBits = 16384;
constexpr int kMaxRsaExponentBits = 64;

std::optional<Fingerprint> fingerprintOf(const AlgorithmTraits& algorithm, std::string_view key) {
  const DigestContext context(EVP_MD_CTX_new());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  // The name ends with a NUL, so that no name and key together read like another pair.
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), algorithm.name.data(), algorithm.name.size()) != 1 ||
      EVP_DigestUpdate(context.get(), "", 1) != 1 ||
      EVP_DigestUpdate(context.get(), key.data(), key.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    return std::nullopt;
  }
  Fingerprint fingerprint;
  std::copy_n(digest.begin(), fingerprint.size(), fingerprint.begin());
  return fingerprint;
}

std::string groupOf(const EVP_PKEY& key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(&key, name.data(), name.size(), &length) != 1) return "an unnamed curve";
  return {name.data(), length};
}

BigNumber numberOf(const EVP_PKEY& key, const char* parameter) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(&key, parameter, &number);
  return BigNumber(number);
}

bool fits(const EVP_PKEY& key, KeyKind kind) {
  switch (EVP_PKEY_get_base_id(&key)) {
    case EVP_PKEY_RSA:
      return kind == KeyKind::Rsa;
    case EVP_PKEY_EC:
      return kind == KeyKind::EllipticCurve;
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      return kind == KeyKind::Edwards;
    default:
      return false;
  }
}

std::string expectationOf(const AlgorithmTraits& algorithm) {
  switch (algorithm.kind) {
    case KeyKind::Rsa:
      return "an RSA key";
    case KeyKind::EllipticCurve:
      return "an EC key on the curve " + std::string(algorithm.curve);
    case KeyKind::Edwards:
      return "an Ed25519 or Ed448 key";
    case KeyKind::Secret:
      break;
  }
  return "a secret";
}

std::string objectionToRsa(const EVP_PKEY& key, const std::string& algorithm) {
  const int bits = EVP_PKEY_get_bits(&key);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return "the RSA key has " + std::to_string(bits) + " bits; " + algorithm + " expects " +
           std::to_string(kMinRsaBits) + " or more, and at most " + std::to_string(kMaxRsaBits) +
           " are taken";
  }
  const BigNumber modulus = numberOf(key, OSSL_PKEY_PARAM_RSA_N);
  const BigNumber exponent = numberOf(key, OSSL_PKEY_PARAM_RSA_E);
  if (!modulus || BN_is_odd(modulus.get()) == 0) return "the RSA key's modulus is even, so it is none";
  if (!exponent || BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) == 1 ||
      BN_num_bits(exponent.get()) > kMaxRsaExponentBits) {
    return "the RSA key's exponent is even, 1, or longer than " + std::to_string(kMaxRsaExponentBits) +
           " bits; 65537 is usual";
  }
  return {};
}

/// What keeps `key` from verifying `algorithm`, or nothing.
std::string objectionTo(const EVP_PKEY& key, const AlgorithmTraits& algorithm) {
  const std::string name(algorithm.name);
  if (!fits(key, algorithm.kind)) {
    const char* const type = EVP_PKEY_get0_type_name(&key);
    return "the key's type is " + std::string(type != nullptr ? type : "unknown") + "; " + name +
           " expects " + expectationOf(algorithm);
  }
  if (algorithm.kind == KeyKind::Rsa) return objectionToRsa(key, name);
  if (algorithm.kind == KeyKind::EllipticCurve && groupOf(key) != algorithm.group) {
    return "the EC key is on the curve " + groupOf(key) + "; " + name + " expects " +
           std::string(algorithm.curve) + ", which OpenSSL calls " + std::string(algorithm.group);
  }
  return {};
}

/// Has one key written in one way, whichever of the ways that X9.62 knows it came in.
bool normalize(EVP_PKEY& key, KeyKind kind) {
  return kind != KeyKind::EllipticCurve ||
         (EVP_PKEY_set_utf8_string_param(&key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") ==
              1 &&
          EVP_PKEY_set_utf8_string_param(&key, OSSL_PKEY_PARAM_EC_ENCODING, "named_curve") == 1);
}

std::optional<std::string> pemOf(const EVP_PKEY& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), &key) != 1) return std::nullopt;
  std::string pem(BIO_ctrl_pending(bio.get()), '\0');
  std::size_t size = 0;
  if (BIO_read_ex(bio.get(), pem.data(), pem.size(), &size) != 1 || size != pem.size()) return std::nullopt;
  return pem;
}

std::size_t signatureBytesOf(const EVP_PKEY& key, KeyKind kind) {
  if (kind != KeyKind::EllipticCurve) return static_cast<std::size_t>(EVP_PKEY_get_size(&key));
  // JOSE's R || S; OpenSSL's own size is that of DER.
  return 2 * ((static_cast<std::size_t>(EVP_PKEY_get_bits(&key)) + 7) / 8);
}

/// A public key without its PEM lines, as some authorization servers show theirs.
bool isBarePublicKey(std::string_view text) {
  std::string base64url(text.substr(0, text.find_last_not_of('=') + 1));
  std::replace(base64url.begin(), base64url.end(), '+', '-');
  std::replace(base64url.begin(), base64url.end(), '/', '_');
  const auto bytes = decodeBase64url(base64url);
  if (!bytes) return false;
  const auto* start = reinterpret_cast<const unsigned char*>(bytes->data());
  return PublicKey(d2i_PUBKEY(nullptr, &start, static_cast<long>(bytes->size()))) != nullptr;
}

/// What `bytes` are that everybody may know, so that they must not be a secret; or nothing.
std::string_view publicThingIn(std::string_view bytes) {
  if (Key::looksLikePem(bytes)) return "a PEM key";
  if (bytes.starts_with("ssh-") || bytes.starts_with("ecdsa-sha2-")) return "a key of SSH";
  if (readJsonObject(bytes)) return "a JWK or a JWK Set";
  return isBarePublicKey(bytes) ? "a public key without its PEM lines" : "";
}

}  // namespace

tl::expected<Key::Material, std::string> makeSecret(std::string_view bytes, Algorithm algorithm) {
  const AlgorithmTraits& traits = traitsOf(algorithm);
  const std::string name(traits.name);
  if (const auto thing = publicThingIn(bytes); !thing.empty()) {
    return tl::unexpected(std::string(thing) + " is no secret for " + name +
                          "; expected a plain secret, or a key in PEM and its own algorithm: RS256, RS384, "
                          "RS512, ES256, ES384, ES512, PS256, PS384, PS512 or EdDSA; JWK Sets have "
                          "directives of their own");
  }
  const auto digestSize = static_cast<std::size_t>(EVP_MD_get_size(traits.digest()));
  if (bytes.empty()) {
    return tl::unexpected("the secret is empty; expected a text for " + name + ", best of " +
                          std::to_string(digestSize) + " random bytes or more");
  }
  const auto fingerprint = fingerprintOf(traits, bytes);
  if (!fingerprint) return tl::unexpected<std::string>("OpenSSL could not compute a SHA-256");
  return Key::Material{algorithm, Secret(bytes), {}, {}, bytes.size(), digestSize, *fingerprint};
}

tl::expected<Key::Material, std::string> makePublicKey(PublicKey key, Algorithm algorithm) {
  const AlgorithmTraits& traits = traitsOf(algorithm);
  if (auto objection = objectionTo(*key, traits); !objection.empty()) {
    return tl::unexpected(std::move(objection));
  }
  auto pem = normalize(*key, traits.kind) ? pemOf(*key) : std::nullopt;
  if (!pem) return tl::unexpected<std::string>("OpenSSL could not write the public key");
  const auto fingerprint = fingerprintOf(traits, *pem);
  if (!fingerprint) return tl::unexpected<std::string>("OpenSSL could not compute a SHA-256");

  const auto bits = static_cast<std::size_t>(EVP_PKEY_get_bits(key.get()));
  const std::size_t signatureBytes = signatureBytesOf(*key, traits.kind);
  return Key::Material{algorithm, Secret({}),     std::move(key), std::move(*pem),
                       bits,      signatureBytes, *fingerprint};
}

}  // namespace mercure::auth

#include "auth/key.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <openssl/pem.h>

#include "auth/algorithm_traits.h"
#include "auth/key_material.h"

namespace mercure::auth {
namespace {

constexpr std::size_t kMaxTextSize = std::size_t{1024} * 1024;
constexpr int kMinRsaBits = 2048;  // RFC 7518, section 3.3
constexpr std::string_view kPemMark = "-----BEGIN ";

using MadeMaterial = tl::expected<Key::Material, std::string>;

std::string_view withoutBlanks(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

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

MadeMaterial makeSecret(std::string_view text, Algorithm algorithm) {
  const AlgorithmTraits& traits = traitsOf(algorithm);
  const std::string name(traits.name);
  if (Key::looksLikePem(text)) {
    return tl::unexpected("a PEM key is no secret for " + name +
                          "; expected a plain secret, or the PEM key's own algorithm: RS256, RS384, RS512, "
                          "ES256, ES384 or ES512");
  }
  const auto digestSize = static_cast<std::size_t>(EVP_MD_get_size(traits.digest()));
  if (text.empty()) {
    return tl::unexpected("the secret is empty; expected a text for " + name + ", best of " +
                          std::to_string(digestSize) + " random bytes or more");
  }
  const auto fingerprint = fingerprintOf(traits, text);
  if (!fingerprint) return tl::unexpected<std::string>("OpenSSL could not compute a SHA-256");
  return Key::Material{algorithm, Secret(text), {}, {}, text.size(), digestSize, *fingerprint};
}

int refusePassphrase(char*, int, int, void*) {
  return -1;
}

PublicKey readPem(std::string_view text) {
  const auto open = [text] { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); };
  PublicKey key(PEM_read_bio_PUBKEY(open().get(), nullptr, &refusePassphrase, nullptr));
  if (key) return key;
  const Certificate certificate(PEM_read_bio_X509(open().get(), nullptr, &refusePassphrase, nullptr));
  return PublicKey(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
}

std::string groupOf(const EVP_PKEY& key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(&key, name.data(), name.size(), &length) != 1) return "an unnamed curve";
  return {name.data(), length};
}

/// What keeps `key` from verifying `algorithm`, or nothing.
std::string objectionTo(const EVP_PKEY& key, const AlgorithmTraits& algorithm) {
  const std::string name(algorithm.name);
  const bool rsa = algorithm.kind == KeyKind::Rsa;
  if (EVP_PKEY_get_base_id(&key) != (rsa ? EVP_PKEY_RSA : EVP_PKEY_EC)) {
    const char* const type = EVP_PKEY_get0_type_name(&key);
    return "the key's type is " + std::string(type != nullptr ? type : "unknown") + "; " + name +
           " expects " + (rsa ? "an RSA key" : "an EC key on the curve " + std::string(algorithm.curve));
  }
  if (rsa && EVP_PKEY_get_bits(&key) < kMinRsaBits) {
    return "the RSA key has " + std::to_string(EVP_PKEY_get_bits(&key)) + " bits; " + name + " expects " +
           std::to_string(kMinRsaBits) + " or more";
  }
  if (!rsa && groupOf(key) != algorithm.group) {
    return "the EC key is on the curve " + groupOf(key) + "; " + name + " expects " +
           std::string(algorithm.curve) + ", which OpenSSL calls " + std::string(algorithm.group);
  }
  return {};
}

std::optional<std::string> pemOf(const EVP_PKEY& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), &key) != 1) return std::nullopt;
  std::string pem(BIO_ctrl_pending(bio.get()), '\0');
  std::size_t size = 0;
  if (BIO_read_ex(bio.get(), pem.data(), pem.size(), &size) != 1 || size != pem.size()) return std::nullopt;
  return pem;
}

MadeMaterial makePublicKey(std::string_view text, Algorithm algorithm) {
  const AlgorithmTraits& traits = traitsOf(algorithm);
  const std::string expectation = std::string(traits.name) +
                                  " expects a public key (-----BEGIN PUBLIC KEY-----)" +
                                  " or a certificate (-----BEGIN CERTIFICATE-----) in PEM";
  if (!Key::looksLikePem(text)) return tl::unexpected("the key is not PEM; " + expectation);
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return tl::unexpected("this PEM holds a private key, which a hub must not have; " + expectation +
                          ", as openssl pkey -pubout writes it");
  }
  PublicKey key = readPem(text);
  if (!key) {
    return tl::unexpected("the PEM cannot be read, is it cut short or without its line ends? " + expectation);
  }
  if (auto objection = objectionTo(*key, traits); !objection.empty()) {
    return tl::unexpected(std::move(objection));
  }
  auto pem = pemOf(*key);
  if (!pem) return tl::unexpected<std::string>("OpenSSL could not write the public key");
  const auto fingerprint = fingerprintOf(traits, *pem);
  if (!fingerprint) return tl::unexpected<std::string>("OpenSSL could not compute a SHA-256");

  const auto bits = static_cast<std::size_t>(EVP_PKEY_get_bits(key.get()));
  const std::size_t numberBytes = (bits + 7) / 8;
  const std::size_t signatureBytes = traits.kind == KeyKind::Rsa ? numberBytes : 2 * numberBytes;
  return Key::Material{algorithm, Secret({}),     std::move(key), std::move(*pem),
                       bits,      signatureBytes, *fingerprint};
}

}  // namespace

tl::expected<Key, std::string> Key::read(std::string_view text, Algorithm algorithm) {
  const ErrorQueueGuard guard;
  if (text.size() > kMaxTextSize) return tl::unexpected<std::string>("the key is longer than 1 MiB");
  text = withoutBlanks(text);
  auto material = isSymmetric(algorithm) ? makeSecret(text, algorithm) : makePublicKey(text, algorithm);
  if (!material) return tl::unexpected(std::move(material).error());
  return Key(std::make_shared<const Material>(std::move(*material)));
}

bool Key::looksLikePem(std::string_view text) noexcept {
  return text.find(kPemMark) != std::string_view::npos;
}

Key::Key(std::shared_ptr<const Material> material) : material_(std::move(material)) {
}

Algorithm Key::algorithm() const noexcept {
  return material_->algorithm;
}

const Fingerprint& Key::fingerprint() const noexcept {
  return material_->fingerprint;
}

std::size_t Key::size() const noexcept {
  return material_->size;
}

}  // namespace mercure::auth

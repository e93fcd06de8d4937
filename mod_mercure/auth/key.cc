#include "auth/key.h"

#include <utility>

#include <openssl/pem.h>

#include "auth/key_material.h"

namespace mercure::auth {
namespace {

constexpr std::size_t kMaxTextSize = std::size_t{1024} * 1024;
constexpr std::string_view kPemMark = "-----BEGIN ";

std::string_view withoutBlanks(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
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

tl::expected<Key::Material, std::string> readPublicKey(std::string_view text, Algorithm algorithm) {
  const std::string expectation = std::string(nameOf(algorithm)) +
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
  return makePublicKey(std::move(key), algorithm);
}

}  // namespace

tl::expected<Key, std::string> Key::read(std::string_view text, Algorithm algorithm) {
  const ErrorQueueGuard guard;
  if (text.size() > kMaxTextSize) return tl::unexpected<std::string>("the key is longer than 1 MiB");
  text = withoutBlanks(text);
  auto material = isSymmetric(algorithm) ? makeSecret(text, algorithm) : readPublicKey(text, algorithm);
  if (!material) return tl::unexpected(std::move(material).error());
  return Key(std::move(*material));
}

bool Key::looksLikePem(std::string_view text) noexcept {
  return text.find(kPemMark) != std::string_view::npos;
}

Key::Key(Material material) : material_(std::make_shared<const Material>(std::move(material))) {
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

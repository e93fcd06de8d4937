#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/core_names.h>

#include "auth/test_signer.h"

/// Writes keys of the tests as JWKs (RFC 7517, RFC 7518, RFC 8037), with members in places that a test can
/// change.
namespace mercure::auth::test {

/// A JSON object's members in their order, each with its value as JSON text.
class JsonWriter {
 public:
  JsonWriter& set(std::string_view name, std::string json) {
    for (auto& [known, value] : members_) {
      if (known == name) {
        value = std::move(json);
        return *this;
      }
    }
    members_.emplace_back(name, std::move(json));
    return *this;
  }
  JsonWriter& setText(std::string_view name, std::string_view text) {
    return set(name, '"' + std::string(text) + '"');
  }
  JsonWriter& remove(std::string_view name) {
    std::erase_if(members_, [name](const auto& member) { return member.first == name; });
    return *this;
  }
  [[nodiscard]] std::string text() const {
    std::string all = "{";
    for (const auto& [name, value] : members_) {
      all.append(all.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(value);
    }
    return all + '}';
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

/// A key's number as big-endian bytes, as many as it has or `size`.
inline std::string numberOf(EVP_PKEY& key, const char* parameter, std::size_t size = 0) {
  BIGNUM* number = nullptr;
  CHECK_EQUAL(1, EVP_PKEY_get_bn_param(&key, parameter, &number));
  const BigNumber owner(number);
  std::string bytes(size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                     static_cast<int>(bytes.size())) >= 0);
  return bytes;
}

inline JsonWriter rsaJwkOf(std::string_view modulus, std::string_view exponent) {
  return JsonWriter()
      .setText("kty", "RSA")
      .setText("n", encodeBase64url(modulus))
      .setText("e", encodeBase64url(exponent));
}

/// The public half of `key`, without `alg`, `use` and `kid`.
inline JsonWriter jwkOf(EVP_PKEY& key) {
  if (EVP_PKEY_get_base_id(&key) == EVP_PKEY_RSA) {
    return rsaJwkOf(numberOf(key, OSSL_PKEY_PARAM_RSA_N), numberOf(key, OSSL_PKEY_PARAM_RSA_E));
  }
  const auto bits = static_cast<std::size_t>(EVP_PKEY_get_bits(&key));
  if (EVP_PKEY_get_base_id(&key) == EVP_PKEY_EC) {
    const std::size_t size = (bits + 7) / 8;
    return JsonWriter()
        .setText("kty", "EC")
        .setText("crv", "P-" + std::to_string(bits))
        .setText("x", encodeBase64url(numberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, size)))
        .setText("y", encodeBase64url(numberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)));
  }
  std::string x(57, '\0');
  std::size_t size = x.size();
  CHECK_EQUAL(1, EVP_PKEY_get_raw_public_key(&key, reinterpret_cast<unsigned char*>(x.data()), &size));
  x.resize(size);
  return JsonWriter()
      .setText("kty", "OKP")
      .setText("crv", size == 32 ? "Ed25519" : "Ed448")
      .setText("x", encodeBase64url(x));
}

/// The same of a signer's key; an HS* signer's is `oct`.
inline JsonWriter jwkOf(const Signer& signer) {
  if (!isSymmetric(signer.algorithm())) return jwkOf(signer.privateKey());
  return JsonWriter().setText("kty", "oct").setText("k", encodeBase64url(signer.keyText()));
}

inline std::string setOf(const std::vector<JsonWriter>& keys) {
  std::string list;
  for (const JsonWriter& key : keys) list += (list.empty() ? "" : ",") + key.text();
  return R"({"keys":[)" + list + "]}";
}

}  // namespace mercure::auth::test

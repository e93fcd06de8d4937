#include "auth/jwk.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "auth/algorithm_traits.h"
#include "auth/excerpt.h"
#include "auth/jwk_public_key.h"
#include "auth/key_material.h"

namespace mercure::auth {
namespace {

template <typename T>
using Read = tl::expected<T, std::string>;

tl::unexpected<std::string> refuse(std::string why) {
  return tl::unexpected(std::move(why));
}

/// What a JWK's `kty` means: how to read it, and what kind of key it is.
struct KeyType {
  std::string_view name;
  KeyKind kind;
  Read<PublicKey> (*read)(const json_t& jwk);  ///< null: a secret
};
constexpr std::array kKeyTypes{
    KeyType{"RSA", KeyKind::Rsa, &readRsaJwk}, KeyType{"EC", KeyKind::EllipticCurve, &readEcJwk},
    KeyType{"OKP", KeyKind::Edwards, &readOkpJwk}, KeyType{"oct", KeyKind::Secret, nullptr}};

Read<std::optional<std::string_view>> readText(const json_t& jwk, const char* name) {
  const json_t* const text = memberOf(jwk, name);
  if (text == nullptr) return std::nullopt;
  if (!json_is_string(text)) return refuse(std::string("its ") + name + " is not a string");
  return textOf(*text);
}

Read<KeyType> readKeyType(const json_t& jwk) {
  const auto name = readText(jwk, "kty");
  if (!name) return tl::unexpected(name.error());
  if (!*name) return refuse("it has no kty");
  const auto* const type = std::find_if(kKeyTypes.begin(), kKeyTypes.end(),
                                        [&name](const KeyType& known) { return known.name == **name; });
  if (type == kKeyTypes.end()) return refuse("its kty is not known here: " + quoted(**name));
  return *type;
}

/// RFC 7517, sections 4.2 and 4.3.
Read<void> checkPurpose(const json_t& jwk) {
  const auto use = readText(jwk, "use");
  if (!use) return tl::unexpected(use.error());
  if (*use && **use != "sig") return refuse("its use is " + quoted(**use) + ", not sig");

  const json_t* const operations = memberOf(jwk, "key_ops");
  if (operations == nullptr) return {};
  if (!json_is_array(operations)) return refuse("its key_ops is not an array");
  for (std::size_t index = 0; index < json_array_size(operations); ++index) {
    const json_t* const operation = json_array_get(operations, index);
    if (json_is_string(operation) && textOf(*operation) == "verify") return {};
  }
  return refuse("its key_ops are without verify");
}

/// RFC 7518, sections 6.2.2 and 6.3.2; RFC 8037, section 2.
Read<void> checkIsPublic(const json_t& jwk, KeyKind kind) {
  if (kind == KeyKind::Secret) return {};
  for (const char* const name : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    if (memberOf(jwk, name) != nullptr) {
      return refuse("it holds a private key (" + std::string(name) +
                    "), which is no secret any more: make a new one");
    }
  }
  return {};
}

/// The allowed algorithms among which this JWK's `alg` lets choose; only those of the key's kind.
Read<std::vector<Algorithm>> readAlgorithms(const json_t& jwk, KeyKind kind,
                                            std::span<const Algorithm> allowed) {
  const auto name = readText(jwk, "alg");
  if (!name) return tl::unexpected(name.error());

  std::vector<Algorithm> algorithms;
  std::copy_if(allowed.begin(), allowed.end(), std::back_inserter(algorithms), [&](Algorithm algorithm) {
    const AlgorithmTraits& traits = traitsOf(algorithm);
    return traits.kind == kind && (!*name || traits.name == **name);
  });
  if (!algorithms.empty()) return algorithms;
  if (!*name) return refuse("none of the allowed algorithms is for its kty");
  return refuse("its alg is none of the allowed ones for its kty: " + quoted(**name));
}

/// A key for each of the algorithms that `make` finds the JWK good enough for.
template <typename Make>
Read<std::vector<IdentifiedKey>> makeKeys(const std::vector<Algorithm>& algorithms,
                                          const std::optional<std::string_view>& id, Make make) {
  std::vector<IdentifiedKey> keys;
  std::string objection;
  for (const Algorithm algorithm : algorithms) {
    Read<Key::Material> material = make(algorithm);
    if (material) {
      keys.push_back({Key(std::move(*material)), std::optional<std::string>(id)});
    } else {
      objection = std::move(material).error();
    }
  }
  if (keys.empty()) return refuse(std::move(objection));
  return keys;
}

}  // namespace

Read<std::vector<IdentifiedKey>> readJwk(const json_t& jwk, std::span<const Algorithm> allowed) {
  const auto type = readKeyType(jwk);
  if (!type) return tl::unexpected(type.error());
  if (auto unfit = checkIsPublic(jwk, type->kind); !unfit) return tl::unexpected(std::move(unfit).error());
  if (auto unfit = checkPurpose(jwk); !unfit) return tl::unexpected(std::move(unfit).error());
  const auto id = readText(jwk, "kid");
  if (!id) return tl::unexpected(id.error());
  const auto algorithms = readAlgorithms(jwk, type->kind, allowed);
  if (!algorithms) return tl::unexpected(algorithms.error());

  if (type->read == nullptr) {
    const auto secret = readJwkBytes(jwk, "k");
    if (!secret) return tl::unexpected(secret.error());
    return makeKeys(*algorithms, *id,
                    [&secret](Algorithm algorithm) { return makeSecret(*secret, algorithm); });
  }
  const auto key = type->read(jwk);
  if (!key) return tl::unexpected(key.error());
  return makeKeys(*algorithms, *id, [&key](Algorithm algorithm) {
    EVP_PKEY_up_ref(key->get());
    return makePublicKey(PublicKey(key->get()), algorithm);
  });
}

}  // namespace mercure::auth

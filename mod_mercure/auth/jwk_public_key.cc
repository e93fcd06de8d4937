#include "auth/jwk_public_key.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <openssl/core_names.h>

#include "auth/base64url.h"
#include "auth/excerpt.h"

namespace mercure::auth {
namespace {

using Made = tl::expected<PublicKey, std::string>;

struct Curve {
  std::string_view name;   ///< `crv`
  const char* group;       ///< as OpenSSL calls it
  std::size_t coordinate;  ///< bytes of `x` and of `y` (RFC 7518, section 6.2.1.2)
};
constexpr std::array kCurves{Curve{"P-256", "prime256v1", 32}, Curve{"P-384", "secp384r1", 48},
                             Curve{"P-521", "secp521r1", 66}};

struct EdwardsCurve {
  std::string_view name;  ///< `crv`
  int type;               ///< as OpenSSL calls it
};
constexpr std::array kEdwardsCurves{EdwardsCurve{"Ed25519", EVP_PKEY_ED25519},
                                    EdwardsCurve{"Ed448", EVP_PKEY_ED448}};

const unsigned char* dataOf(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

template <typename Curves>
tl::expected<typename Curves::value_type, std::string> readCurve(const json_t& jwk, const Curves& curves) {
  const json_t* const name = memberOf(jwk, "crv");
  if (!json_is_string(name)) return tl::unexpected<std::string>("it has no crv that is a string");
  const auto curve = std::find_if(curves.begin(), curves.end(),
                                  [name](const auto& known) { return known.name == textOf(*name); });
  if (curve == curves.end()) return tl::unexpected("its curve is not known here: " + quoted(textOf(*name)));
  return *curve;
}

PublicKey makeKey(const char* type, const Parameters& parameters) {
  const PublicKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || !parameters || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return {};
  }
  return PublicKey(key);
}

PublicKey makeRsaKey(const std::string& modulus, const std::string& exponent) {
  const BigNumber n(BN_bin2bn(dataOf(modulus), static_cast<int>(modulus.size()), nullptr));
  const BigNumber e(BN_bin2bn(dataOf(exponent), static_cast<int>(exponent.size()), nullptr));
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return {};
  }
  return makeKey("RSA", Parameters(OSSL_PARAM_BLD_to_param(builder.get())));
}

/// Null unless the point is on the curve and not its neutral one, which no coordinates stand for.
PublicKey makeEcKey(const Curve& curve, const std::string& x, const std::string& y) {
  const std::string point = '\x04' + x + y;  // SEC 1, section 2.3.3: not compressed
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return {};
  }
  return makeKey("EC", Parameters(OSSL_PARAM_BLD_to_param(builder.get())));
}

}  // namespace

tl::expected<std::string, std::string> readJwkBytes(const json_t& jwk, const char* name) {
  constexpr std::size_t kMaxText = std::size_t{8} * 1024;  // three times the largest RSA modulus
  const std::string what = std::string("its ") + name;
  const json_t* const text = memberOf(jwk, name);
  if (!json_is_string(text)) return tl::unexpected("it has no " + std::string(name) + " that is a string");
  if (textOf(*text).size() > kMaxText) return tl::unexpected(what + " is too long");
  auto bytes = decodeBase64url(textOf(*text));
  if (!bytes) return tl::unexpected(what + " is not base64url without padding");
  if (bytes->empty()) return tl::unexpected(what + " is empty");
  return std::move(*bytes);
}

Made readRsaJwk(const json_t& jwk) {
  const auto modulus = readJwkBytes(jwk, "n");
  if (!modulus) return tl::unexpected(modulus.error());
  const auto exponent = readJwkBytes(jwk, "e");
  if (!exponent) return tl::unexpected(exponent.error());
  PublicKey key = makeRsaKey(*modulus, *exponent);
  if (!key) return tl::unexpected<std::string>("OpenSSL makes no RSA key of its n and e");
  return key;
}

Made readEcJwk(const json_t& jwk) {
  const auto curve = readCurve(jwk, kCurves);
  if (!curve) return tl::unexpected(curve.error());
  const auto x = readJwkBytes(jwk, "x");
  if (!x) return tl::unexpected(x.error());
  const auto y = readJwkBytes(jwk, "y");
  if (!y) return tl::unexpected(y.error());
  if (x->size() != curve->coordinate || y->size() != curve->coordinate) {
    return tl::unexpected("its x has " + std::to_string(x->size()) + " bytes and its y " +
                          std::to_string(y->size()) + "; " + std::string(curve->name) + " expects " +
                          std::to_string(curve->coordinate) + " each");
  }
  PublicKey key = makeEcKey(*curve, *x, *y);
  if (!key) return tl::unexpected("its x and y are no point on the curve " + std::string(curve->name));
  return key;
}

Made readOkpJwk(const json_t& jwk) {
  const auto curve = readCurve(jwk, kEdwardsCurves);
  if (!curve) return tl::unexpected(curve.error());
  const auto x = readJwkBytes(jwk, "x");
  if (!x) return tl::unexpected(x.error());
  PublicKey key(EVP_PKEY_new_raw_public_key(curve->type, nullptr, dataOf(*x), x->size()));
  if (!key) {
    return tl::unexpected("its x has " + std::to_string(x->size()) + " bytes, which is no key of the curve " +
                          std::string(curve->name));
  }
  return key;
}

}  // namespace mercure::auth

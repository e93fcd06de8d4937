#include "auth/jwk.h"

#include <algorithm>

#include "auth/compact_jws.h"
#include "auth/jwk_writer.h"
#include "auth/signature.h"
#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::encodeBase64url;
using test::JsonWriter;
using test::jwkOf;
using test::Signer;

namespace {

using Keys = tl::expected<std::vector<IdentifiedKey>, std::string>;

Keys read(const JsonWriter& jwk, std::span<const Algorithm> allowed = kPublicKeyAlgorithms) {
  const auto json = readJsonObject(jwk.text());
  CHECK_TEXT(json.has_value(), jwk.text().c_str());
  const ErrorQueueGuard guard;
  return readJwk(**json, allowed);
}

std::string errorOf(const JsonWriter& jwk, std::span<const Algorithm> allowed = kPublicKeyAlgorithms) {
  const auto keys = read(jwk, allowed);
  return keys ? std::string() : keys.error();
}

void checkRefused(const char* why, const JsonWriter& jwk) {
  STRCMP_CONTAINS_TEXT(why, errorOf(jwk).c_str(), jwk.text().c_str());
}

std::string algorithmsOf(const Keys& keys) {
  CHECK(keys.has_value());
  std::string names;
  for (const IdentifiedKey& key : *keys) names.append(nameOf(key.key.algorithm())).append(1, ' ');
  return names;
}

JsonWriter jwkFor(Algorithm algorithm) {
  return jwkOf(Signer::of(algorithm)).setText("alg", nameOf(algorithm));
}

/// A public RSA key's JWK whose modulus has so many bits; nobody knows its factors.
JsonWriter rsaJwkOfBits(std::size_t bits, std::string_view exponent = "\x01\x01") {
  std::string modulus((bits + 7) / 8, '\xFF');
  modulus[0] = static_cast<char>(0xFF >> (modulus.size() * 8 - bits));
  return test::rsaJwkOf(modulus, exponent);
}

}  // namespace

TEST_GROUP(Jwk){};

TEST(Jwk, EachAlgorithmsKeyVerifiesItsTokens) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const auto keys = read(jwkFor(algorithm), test::kAlgorithms);
    CHECK(keys.has_value());
    LONGS_EQUAL(1, keys->size());
    const Key& key = keys->front().key;
    CHECK(key.algorithm() == algorithm);
    for (const char* const typ : {R"("JWT")", R"("at+jwt")"}) {
      const std::string header =
          R"({"alg":")" + std::string(nameOf(algorithm)) + R"(","typ":)" + std::string(typ) + '}';
      const auto isTaken = [&](const Signer& other) {
        const std::string token = other.tokenWithHeader(header, "{}");
        return verifySignature(*CompactJws::read(token), key);
      };
      CHECK(isTaken(signer));
      CHECK_FALSE(isTaken(Signer::of(algorithm, 1)));
    }
  }
}

TEST(Jwk, TheSameKeyHasTheSameFingerprintAsPemAndAsJwk) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const auto keys = read(jwkFor(algorithm), test::kAlgorithms);
    CHECK(keys->front().key.fingerprint() == Signer::of(algorithm).key().fingerprint());
    LONGS_EQUAL(Signer::of(algorithm).key().size(), keys->front().key.size());
  }
}

TEST(Jwk, P1_TOK_03_WithoutAnAlgorithmAKeyIsForAllThatFitIt) {
  STRCMP_EQUAL("RS256 RS384 RS512 PS256 PS384 PS512 ",
               algorithmsOf(read(jwkOf(Signer::of(Algorithm::RS256)))).c_str());
  STRCMP_EQUAL("ES256 ", algorithmsOf(read(jwkOf(Signer::of(Algorithm::ES256)))).c_str());
  STRCMP_EQUAL("ES384 ", algorithmsOf(read(jwkOf(Signer::of(Algorithm::ES384)))).c_str());
  STRCMP_EQUAL("ES512 ", algorithmsOf(read(jwkOf(Signer::of(Algorithm::ES512)))).c_str());
  STRCMP_EQUAL("EdDSA ", algorithmsOf(read(jwkOf(Signer::of(Algorithm::EdDSA)))).c_str());
  STRCMP_EQUAL("EdDSA ", algorithmsOf(read(jwkOf(*test::makeEdwardsKey("ED448")))).c_str());
  STRCMP_EQUAL("HS256 HS384 HS512 ",
               algorithmsOf(read(jwkOf(Signer::of(Algorithm::HS256)), test::kAlgorithms)).c_str());
}

TEST(Jwk, P1_TOK_02_OnlyAllowedAlgorithmsAreUsed) {
  constexpr std::array kAllowed{Algorithm::PS512, Algorithm::ES384};
  STRCMP_EQUAL("PS512 ", algorithmsOf(read(jwkOf(Signer::of(Algorithm::RS256)), kAllowed)).c_str());
  STRCMP_CONTAINS("none of the allowed ones for its kty: \"RS256\"",
                  errorOf(jwkFor(Algorithm::RS256), kAllowed).c_str());
  STRCMP_CONTAINS("none of the allowed algorithms is for its kty",
                  errorOf(jwkOf(Signer::of(Algorithm::EdDSA)), kAllowed).c_str());
  STRCMP_CONTAINS("ES384 expects P-384", errorOf(jwkOf(Signer::of(Algorithm::ES256)), kAllowed).c_str());
  STRCMP_CONTAINS("none of the allowed", errorOf(jwkOf(Signer::of(Algorithm::RS256)), {}).c_str());
}

TEST(Jwk, P1_TOK_03_ASecretIsNeverAKeyUnlessHmacIsAllowed) {
  for (const Algorithm algorithm : {Algorithm::HS256, Algorithm::HS384, Algorithm::HS512}) {
    checkRefused("none of the allowed", jwkFor(algorithm));
    checkRefused("none of the allowed", jwkOf(Signer::of(algorithm)));
  }
  constexpr std::array kAllowed{Algorithm::HS384};
  STRCMP_EQUAL("HS384 ", algorithmsOf(read(jwkOf(Signer::of(Algorithm::HS256)), kAllowed)).c_str());
  STRCMP_CONTAINS("none of the allowed", errorOf(jwkFor(Algorithm::HS256), kAllowed).c_str());
}

TEST(Jwk, ASecretsBytesAreTakenAsTheyAre) {
  constexpr std::array kAllowed{Algorithm::HS256};
  const std::string bytes(" \0\xFF\n", 4);
  const auto jwk = JsonWriter().setText("kty", "oct").setText("k", encodeBase64url(bytes));
  const auto keys = read(jwk, kAllowed);
  CHECK(keys.has_value());
  LONGS_EQUAL(4, keys->front().key.size());
  for (const char* const bad : {"", "=", "AA==", "A", "AB", "+/+/", "A A"}) {
    const auto broken = JsonWriter().setText("kty", "oct").setText("k", bad);
    CHECK_FALSE_TEXT(errorOf(broken, kAllowed).empty(), bad);
  }
  STRCMP_CONTAINS("no k that is a string", errorOf(JsonWriter().setText("kty", "oct"), kAllowed).c_str());
  const std::string pem = Signer::of(Algorithm::RS256).keyText();
  STRCMP_CONTAINS(
      "PEM",
      errorOf(JsonWriter().setText("kty", "oct").setText("k", encodeBase64url(pem)), kAllowed).c_str());
}

TEST(Jwk, P1_TOK_02_AnAlgorithmOfAnotherKeyTypeIsRefused) {
  for (const Algorithm own : test::kAlgorithms) {
    for (const Algorithm named : test::kAlgorithms) {
      auto jwk = jwkOf(Signer::of(own)).setText("alg", nameOf(named));
      const bool alike = nameOf(own).substr(0, 2) == nameOf(named).substr(0, 2) ||
                         (nameOf(own)[1] == 'S' && nameOf(named)[1] == 'S' &&
                          std::string_view("RP").find(nameOf(own)[0]) != std::string_view::npos &&
                          std::string_view("RP").find(nameOf(named)[0]) != std::string_view::npos);
      const bool ofOneCurve = own == named || nameOf(own).substr(0, 2) != "ES";
      CHECK_EQUAL_TEXT(alike && ofOneCurve, read(jwk, test::kAlgorithms).has_value(), jwk.text().c_str());
    }
  }
}

TEST(Jwk, UnknownTypesCurvesAndAlgorithmsAreRefused) {
  const JsonWriter ec = jwkOf(Signer::of(Algorithm::ES256));
  const JsonWriter okp = jwkOf(Signer::of(Algorithm::EdDSA));
  for (const char* const kty : {"", "rsa", "ec", "Oct", "AKP", "EC "}) {
    checkRefused("its kty is not known here", JsonWriter(ec).setText("kty", kty));
  }
  checkRefused("it has no kty", JsonWriter(ec).remove("kty"));
  checkRefused("its kty is not a string", JsonWriter(ec).set("kty", "[\"EC\"]"));
  for (const char* const crv : {"", "p-256", "P-192", "P-224", "secp256k1", "prime256v1", "Ed25519"}) {
    checkRefused("its curve is not known here", JsonWriter(ec).setText("crv", crv));
  }
  for (const char* const crv : {"", "X25519", "X448", "ed25519", "P-256"}) {
    checkRefused("its curve is not known here", JsonWriter(okp).setText("crv", crv));
  }
  checkRefused("no crv that is a string", JsonWriter(ec).remove("crv"));
  checkRefused("no crv that is a string", JsonWriter(okp).set("crv", "25519"));
  for (const char* const alg : {"", "none", "es256", "ES256K", "RSA-OAEP", "ECDH-ES", "HS256", "dir"}) {
    checkRefused("its alg is none of the allowed ones", JsonWriter(ec).setText("alg", alg));
  }
  checkRefused("its alg is not a string", JsonWriter(ec).set("alg", "[\"ES256\"]"));
}

TEST(Jwk, AKeyForAnotherPurposeIsRefused) {
  const JsonWriter jwk = jwkFor(Algorithm::ES256);
  CHECK(read(JsonWriter(jwk).setText("use", "sig")).has_value());
  for (const char* const use : {"enc", "SIG", "", "sig "}) {
    checkRefused("its use is", JsonWriter(jwk).setText("use", use));
  }
  checkRefused("its use is not a string", JsonWriter(jwk).set("use", "[\"sig\"]"));

  for (const char* const operations : {R"(["verify"])", R"(["sign","verify"])", R"([7,"verify"])"}) {
    CHECK_TEXT(read(JsonWriter(jwk).set("key_ops", operations)).has_value(), operations);
  }
  for (const char* const operations : {"[]", R"(["sign"])", R"(["VERIFY"])", "[1]", R"([["verify"]])"}) {
    checkRefused("without verify", JsonWriter(jwk).set("key_ops", operations));
  }
  checkRefused("its key_ops is not an array", JsonWriter(jwk).setText("key_ops", "verify"));
  checkRefused("its use is \"enc\"", JsonWriter(jwk).setText("use", "enc").set("key_ops", R"(["verify"])"));
}

TEST(Jwk, APrivateKeyIsRefused) {
  for (const Algorithm algorithm : {Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA}) {
    for (const char* const part : {"d", "p", "q", "dp", "dq", "qi"}) {
      checkRefused("it holds a private key", jwkFor(algorithm).setText(part, "c2VjcmV0"));
    }
    checkRefused("it holds a private key", jwkFor(algorithm).set("oth", "[]"));
    checkRefused("it holds a private key", jwkFor(algorithm).setText("use", "enc").set("d", "1"));
  }
}

TEST(Jwk, NullMembersAreAbsentAndForeignOnesPassedOver) {
  auto jwk = jwkOf(Signer::of(Algorithm::ES256));
  for (const char* const name : {"use", "key_ops", "alg", "kid", "d"}) jwk.set(name, "null");
  jwk.set("x5c", "[7]").setText("x5u", "http://192.0.2.1/").set("ext", "true").set("exp", "1");
  const auto keys = read(jwk);
  STRCMP_EQUAL("ES256 ", algorithmsOf(keys).c_str());
  CHECK_FALSE(keys->front().id.has_value());
}

TEST(Jwk, P0_TOK_04_EachKeyBearsTheKid) {
  const auto keys = read(jwkOf(Signer::of(Algorithm::RS256)).setText("kid", "2026-11"));
  LONGS_EQUAL(6, keys->size());
  for (const IdentifiedKey& key : *keys) CHECK(key.id == "2026-11");
  CHECK(read(jwkFor(Algorithm::RS256).setText("kid", ""))->front().id == "");
  checkRefused("its kid is not a string", jwkFor(Algorithm::RS256).set("kid", "7"));
}

TEST(Jwk, MembersThatAreNotStrictBase64urlAreRefused) {
  const std::array kMembers{std::pair{Algorithm::RS256, "n"}, std::pair{Algorithm::RS256, "e"},
                            std::pair{Algorithm::ES256, "x"}, std::pair{Algorithm::ES256, "y"},
                            std::pair{Algorithm::EdDSA, "x"}};
  for (const auto& [algorithm, name] : kMembers) {
    for (const char* const bad : {"AQAB=", "AQ==", "A", "AQ B", "AQ\\n", "+/+/", "AR", "%41", "\\u00e9"}) {
      checkRefused("is not base64url", jwkFor(algorithm).setText(name, bad));
    }
    checkRefused("is empty", jwkFor(algorithm).setText(name, ""));
    checkRefused("that is a string", jwkFor(algorithm).remove(name));
    checkRefused("that is a string", jwkFor(algorithm).set(name, "null"));
    checkRefused("that is a string", jwkFor(algorithm).set(name, "65537"));
    checkRefused("is too long", jwkFor(algorithm).setText(name, std::string(500'000, 'A')));
  }
}

TEST(Jwk, RsaKeysThatAreTooSmallOrTooLargeAreRefused) {
  for (const std::size_t bits : {1UL, 8UL, 512UL, 1024UL, 2047UL})
    checkRefused("2048 or more", rsaJwkOfBits(bits));
  for (const std::size_t bits : {2048UL, 2049UL, 4096UL, 16384UL}) {
    CHECK_TEXT(read(rsaJwkOfBits(bits)).has_value(), std::to_string(bits).c_str());
  }
  for (const std::size_t bits : {16385UL, 20000UL, 40000UL}) {
    checkRefused("at most 16384", rsaJwkOfBits(bits));
  }
  checkRefused("key", test::rsaJwkOf(std::string(256, '\0'), "\x03"));
}

TEST(Jwk, OddRsaNumbersAreRefused) {
  std::string even(256, '\xFF');
  even.back() = '\xFE';
  checkRefused("modulus is even", test::rsaJwkOf(even, "\x03"));
  using namespace std::string_view_literals;
  for (const std::string_view exponent :
       {"\0"sv, "\x01"sv, "\x02"sv, "\x01\0\0"sv, "\x01\0\0\0\0\0\0\0\x01"sv, "\0\0\0\0\0\0\0\0\0\x01"sv}) {
    checkRefused("exponent", rsaJwkOfBits(2048, exponent));
  }
  checkRefused("exponent", rsaJwkOfBits(2048, std::string(256, '\x7F')));
  for (const std::string_view exponent :
       {"\x03"sv, "\x11"sv, "\0\0\x03"sv, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv}) {
    CHECK(read(rsaJwkOfBits(2048, exponent)).has_value());
  }
}

TEST(Jwk, LeadingZeroesMakeNoOtherRsaKey) {
  EVP_PKEY& key = Signer::of(Algorithm::RS256).privateKey();
  const std::string modulus = std::string(3, '\0') + test::numberOf(key, OSSL_PKEY_PARAM_RSA_N);
  const auto keys = read(test::rsaJwkOf(modulus, test::numberOf(key, OSSL_PKEY_PARAM_RSA_E)));
  CHECK(keys->front().key.fingerprint() == Signer::of(Algorithm::RS256).key().fingerprint());
}

TEST(Jwk, PointsThatAreNotOnTheCurveAreRefused) {
  for (const Algorithm algorithm : {Algorithm::ES256, Algorithm::ES384, Algorithm::ES512}) {
    EVP_PKEY& key = Signer::of(algorithm).privateKey();
    const std::size_t size = (static_cast<std::size_t>(EVP_PKEY_get_bits(&key)) + 7) / 8;
    const std::string x = test::numberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, size);
    const std::string y = test::numberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, size);
    const auto withPoint = [&](const std::string& otherX, const std::string& otherY) {
      return jwkFor(algorithm).setText("x", encodeBase64url(otherX)).setText("y", encodeBase64url(otherY));
    };
    CHECK(read(withPoint(x, y)).has_value());
    std::string flipped = y;
    flipped.back() = static_cast<char>(flipped.back() ^ 1);
    for (const auto& [badX, badY] : {std::pair{x, flipped},
                                     {y, x},
                                     {x, std::string(size, '\0')},
                                     {std::string(size, '\0'), std::string(size, '\0')},
                                     {std::string(size, '\xFF'), y},
                                     {x, std::string(size, '\xFF')}}) {
      checkRefused("no point on the curve", withPoint(badX, badY));
    }
    for (const auto& [badX, badY] : {std::pair{x.substr(1), y},
                                     {x, y.substr(0, size - 1)},
                                     {'\0' + x, y},
                                     {x + '\0', y.substr(1)},
                                     {x, '\0' + y},
                                     {x + y, x + y},
                                     {std::string(1, '\0'), std::string(1, '\0')}}) {
      checkRefused("bytes and its y", withPoint(badX, badY));
    }
  }
}

TEST(Jwk, APointOfAnotherCurveIsRefused) {
  checkRefused("expects 48 each", jwkOf(Signer::of(Algorithm::ES256)).setText("crv", "P-384"));
  checkRefused("expects 32 each", jwkOf(Signer::of(Algorithm::ES512)).setText("crv", "P-256"));
}

TEST(Jwk, EdwardsKeysOfAnotherLengthAreRefused) {
  for (const std::size_t size : {1UL, 31UL, 33UL, 56UL, 57UL, 64UL, 5000UL}) {
    checkRefused("no key of the curve Ed25519",
                 jwkFor(Algorithm::EdDSA).setText("x", encodeBase64url(std::string(size, '\x01'))));
  }
  for (const std::size_t size : {32UL, 56UL, 58UL}) {
    checkRefused("no key of the curve Ed448", jwkFor(Algorithm::EdDSA)
                                                  .setText("crv", "Ed448")
                                                  .setText("x", encodeBase64url(std::string(size, '\x01'))));
  }
}

TEST(Jwk, ErrorsAreOneShortLineWithoutKeyMaterial) {
  const std::string leak = encodeBase64url("leak") + std::string(1000, 'A');
  for (const Algorithm algorithm : test::kAlgorithms) {
    for (const char* const name : {"k", "n", "e", "x", "y", "d"}) {
      const std::string error = errorOf(jwkFor(algorithm).setText(name, leak + '='), test::kAlgorithms);
      CHECK_TEXT(error.find(encodeBase64url("leak")) == std::string::npos, error.c_str());
      CHECK(error.size() < 300);
    }
    for (const char* const name : {"kty", "use", "alg", "crv"}) {
      const std::string error = errorOf(jwkFor(algorithm).setText(name, std::string(1000, 'A') + "\\n"));
      CHECK_TEXT(error.find('\n') == std::string::npos, error.c_str());
      CHECK(error.size() < 300);
    }
  }
}

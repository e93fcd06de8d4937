#include "auth/verifying_key.h"

#include "auth/authentication.h"
#include "auth/jwk_set.h"
#include "auth/jwk_writer.h"
#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::checkFault;
using test::jwkOf;
using test::Signer;

namespace {

const Signer& es256(int party = 0) {
  return Signer::of(Algorithm::ES256, party);
}

IdentifiedKey keyOf(const Signer& signer, std::optional<std::string> id = std::nullopt) {
  return {signer.key(), std::move(id)};
}

std::string tokenOf(const Signer& signer, const std::string& restOfHeader = {}) {
  return signer.tokenWithHeader(
      R"({"alg":")" + std::string(nameOf(signer.algorithm())) + '"' + restOfHeader + '}', "{}");
}

std::string tokenNaming(const Signer& signer, const std::string& id) {
  return tokenOf(signer, R"(,"kid":")" + id + '"');
}

bool isTaken(const std::string& token, const std::vector<IdentifiedKey>& keys) {
  return test::authenticate(token, keys).has_value();
}

}  // namespace

TEST_GROUP(VerifyingKey){};

TEST(VerifyingKey, P0_TOK_04_WithoutAKidEveryKeyIsTried) {
  const std::vector<IdentifiedKey> keys{keyOf(es256(1), "a"), keyOf(Signer::of(Algorithm::RS256), "b"),
                                        keyOf(es256(), "c")};
  CHECK(test::authenticate(tokenOf(es256()), keys)->key == es256().key().fingerprint());
  CHECK(isTaken(tokenOf(es256(1)), keys));
  CHECK(isTaken(tokenOf(Signer::of(Algorithm::RS256)), keys));
  checkFault(TokenFault::BadSignature, "not from the configured RS256 key",
             test::authenticate(tokenOf(Signer::of(Algorithm::RS256, 1)), keys), "stranger");
}

TEST(VerifyingKey, P0_TOK_04_AKidRulesOtherNamesOut) {
  const std::vector<IdentifiedKey> keys{keyOf(es256(), "a"), keyOf(es256(1), "b")};
  CHECK(isTaken(tokenNaming(es256(), "a"), keys));
  CHECK(isTaken(tokenNaming(es256(1), "b"), keys));
  checkFault(TokenFault::BadSignature, "configured ES256 key (its kid is \"b\")",
             test::authenticate(tokenNaming(es256(), "b"), keys), "b");
}

TEST(VerifyingKey, P0_TOK_04_AKidIsComparedByteByByte) {
  const std::vector<IdentifiedKey> keys{keyOf(es256(), "Key1"), keyOf(es256(1), "")};
  for (const char* const id : {"key1", "Key1 ", "Key", "Key10", "\\u212Aey1"}) {
    CHECK_FALSE_TEXT(isTaken(tokenNaming(es256(), id), keys), id);
  }
  CHECK(isTaken(tokenNaming(es256(), "\\u004bey1"), keys));
  CHECK(isTaken(tokenNaming(es256(1), ""), keys));
  CHECK_FALSE(isTaken(tokenNaming(es256(), ""), keys));
}

TEST(VerifyingKey, P0_TOK_04_TheNamedKeysOwnAlgorithmMustAgree) {
  const std::vector<IdentifiedKey> keys{keyOf(es256(), "a"), keyOf(Signer::of(Algorithm::RS256), "b")};
  checkFault(TokenFault::UnsupportedAlgorithm, "signed with RS256, the configured keys take ES256 (its kid",
             test::authenticate(tokenNaming(Signer::of(Algorithm::RS256), "a"), keys), "a");
}

TEST(VerifyingKey, KeysWithoutANameAreAlwaysCandidates) {
  const std::vector<IdentifiedKey> keys{keyOf(es256(1), "a"), keyOf(es256())};
  for (const char* const id : {"a", "b", ""}) CHECK_TEXT(isTaken(tokenNaming(es256(), id), keys), id);
  CHECK(isTaken(tokenOf(es256()), keys));
}

TEST(VerifyingKey, SeveralKeysOfOneNameAreAllCandidates) {
  const std::vector<IdentifiedKey> keys{keyOf(es256(), "a"), keyOf(Signer::of(Algorithm::EdDSA), "a"),
                                        keyOf(es256(1), "a")};
  CHECK(isTaken(tokenNaming(es256(), "a"), keys));
  CHECK(isTaken(tokenNaming(es256(1), "a"), keys));
  CHECK(isTaken(tokenNaming(Signer::of(Algorithm::EdDSA), "a"), keys));
  checkFault(TokenFault::BadSignature, "configured EdDSA key (",
             test::authenticate(tokenNaming(Signer::of(Algorithm::EdDSA, 1), "a"), keys), "a");
}

TEST(VerifyingKey, P0_TOK_04_AnUnknownKidIsToldFromABadSignature) {
  const std::vector<IdentifiedKey> named{keyOf(es256(), "a")};
  const std::vector<IdentifiedKey> both{keyOf(es256(), "a"), keyOf(Signer::of(Algorithm::RS256))};
  for (const auto& keys : {std::vector<IdentifiedKey>{}, named, both}) {
    const auto outcome = test::authenticate(tokenNaming(es256(), "next"), keys);
    checkFault(TokenFault::UnknownKey, ", and no key has the name that its kid gives: \"next\"", outcome,
               "next");
    STRCMP_EQUAL("next", outcome.error().keyId.c_str());
  }
  STRCMP_EQUAL("", test::authenticate(tokenNaming(es256(1), "a"), named).error().keyId.c_str());
}

TEST(VerifyingKey, AnUnknownKidHidesNotWhyTheUnnamedKeysDidNotVerify) {
  const std::vector keys{keyOf(es256())};
  checkFault(TokenFault::UnknownKey, "not from the configured ES256 key, and no key has the name",
             test::authenticate(tokenNaming(es256(1), "a"), keys), "signature");
  checkFault(TokenFault::UnknownKey,
             "signed with RS256, the configured keys take ES256, and no key has the name",
             test::authenticate(tokenNaming(Signer::of(Algorithm::RS256), "a"), keys), "algorithm");
}

TEST(VerifyingKey, AnUnknownKidIsHandedOnWholeButLoggedShortAndTame) {
  const std::string id = "a\\r\\n\\u001b[31m \\u00e9" + std::string(1000, 'x');
  const auto outcome = test::authenticate(tokenNaming(es256(), id), std::vector{keyOf(es256(), "a")});
  CHECK(outcome.error().fault == TokenFault::UnknownKey);
  CHECK(outcome.error().keyId == "a\r\n\x1b[31m \xC3\xA9" + std::string(1000, 'x'));
  const std::string& explanation = outcome.error().explanation;
  STRCMP_CONTAINS("\"a???[31m???xxx", explanation.c_str());
  STRCMP_CONTAINS("x...\"", explanation.c_str());
  CHECK(explanation.size() < 300);
}

TEST(VerifyingKey, ANY_50_AKidThatIsNoStringIsMalformed) {
  for (const char* const id : {"7", "null", "true", R"(["a"])", R"({"a":1})"}) {
    checkFault(TokenFault::Malformed, "the kid in the token's header is not a string",
               test::authenticate(tokenOf(es256(), R"(,"kid":)" + std::string(id)),
                                  std::vector{keyOf(es256(), "a"), keyOf(es256())}),
               id);
  }
}

TEST(VerifyingKey, P1_TOK_04_KeysInTheTokenAreNotUsed) {
  const std::string jwk = jwkOf(es256(1)).text();
  const std::string set = test::setOf({jwkOf(es256(1))});
  for (const std::string& rest : {R"(,"jwk":)" + jwk, R"(,"jwk":)" + jwk + R"(,"kid":"a")",
                                  R"(,"jku":"data:application/json,)" + std::string("x\""),
                                  R"(,"x5u":"file:///tmp/cert.pem")" + std::string(),
                                  R"(,"x5c":["MIIB"])" + std::string(), R"(,"jwks":)" + set}) {
    const std::vector<IdentifiedKey> keys{keyOf(es256(), "a")};
    checkFault(TokenFault::BadSignature, "not from the configured ES256 key",
               test::authenticate(tokenOf(es256(1), rest), keys), rest);
    CHECK_TEXT(isTaken(tokenOf(es256(), rest), keys), rest.c_str());
  }
}

TEST(VerifyingKey, P0_TOK_04_TokensAreVerifiedWithAKeySetsKeys) {
  const std::string document = test::setOf({jwkOf(Signer::of(Algorithm::PS384)).setText("kid", "rsa"),
                                            jwkOf(Signer::of(Algorithm::EdDSA)).setText("kid", "ed")});
  const KeySet set = *readKeySet(document);
  for (const Algorithm algorithm : {Algorithm::RS256, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384}) {
    CHECK(isTaken(tokenNaming(Signer::of(algorithm), "rsa"), set.keys));
    CHECK(isTaken(tokenOf(Signer::of(algorithm)), set.keys));
    CHECK_FALSE(isTaken(tokenNaming(Signer::of(algorithm), "ed"), set.keys));
    CHECK_FALSE(isTaken(tokenNaming(Signer::of(algorithm, 1), "rsa"), set.keys));
  }
  CHECK(isTaken(tokenNaming(Signer::of(Algorithm::EdDSA), "ed"), set.keys));
}

TEST(VerifyingKey, P0_TOK_02_APublicJwkUsedAsASecretVerifiesNothing) {
  constexpr std::array kAllowed{Algorithm::HS256, Algorithm::RS256};
  const std::string jwk = jwkOf(Signer::of(Algorithm::RS256)).text();
  const KeySet set = *readKeySet(R"({"keys":[)" + jwk + "]}", kAllowed);
  const std::string message = test::encodeBase64url(R"({"alg":"HS256"})") + ".e30";
  const std::string n = test::numberOf(Signer::of(Algorithm::RS256).privateKey(), OSSL_PKEY_PARAM_RSA_N);
  for (const std::string& secret :
       {jwk, n, test::encodeBase64url(n), Signer::of(Algorithm::RS256).keyText()}) {
    const std::string forged =
        message + '.' + test::encodeBase64url(Signer::hmac(EVP_sha256(), secret, message));
    checkFault(TokenFault::UnsupportedAlgorithm, "signed with HS256, the configured keys take RS256",
               test::authenticate(forged, set.keys), "forged");
  }
}

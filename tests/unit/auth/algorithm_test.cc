#include "auth/algorithm.h"

#include <algorithm>

#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;

TEST_GROUP(Algorithm){};

TEST(Algorithm, P0_TOK_03_EachNameNamesItsAlgorithm) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const auto named = algorithmNamed(nameOf(algorithm));
    CHECK(named.has_value());
    CHECK(*named == algorithm);
  }
  CHECK(nameOf(Algorithm::HS256) == "HS256");
  CHECK(nameOf(Algorithm::ES512) == "ES512");
  CHECK(nameOf(Algorithm::PS256) == "PS256");
  CHECK(nameOf(Algorithm::EdDSA) == "EdDSA");
}

TEST(Algorithm, P0_TOK_02_NoOtherSpellingNamesOne) {
  for (const char* const name : {"", "none", "None", "hs256", "HS256 ", " HS256", "HS25", "HS2567", "ps256",
                                 "PS1", "EDDSA", "eddsa", "Ed25519", "RS1", "ES256K"}) {
    CHECK_FALSE_TEXT(algorithmNamed(name).has_value(), name);
  }
  CHECK_FALSE(algorithmNamed(std::string_view("HS256\0", 6)).has_value());
}

TEST(Algorithm, OnlyHmacIsSymmetric) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    CHECK_EQUAL(nameOf(algorithm).starts_with("HS"), isSymmetric(algorithm));
  }
}

TEST(Algorithm, P1_TOK_03_AKeySetIsForEveryAlgorithmButHmac) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const auto found = std::find(kPublicKeyAlgorithms.begin(), kPublicKeyAlgorithms.end(), algorithm);
    CHECK_EQUAL(!isSymmetric(algorithm), found != kPublicKeyAlgorithms.end());
  }
}

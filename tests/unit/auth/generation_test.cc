#include "auth/generation.h"

#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::Signer;

namespace {

tl::expected<Generation, TokenError> generationOfTyp(const std::string& typ, Protocol served) {
  const std::string token =
      Signer::of(Algorithm::HS256).tokenWithHeader(R"({"alg":"HS256")" + typ + '}', R"({"mercure":{}})");
  return generationOf(*CompactJws::read(token), served);
}

constexpr std::array kAccessTokens{R"(,"typ":"at+jwt")", R"(,"typ":"AT+JWT")", R"(,"typ":"aT+Jwt")",
                                   R"(,"typ":"application/at+jwt")", R"(,"typ":"Application/AT+jwt")"};
constexpr std::array kOthers{"",
                             R"(,"typ":"JWT")",
                             R"(,"typ":"")",
                             R"(,"typ":null)",
                             R"(,"typ":["at+jwt"])",
                             R"(,"typ":{"at+jwt":1})",
                             R"(,"typ":" at+jwt")",
                             R"(,"typ":"at+jwt ")",
                             R"(,"typ":"at jwt")",
                             R"(,"typ":"at+jwt;a=b")",
                             R"(,"typ":"application/application/at+jwt")",
                             R"(,"typ":"text/at+jwt")",
                             R"(,"typ":"at\u212Ajwt")",
                             R"(,"typ":"at+jw")",
                             R"(,"Typ":"at+jwt")",
                             R"(,"cty":"at+jwt")"};

}  // namespace

TEST_GROUP(Generation){};

TEST(Generation, ANY_01_TypTellsAnAccessToken) {
  for (const char* const typ : kAccessTokens) {
    CHECK_TEXT(generationOfTyp(typ, Protocol::Any) == Generation::V1, typ);
  }
  for (const char* const typ : kOthers) {
    CHECK_TEXT(generationOfTyp(typ, Protocol::Any) == Generation::V0, typ);
  }
}

TEST(Generation, ANY_01_Alone0xTakesEveryTokenAsItsOwn) {
  for (const char* const typ : kAccessTokens) {
    CHECK_TEXT(generationOfTyp(typ, Protocol::V0) == Generation::V0, typ);
  }
  for (const char* const typ : kOthers) {
    CHECK_TEXT(generationOfTyp(typ, Protocol::V0) == Generation::V0, typ);
  }
}

TEST(Generation, P1_TOK_01_Alone1_0TakesAccessTokensOnly) {
  for (const char* const typ : kAccessTokens) {
    CHECK_TEXT(generationOfTyp(typ, Protocol::V1) == Generation::V1, typ);
  }
  for (const char* const typ : kOthers) {
    const auto generation = generationOfTyp(typ, Protocol::V1);
    CHECK_FALSE_TEXT(generation.has_value(), typ);
    CHECK(generation.error().fault == TokenFault::WrongType);
    STRCMP_CONTAINS("typ is not at+jwt", generation.error().explanation.c_str());
  }
}

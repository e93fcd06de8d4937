#include "auth/compact_jws.h"

#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::encodeBase64url;

namespace {

std::string tokenOf(std::string_view header, std::string_view claims, std::string_view signature = "s") {
  return encodeBase64url(header) + '.' + encodeBase64url(claims) + '.' + encodeBase64url(signature);
}

std::string errorOf(std::string_view token) {
  const auto jws = CompactJws::read(token);
  return jws ? std::string() : jws.error();
}

}  // namespace

TEST_GROUP(CompactJws){};

TEST(CompactJws, P0_AUTH_01_TakesATokenApart) {
  const std::string token = tokenOf(R"({"alg":"HS256"})", R"({"mercure":{}})", "signature");
  const auto jws = CompactJws::read(token);
  CHECK(jws.has_value());
  CHECK(jws->token == token);
  CHECK(jws->signedBytes == token.substr(0, token.rfind('.')));
  CHECK(textOf(*memberOf(*jws->header, "alg")) == "HS256");
  CHECK(json_is_object(memberOf(*jws->claims, "mercure")));
  STRCMP_EQUAL("signature", jws->signature.c_str());
}

TEST(CompactJws, ReadsTheExampleOfRfc7515) {
  const auto jws = CompactJws::read(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
      "LmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  CHECK(jws.has_value());
  LONGS_EQUAL(1300819380, json_integer_value(memberOf(*jws->claims, "exp")));
  LONGS_EQUAL(32, jws->signature.size());
}

TEST(CompactJws, AnUnsignedTokenIsRead) {
  CHECK(CompactJws::read(tokenOf("{}", "{}", "")).has_value());
}

TEST(CompactJws, P0_AUTH_01_ANY_50_ExactlyThreeParts) {
  const std::string token = tokenOf("{}", "{}");
  for (const std::string& bad :
       {std::string(), std::string("x"), encodeBase64url("{}"), encodeBase64url("{}") + '.',
        encodeBase64url("{}") + '.' + encodeBase64url("{}"), token + '.', token + ".e30", '.' + token,
        token + ".e30.e30"}) {
    STRCMP_CONTAINS("parts, a JWT has three", errorOf(bad).c_str());
  }
  for (const char* const bad : {"..", ".e30.e30", "e30..e30", "..e30"}) {
    CHECK_FALSE(CompactJws::read(bad).has_value());
  }
}

TEST(CompactJws, P0_AUTH_01_ANY_50_StrictBase64urlInEveryPart) {
  const std::string token = tokenOf(R"({"alg":"HS256"})", R"({"a":1})", "12345");
  CHECK(CompactJws::read(token).has_value());
  for (std::size_t place = 0; place <= token.size(); ++place) {
    for (const char* const foreign : {"=", " ", "\n", "\r\n", "+", "/", "%", ",", "\x80", "\xC3\xA9"}) {
      std::string bad = token;
      CHECK_FALSE(CompactJws::read(bad.insert(place, foreign)).has_value());
    }
    std::string bad = token;
    CHECK_FALSE(CompactJws::read(bad.insert(place, 1, '\0')).has_value());
  }
}

TEST(CompactJws, ANY_50_HeaderAndClaimsAreObjectsWithoutDoubledNames) {
  for (const char* const bad :
       {"", "[]", "null", "1", "\"{}\"", "{}{}", "{", "{\"a\":1,\"a\":1}", "{\"a\":\"\xFF\"}"}) {
    STRCMP_CONTAINS("the token's header ", errorOf(tokenOf(bad, "{}")).c_str());
    STRCMP_CONTAINS("the token's claims part ", errorOf(tokenOf("{}", bad)).c_str());
  }
}

TEST(CompactJws, RefusesATokenBeyondTheCapUnread) {
  const auto withSize = [](std::size_t size) { return "e30.e30." + std::string(size - 8, 'A'); };
  CHECK(CompactJws::read(withSize(kMaxTokenSize)).has_value());
  STRCMP_CONTAINS("at most 65536", errorOf(withSize(kMaxTokenSize + 1)).c_str());
  STRCMP_CONTAINS("at most 65536", errorOf(std::string(1'000'000, '.')).c_str());
}

TEST(CompactJws, ErrorsNeverRepeatTheToken) {
  const std::string leak = encodeBase64url(R"({"leak":leak})");
  for (const std::string& bad : {leak, leak + ".e30.AA", "e30." + leak + ".AA", leak + "leak=.e30.AA"}) {
    const std::string error = errorOf(bad);
    CHECK_TEXT(error.find("leak") == std::string::npos && error.find(leak) == std::string::npos,
               error.c_str());
  }
}

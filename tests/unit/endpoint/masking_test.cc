#include "endpoint/masking.h"

#include <chrono>
#include <string>
#include <string_view>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint::test {

using protocol::test::kMebibyte;
using protocol::test::repeat;

TEST_GROUP(Masking) {
  static constexpr const char* kNothing = "(nothing)";

  static std::string ofAuthorization(std::string_view text) {
    return maskAuthorization(text).value_or(kNothing);
  }
  static std::string ofAll(std::string_view text) {
    return maskTokens(text).value_or(kNothing);
  }
};

TEST(Masking, aTokenAloneIsReplaced) {
  STRCMP_EQUAL("/a?authorization=***", ofAuthorization("/a?authorization=x.y.z").c_str());
  STRCMP_EQUAL("/a?b=c&Authorization=***&d", ofAuthorization("/a?b=c&Authorization=x=y&d").c_str());
  STRCMP_EQUAL("GET /a?topic=b;authorization=*** HTTP/1.1",
               ofAuthorization("GET /a?topic=b;authorization=x HTTP/1.1").c_str());
  STRCMP_EQUAL("?authorization=***#f", ofAuthorization("?authorization=x#f").c_str());
  STRCMP_EQUAL("\"/&authorization=***\" y", ofAuthorization("\"/&authorization=x\" y").c_str());
  STRCMP_EQUAL("?authorization=***&authorization=***",
               ofAuthorization("?authorization=x&authorization=y").c_str());
  STRCMP_EQUAL("?authorization=***", ofAuthorization("?authorization=").c_str());
}

TEST(Masking, aNameIsReadAsAFormsIs) {
  STRCMP_EQUAL("?%61uthorizatio%6E=***", ofAuthorization("?%61uthorizatio%6E=x").c_str());
  STRCMP_EQUAL(kNothing, ofAuthorization("?author+ization=x").c_str());
  STRCMP_EQUAL(kNothing, ofAuthorization("?%zzauthorization=x").c_str());
}

TEST(Masking, anAccessTokenIsTheHubsOnly) {
  STRCMP_EQUAL("?access_token=***", ofAll("?access_token=x").c_str());
  STRCMP_EQUAL("?access_token=***&authorization=***", ofAll("?access_token=x&authorization=y").c_str());
  STRCMP_EQUAL(kNothing, ofAuthorization("?access_token=x").c_str());
}

TEST(Masking, withoutATokenThereIsNothingToMask) {
  for (const char* text : {"", "/", "/a", "authorization=x", "/a?b=c", "?authorization", "?authorization&b=c",
                           "?a=authorization", "?authorizations=x", "?", "&&&", "?=x", "? ?=="})
    STRCMP_EQUAL(kNothing, ofAll(text).c_str());
}

TEST(Masking, aMebibyteOfAnythingTakesNoTime) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::string_view piece :
       {"&", "?", ";", "=", "&=", "a&", "%61", "&%61", "#", " ", "\"", "&#", "\xFF"}) {
    const std::string text = repeat(piece, kMebibyte / piece.size());
    STRCMP_EQUAL(kNothing, ofAll(text).c_str());
    CHECK_TRUE(ofAll(text + "&access_token=x").ends_with("&access_token=***"));
  }
  CHECK_TRUE(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

}  // namespace mercure::endpoint::test

#include "endpoint/explanation.h"

#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint {
namespace {

TEST_GROUP(Explanation){};

TEST(Explanation, aLineHoldsNoControlCharacter) {
  STRCMP_EQUAL("a?b??c?d?", oneLine("a\nb\r\tc\x7f"
                                    "d\xc2\x85")
                                .c_str());
  STRCMP_EQUAL("a?", oneLine(std::string_view("a\0", 2)).c_str());
}

TEST(Explanation, aLineIsValidUtf8) {
  STRCMP_EQUAL("caf\xc3\xa9 ?(", oneLine("caf\xc3\xa9 \xc3(").c_str());
}

TEST(Explanation, aLineIsCutBetweenCharacters) {
  STRCMP_EQUAL((std::string(512, 'x') + "...").c_str(), oneLine(std::string(100'000, 'x')).c_str());
  STRCMP_EQUAL(std::string(512, 'x').c_str(), oneLine(std::string(512, 'x')).c_str());
  STRCMP_EQUAL("\"ab...\"", excerpt("ab\xc3\xa9", 3).c_str());
}

TEST(Explanation, aListIsCutAfterAFew) {
  const std::vector<std::string> texts{"a", "b", "c", "d", "e"};
  STRCMP_EQUAL("nothing", listing({}).c_str());
  STRCMP_EQUAL("\"a\"", listing(std::span(texts).first(1)).c_str());
  STRCMP_EQUAL("\"a\", \"b\", \"c\"", listing(std::span(texts).first(3)).c_str());
  STRCMP_EQUAL("\"a\", \"b\", \"c\" and 2 more", listing(texts).c_str());
}

}  // namespace
}  // namespace mercure::endpoint

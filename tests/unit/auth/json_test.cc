#include "auth/json.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;

namespace {

std::string nested(std::size_t levels) {
  return R"({"a":)" + std::string(levels, '[') + std::string(levels, ']') + '}';
}

std::string errorOf(std::string_view text) {
  const auto value = readJsonObject(text);
  return value ? std::string() : value.error();
}

}  // namespace

TEST_GROUP(Json){};

TEST(Json, ReadsAnObject) {
  const auto value = readJsonObject(R"( {"text":"gr\u00fc\u00df","null":null,"list":[1,2.5,true]} )");
  CHECK(value.has_value());
  CHECK(textOf(*memberOf(**value, "text")) == "gr\xC3\xBC\xC3\x9F");
  POINTERS_EQUAL(nullptr, memberOf(**value, "null"));
  POINTERS_EQUAL(nullptr, memberOf(**value, "Text"));
  STRCMP_EQUAL("[1,2.5,true]", compactTextOf(*memberOf(**value, "list")).c_str());
}

TEST(Json, ANY_50_RefusesANameTwiceAtAnyLevel) {
  for (const char* const text : {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"({"x":{"a":1,"b":2,"a":3}})",
                                 R"({"x":[{"y":{"a":1,"a":2}}]})"}) {
    CHECK_FALSE_TEXT(readJsonObject(text).has_value(), text);
    STRCMP_CONTAINS("a name twice", errorOf(text).c_str());
  }
  CHECK(readJsonObject(R"({"a":{"a":1},"A":2})").has_value());
}

TEST(Json, ANY_50_RefusesWhatIsNotUtf8) {
  for (const char* const text :
       {"{\"a\":\"\xFF\"}", "{\"\xC3\":1}", "{\"a\":\"\xC0\xAF\"}", "{\"a\":\"\xED\xA0\x80\"}",
        "{\"a\":\"\xF5\x80\x80\x80\"}", R"({"a":"\ud800"})", R"({"a":"\udc00\ud800"})"}) {
    CHECK_FALSE_TEXT(readJsonObject(text).has_value(), text);
  }
  STRCMP_CONTAINS("is not UTF-8", errorOf("{\"a\":\"\xFF\"}").c_str());
}

TEST(Json, RefusesNulAnywhere) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"{}\0"sv, "\0{}"sv, "{\0}"sv, "{\"a\0\":1}"sv, "{\"a\":\"\0\"}"sv, R"({"a":"\u0000"})"sv,
        R"({"\u0000":1})"sv, R"({"mercure\u0000x":1})"sv}) {
    CHECK_FALSE(readJsonObject(text).has_value());
  }
}

TEST(Json, RefusesWhatIsNotOneObject) {
  for (const char* const text : {"",
                                 " ",
                                 "[]",
                                 "[{}]",
                                 "1",
                                 "\"a\"",
                                 "null",
                                 "true",
                                 "{} {}",
                                 "{},",
                                 "{}x",
                                 "{",
                                 "}",
                                 "{\"a\"}",
                                 "{'a':1}",
                                 "{a:1}",
                                 "{\"a\":1,}",
                                 "{\"a\":01}",
                                 "{\"a\":+1}",
                                 "{\"a\":.5}",
                                 "{\"a\":NaN}",
                                 "{\"a\":Infinity}",
                                 "{\"a\":0x10}",
                                 "{/**/}",
                                 "\xEF\xBB\xBF{}",
                                 "{\"a\":\"\n\"}"}) {
    CHECK_FALSE_TEXT(readJsonObject(text).has_value(), text);
  }
}

TEST(Json, RefusesNumbersThatNothingHolds) {
  for (const char* const text : {R"({"a":1e400})", R"({"a":-1e400})", R"({"a":9223372036854775808})",
                                 R"({"a":-9223372036854775809})", R"({"a":99999999999999999999999999})"}) {
    STRCMP_CONTAINS("out of range", errorOf(text).c_str());
  }
}

TEST(Json, RefusesDeepNesting) {
  CHECK(readJsonObject(nested(kMaxJsonDepth - 1)).has_value());
  STRCMP_CONTAINS("nested too deeply", errorOf(nested(kMaxJsonDepth)).c_str());
  STRCMP_CONTAINS("nested too deeply", errorOf(nested(100'000)).c_str());
  STRCMP_CONTAINS("nested too deeply", errorOf(std::string(100'000, '[')).c_str());
  std::string objects;
  for (int level = 0; level < 100'000; ++level) objects += R"({"a":)";
  STRCMP_CONTAINS("nested too deeply", errorOf(objects).c_str());
}

TEST(Json, OnlyBracketsOutsideStringsNest) {
  const std::string brackets(1000, '[');
  CHECK(readJsonObject(R"({"a":"\"\\)" + brackets + R"(","b":")" + brackets + "\"}").has_value());
  CHECK(readJsonObject(R"({")" + brackets + R"(\"":1})").has_value());
  std::string wide = R"({"a":[)";
  for (int entry = 0; entry < 1000; ++entry) wide += "[{}],";
  CHECK(readJsonObject(wide + "[]]}").has_value());
  STRCMP_CONTAINS("nested too deeply", errorOf(R"({"a":"\\",)" + nested(100).substr(1)).c_str());
  STRCMP_CONTAINS("nested too deeply", errorOf("]]]]" + brackets).c_str());
}

TEST(Json, ErrorsNeverRepeatTheText) {
  for (const char* const text : {R"({"leak":leak})", R"({"leak":1,"leak":2})", R"({"leak":"\u0000"})",
                                 R"({"leak")", R"({"leak":1} leak)", R"(["leak"])"}) {
    const std::string error = errorOf(text);
    CHECK_FALSE(error.empty());
    CHECK_TEXT(error.find("leak") == std::string::npos, error.c_str());
  }
}

TEST(Json, CompactTextKeepsValuesAndOrder) {
  const auto value =
      readJsonObject("{\"v\": { \"z\" : 1, \"a\" : [ \"\\\"\\\\\\n\xC3\xBC\" , -0.5, 9007199254740993 ] }}");
  STRCMP_EQUAL("{\"z\":1,\"a\":[\"\\\"\\\\\\n\xC3\xBC\",-0.5,9007199254740993]}",
               compactTextOf(*memberOf(**value, "v")).c_str());
}

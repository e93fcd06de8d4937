#include "mercurectl/update_line.h"

#include <string>

#include <CppUTest/TestHarness.h>

namespace mercure::mercurectl::test {

TEST_GROUP(UpdateLine) {
  history::Record record{.sequence = 7,
                         .publishedAt = 1'700'000'000'000'001,
                         .topics = {"https://example.com/a", "b"},
                         .id = "urn:x:1",
                         .event = "id: urn:x:1\ndata: hi\n\n"};

  void checkHolds(const char* part) const {
    STRCMP_CONTAINS(part, lineOf(record).c_str());
  }
};

TEST(UpdateLine, aWholeOne) {
  STRCMP_EQUAL(
      R"({"sequence":7,"published":"2023-11-14T22:13:20.000001Z","id":"urn:x:1",)"
      R"("topics":["https://example.com/a","b"],"private":false,"madeByHub":false,"generation":"0.x",)"
      R"("event":"id: urn:x:1\ndata: hi\n\n"})"
      "\n",
      lineOf(record).c_str());
}

TEST(UpdateLine, flags) {
  record.flags = 0x01;
  checkHolds(R"("private":true,"madeByHub":false,"generation":"0.x")");
  record.flags = 0x12;
  checkHolds(R"("private":false,"madeByHub":true,"generation":"1.0")");
  record.flags = 0x20;
  checkHolds(R"("generation":"2")");
}

TEST(UpdateLine, staysOneLineOfUtf8WhateverItHolds) {
  using namespace std::string_literals;
  record.event = "data: \xC3\xA9\xFF\x1B\"\\\0\r\n\n"s;
  record.id = "\xED\xA0\x80";
  record.topics = {"", "\xF0\x9F"};
  checkHolds("\"event\":\"data: \xC3\xA9\xEF\xBF\xBD\\u001B\\\"\\\\\\u0000\\r\\n\\n\"}\n");
  checkHolds("\"id\":\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  checkHolds("\"topics\":[\"\",\"\xEF\xBF\xBD\"]");
  record.topics.clear();
  checkHolds("\"topics\":[]");
}

}  // namespace mercure::mercurectl::test

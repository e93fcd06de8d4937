#include "protocol/reserved_topic.h"

#include <string>
#include <string_view>
#include <vector>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::Generation;
using namespace mercure::protocol::test;

namespace {

constexpr std::string_view kHubPath = "/.well-known/mercure";

bool isReservedTopic(std::string_view topic, std::string_view hubPath) {
  return mercure::protocol::isReservedTopic(topic, hubPath, Generation::V0);
}

void checkAll(bool expected, const std::vector<std::string>& topics, std::string_view hubPath = kHubPath) {
  for (const std::string& topic : topics) {
    CHECK_EQUAL_TEXT(expected, isReservedTopic(Exact(topic), Exact(hubPath)), topic.c_str());
  }
}

void checkReserved(const std::vector<std::string>& topics) {
  checkAll(true, topics);
}
void checkFree(const std::vector<std::string>& topics) {
  checkAll(false, topics);
}

// The hub's path, or something below it, in one of its many spellings.
std::string disguise(Dice& dice) {
  const std::vector<std::string> slashes = {"/",     "/",      "\\",         "/./",
                                            "/%2e/", "/x/../", "\\y\\.%2E/", "/a/b/../.%2e/"};
  const auto spell = [&dice](std::string_view word) {
    constexpr std::string_view kHexDigits = "0123456789ABCDEF";
    std::string spelled;
    for (const char c : word) {
      if (dice.chance(12)) spelled += dice.pick(std::vector<std::string>{"\t", "\n", "\r"});
      if (dice.chance(4)) {
        spelled += {'%', kHexDigits[static_cast<std::size_t>(c) >> 4],
                    kHexDigits[static_cast<std::size_t>(c) & 0xF]};
      } else {
        spelled += c;
      }
    }
    return spelled;
  };
  const std::vector<std::string> origins = {"",         "",          "https://h", "HTTP:\\\\h:80",
                                            "//h",      "\\\\u:p@h", "wss:////h", "ftp:h",
                                            "file://h", "file:",     "https:"};
  const std::vector<std::string> ends = {"", "", "?q", "#f", "/", "/subscriptions/x", "\\x?../..", "/."};
  return dice.pick(std::vector<std::string>{"", "", " ", "\x01 \t"}) + dice.pick(origins) + "/" +
         dice.pick(std::vector<std::string>{"", "./", "x/../", "%2e%2e/", "../../"}) + spell(".well-known") +
         dice.pick(slashes) + spell("mercure") + dice.pick(ends) +
         dice.pick(std::vector<std::string>{"", " ", "\n"});
}

}  // namespace

TEST_GROUP(ReservedTopic){};

TEST(ReservedTopic, P1_RSV_01_the_hubs_path_whatever_the_scheme_or_host) {
  checkReserved({"/.well-known/mercure",
                 "/.well-known/mercure/",
                 "/.well-known/mercure/subscriptions/a/b",
                 "/.well-known/mercure?x",
                 "/.well-known/mercure#x",
                 "/.well-known/mercure/?x#y",
                 "https://example.com/.well-known/mercure",
                 "HTTPS://EXAMPLE.COM/.well-known/mercure",
                 "https://a.example/.well-known/mercure/subscriptions/x",
                 "http://[::1]:8080/.well-known/mercure",
                 "https://u:p@h/.well-known/mercure",
                 "//host/.well-known/mercure",
                 "ftp://h/.well-known/mercure",
                 "ws://h/.well-known/mercure",
                 "foo://host/.well-known/mercure",
                 "foo:/.well-known/mercure",
                 "foo:///.well-known/mercure",
                 "urn:/.well-known/mercure",
                 "file:///.well-known/mercure",
                 "file:/.well-known/mercure",
                 "file:.well-known/mercure",
                 "file://h/.well-known/mercure"});
}

TEST(ReservedTopic, P1_RSV_02_dot_segments_and_percent_encoding) {
  checkReserved({"/.well-known/%6Dercure/x", "/.well-known/%6dercure", "/%2Ewell%2dknown/mercure",
                 "/.well-known/./mercure", "/.well-known/x/../mercure", "/./.well-known/mercure",
                 "/../../.well-known/mercure", "/.well-known/mercure/x/..", "/.well-known/mercure/.",
                 "https://h/%2e%2e/.well-known/%2E/mercure?x", "/x/.%2E/.well-known/mercure",
                 "/a//../../.well-known/mercure", "foo:/x/../.well-known/mercure",
                 "foo://h/%2e/.well-known/mercure"});
  checkFree({"/.well-known%2Fmercure", "/.well-known/%256Dercure", "/.well-known/mercure%2Fx",
             "/.well-known/mercure/..", "/.well-known/mercure/../x", "/.well-known/.../mercure",
             "/.well-known//mercure", "//.well-known/mercure", "/.well-known/%2e%2e/mercure",
             "/.well-known/mercure%00", "/.well-known/%6mercure", "/.well-known/mercure%"});
}

TEST(ReservedTopic, P1_RSV_04_ANY_18_relative_topics_that_do_not_spell_the_path_are_free) {
  checkFree({"", "?x", "#x", "mercure", "mercure/subscriptions/x", "./mercure", "x/../mercure", "%6Dercure",
             "mercure?x", "https:mercure", "https:", "http:?x", ".", "..", "subscriptions/foo", "bar",
             "../mercure/x", ".well-known/mercure", "x/.well-known/mercure"});
}

// These name the hub's whole path, from the root on, so they spell it.
TEST(ReservedTopic, ANY_18_relative_topics_that_spell_the_path_are_reserved) {
  checkReserved({"../.well-known/mercure", "../../../.well-known/mercure/x", "./../.well-known/./mercure",
                 "x/../../.well-known/mercure", "..\\.well-known\\mercure", "%2e%2e/.well-known/%6Dercure",
                 "https:../.well-known/mercure"});
}

TEST(ReservedTopic, P1_RSV_05_backslashes_are_slashes_in_special_schemes) {
  checkReserved({"\\.well-known\\mercure", "https:\\\\a\\.well-known\\mercure", "/.well-known\\mercure",
                 "\\\\h\\.well-known\\mercure", "\\/h/.well-known/mercure",
                 "file:\\\\h\\.well-known\\mercure"});
  checkFree({"foo:/.well-known\\mercure", "foo:\\.well-known\\mercure", "foo://h\\.well-known/mercure"});
}

TEST(ReservedTopic, P1_RSV_05_others_are_free) {
  checkFree({"urn:example:mercure",
             "urn:.well-known/mercure",
             "foo:.well-known/mercure",
             "data:,/.well-known/mercure",
             "javascript:/*/.well-known/mercure*/",
             "blob:https://h/.well-known/mercure",
             "h:8080/.well-known/mercure",
             "/.well-known/mercure-dashboard",
             "/.well-known/mercureX",
             "/.well-known/Mercure",
             "/foo/.well-known/mercure",
             "https://example.com/foo/.well-known/mercure",
             "https://example.com/books/1",
             "https://example.com",
             "https://example.com?/.well-known/mercure",
             "https://example.com/#/.well-known/mercure",
             "https://.well-known/mercure",
             "*",
             "{",
             "notification/42"});
}

TEST(ReservedTopic, what_the_parser_strips) {
  checkReserved({" /.well-known/mercure", "\x01\x1F /.well-known/mercure \n", "/.well-\tknown/mer\ncure\r",
                 "ht\ntps://h/.well-known/mercure", "/\t/h/.well-known/mercure", "/.well-known/%\t6Dercure",
                 std::string("\0/.well-known/mercure\0", 22)});
  checkFree({"\x7F/.well-known/mercure", "\u00A0/.well-known/mercure", "/.well-known/mer cure",
             std::string("/.well-known/mercure\0x", 22)});
}

// The hub's own scheme is not known here, so both readings of a URL without slashes count.
TEST(ReservedTopic, a_scheme_that_may_be_the_hubs_own) {
  checkReserved({"https:/.well-known/mercure", "http:/.well-known/mercure", "HTTPS:\\.well-known/mercure",
                 "https:h/.well-known/mercure"});
  checkFree({"ws:/.well-known/mercure", "ftp:.well-known/mercure"});
}

TEST(ReservedTopic, P1_RSV_03_what_cannot_be_parsed_is_not_reserved) {
  checkFree({"https://h:99999/.well-known/mercure", "https://[/.well-known/mercure",
             "https://a b/.well-known/mercure", "https://@/.well-known/mercure"});
}

TEST(ReservedTopic, P1_RSV_04_ANY_18_relative_topics_that_reach_the_path_are_reserved_in_1_0) {
  for (const char* topic :
       {"", "?x", "#x", "mercure", "mercure/subscriptions/x", "./mercure", "x/../mercure", "%6Dercure",
        "mercure?x", "https:mercure", "https:", "http:?x", "../.well-known/mercure", "/.well-known/mercure",
        "https://h/.well-known/mercure/x"})
    CHECK_TRUE_TEXT(mercure::protocol::isReservedTopic(topic, kHubPath, Generation::V1), topic);
  for (const char* topic : {".", "..", "subscriptions/foo", "bar", "../mercure/x", ".well-known/mercure",
                            "x/.well-known/mercure", "urn:example:mercure", "mercure-dashboard", "*"})
    CHECK_FALSE_TEXT(mercure::protocol::isReservedTopic(topic, kHubPath, Generation::V1), topic);
}

TEST(ReservedTopic, P1_DISC_01_the_namespace_follows_the_hubs_path) {
  checkAll(true, {"/push", "https://h/push/x", "../push", "/p%75sh", "/x/../push"}, "/push");
  checkAll(false, {"push", "/.well-known/mercure", "/pushed", "x/push", "", "?x"}, "/push");
  checkAll(true, {"/a/b/hub", "../../a/b/hub", "/a/b/hub/"}, "/a/b/hub");
  checkAll(false, {"hub", "../b/hub", "/a/hub", "b/hub"}, "/a/b/hub");
  checkAll(true, {"/caf\u00E9", "/caf%C3%A9", "/caf%c3%a9/x"}, "/caf\u00E9");
  checkAll(true, {"/caf\u00E9", "/caf%C3%A9"}, "/caf%C3%A9");
}

TEST(ReservedTopic, a_mebibyte_of_one_thing) {
  checkReserved({repeat("/x/..", kMebibyte / 5) + "/.well-known/mercure",
                 repeat("../", kMebibyte / 3) + ".well-known/mercure",
                 std::string(kMebibyte, ' ') + "/.well-known/mercure",
                 "/.well-known/" + std::string(kMebibyte, '\t') + "mercure",
                 "/.well-known/mercure/" + repeat("x/", kMebibyte / 2)});
  checkFree({repeat("/", kMebibyte), repeat("/..", kMebibyte / 3), repeat("%2e", kMebibyte / 3),
             std::string(kMebibyte, 'a'), std::string(kMebibyte, 'a') + ":", repeat("x/", kMebibyte / 2),
             std::string(kMebibyte, '\0'), "/.well-known/mercur" + repeat("%65", kMebibyte / 3)});
}

TEST(ReservedTopic, P1_RSV_02_every_disguise_is_seen_through) {
  Dice dice(6);
  for (int i = 0; i < 20000; ++i) {
    const std::string topic = disguise(dice);
    CHECK_TRUE_TEXT(isReservedTopic(Exact(topic), kHubPath), topic.c_str());
  }
}

TEST(ReservedTopic, blanks_around_random_bytes_and_pieces_do_not_matter) {
  Dice dice(7);
  const std::vector<std::string> pieces = {
      "/",   "\\", ".", "..", "%2e", ".well-known", "mercure", ":", "https", "file",
      "foo", "@",  "?", "#",  "\t",  "[",           "]",       "%", "\xFF",  " "};
  for (int i = 0; i < 20000; ++i) {
    const std::string topic = dice.chance(2) ? dice.bytes(40) : dice.join(pieces, 12);
    CHECK_EQUAL(isReservedTopic(Exact(topic), kHubPath),
                isReservedTopic(Exact(" \n" + topic + "\r\x01"), kHubPath));
  }
}

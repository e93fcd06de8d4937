#include "protocol/url_pattern.h"

#include <malloc.h>

#include <chrono>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::TopicReading;
using mercure::protocol::UrlPattern;
using mercure::protocol::UrlPatternFault;
using namespace mercure::protocol::test;

namespace {

constexpr std::string_view kHub = "https://hub.example/.well-known/mercure";

UrlPattern compile(std::string_view text, std::string_view base = kHub) {
  auto pattern = UrlPattern::compile(Exact(text), Exact(base));
  CHECK_TRUE_TEXT(pattern.has_value(), std::string(text.substr(0, 200)).c_str());
  if (!pattern) pattern = UrlPattern::compile("*", kHub);
  return *std::move(pattern);
}

void checkMatches(bool expected, std::string_view text, const std::vector<std::string>& topics,
                  std::string_view base = kHub) {
  const UrlPattern pattern = compile(text, base);
  for (const std::string& topic : topics) {
    CHECK_EQUAL_TEXT(expected, pattern.matches(Exact(topic)),
                     (std::string(text) + " with " + topic).substr(0, 200).c_str());
  }
}

void checkCovers(std::string_view text, const std::vector<std::string>& topics) {
  checkMatches(true, text, topics);
}
void checkLeaves(std::string_view text, const std::vector<std::string>& topics) {
  checkMatches(false, text, topics);
}

void checkRefused(UrlPatternFault fault, std::string_view text) {
  const auto pattern = UrlPattern::compile(Exact(text), kHub);
  CHECK_TRUE_TEXT(!pattern && pattern.error().fault == fault, std::string(text.substr(0, 200)).c_str());
}

void checkInvalid(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) checkRefused(UrlPatternFault::Invalid, text);
}

std::size_t heapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

TEST_GROUP(UrlPattern){};

TEST(UrlPattern, P1_MAT_04_the_host_is_case_insensitive_and_the_rest_is_not) {
  checkCovers("https://Example.COM/Books/:id\\?A=*#Top",
              {"https://example.com/Books/1?A=1#Top", "HTTPS://EXAMPLE.com/Books/1?A=#Top"});
  checkLeaves("https://example.com/Books/:id\\?A=*#Top",
              {"https://example.com/books/1?A=1#Top", "https://example.com/Books/1?a=1#Top",
               "https://example.com/Books/1?A=1#top"});
  checkLeaves("https://User@example.com/", {"https://user@example.com/"});
}

TEST(UrlPattern, P1_MAT_04_both_sides_are_read_as_URLs) {
  checkCovers("https://b\u00FCcher.example/",
              {"https://xn--bcher-kva.example", "https://B\u00DCCHER.example/"});
  checkCovers("https://example.com/caf\u00E9/:x",
              {"https://example.com/caf%C3%A9/1", "https://example.com/caf\u00E9/1"});
  checkCovers("https://example.com:443/a", {"https://example.com/a", "https://example.com:443/a"});
  checkCovers("https://example.com/a/../b", {"https://example.com/b", "https://example.com/x/../b"});
  checkCovers("http://127.1/", {"http://127.0.0.1/", "http://0x7f000001/"});
  checkCovers("http://[\\:\\:1]/", {"http://[::1]/", "http://[0:0::1]/"});
  checkCovers("https://example.com/a b", {"https://example.com/a%20b", "https://example.com/a b"});
  checkLeaves("https://example.com/%7Ea", {"https://example.com/~a"});
}

TEST(UrlPattern, P1_MAT_04_groups_of_each_kind) {
  checkCovers("https://example.com/books/:id",
              {"https://example.com/books/1", "https://example.com/books/%2F"});
  checkLeaves("https://example.com/books/:id",
              {"https://example.com/books/", "https://example.com/books", "https://example.com/books/1/2",
               "https://example.com/books/1/"});
  checkCovers("https://example.com/books/*", {"https://example.com/books/", "https://example.com/books/1/2"});
  checkLeaves("https://example.com/books/*", {"https://example.com/books"});
  checkCovers("https://example.com/:year(\\d{4})/{:slug-}?x",
              {"https://example.com/2026/x", "https://example.com/2026/a-x"});
  checkLeaves("https://example.com/:year(\\d{4})/x",
              {"https://example.com/26/x", "https://example.com/20266/x"});
  checkCovers("https://:sub.example.com/", {"https://a.example.com/"});
  checkLeaves("https://:sub.example.com/", {"https://example.com/", "https://a.b.example.com/"});
  checkCovers("https://*.example.com/", {"https://a.b.example.com/"});
  checkCovers("http{s}?://example.com/", {"http://example.com/", "https://example.com/"});
  checkCovers("(http|wss)://example.com/", {"http://example.com/", "wss://example.com/"});
  checkLeaves("(http|wss)://example.com/", {"https://example.com/"});
}

TEST(UrlPattern, P1_MAT_04_modifiers) {
  checkCovers("https://example.com/a/:x?", {"https://example.com/a", "https://example.com/a/1"});
  checkLeaves("https://example.com/a/:x?", {"https://example.com/a/", "https://example.com/a/1/2"});
  checkCovers("https://example.com/a/:x+", {"https://example.com/a/1", "https://example.com/a/1/2/3"});
  checkLeaves("https://example.com/a/:x+", {"https://example.com/a", "https://example.com/a/1/"});
  checkCovers("https://example.com/a/:x*", {"https://example.com/a", "https://example.com/a/1/2/3"});
  checkCovers("https://example.com/{a-:x-b}+",
              {"https://example.com/a-1-b", "https://example.com/a-1-ba-2-b"});
  checkLeaves("https://example.com/{a-:x-b}+", {"https://example.com/", "https://example.com/a-1-bb"});
  checkCovers("https://example.com/{a}*(b)+", {"https://example.com/aab", "https://example.com/bbb"});
  checkCovers("https://example.com/{a}?c", {"https://example.com/c", "https://example.com/ac"});
  checkLeaves("https://example.com/{a}?c", {"https://example.com/aac"});
  checkCovers("https://example.com/*?", {"https://example.com", "https://example.com/x/y"});
  checkCovers("https://example.com/(\\d)+", {"https://example.com/1/2/3"});
  checkLeaves("https://example.com/(\\d)+", {"https://example.com/12", "https://example.com/1/"});
}

TEST(UrlPattern, P1_MAT_05_relative_patterns_and_topics_use_the_base) {
  checkCovers("/books/:id", {"https://hub.example/books/1", "/books/1", "../books/1"});
  checkLeaves("/books/:id",
              {"https://other.example/books/1", "http://hub.example/books/1", "books/1", "//other/books/1"});
  checkCovers("books/:id", {"books/1", "https://hub.example/.well-known/books/1", "/.well-known/books/1"});
  checkCovers("https://hub.example/books/:id", {"/books/1"});
  checkCovers("?x=*", {"?x=1", "https://hub.example/.well-known/mercure?x=1"});
  checkCovers("#a", {"#a"});
  checkMatches(true, "/a", {"/a", "http://[::1]:8080/a"}, "http://[::1]:8080/x");
  checkMatches(false, "/a", {"http://[::1]/a"}, "http://[::1]:8080/x");
}

TEST(UrlPattern, ANY_47_what_is_no_relative_text_is_read_without_the_base) {
  checkCovers("urn\\:isbn\\:*", {"urn:isbn:123", "URN:isbn:"});
  checkLeaves("urn\\:isbn\\:*", {"urn:issn:1", "/urn:isbn:1"});
  checkCovers("https\\:x/a", {"https://x/a", "https:x/a"});
  checkCovers("*\\:*", {"urn:x", "https://example.com/", "books"});
  checkMatches(true, "https://example.com/:a", {"https://example.com/1"}, "no URL");
  checkMatches(false, "https://example.com/:a", {"/1"}, "no URL");
}

TEST(UrlPattern, a_relative_pattern_without_a_base_is_invalid) {
  const auto pattern = UrlPattern::compile("/a", "no URL");
  CHECK_TRUE(!pattern && pattern.error().fault == UrlPatternFault::Invalid);
}

TEST(UrlPattern, P1_MAT_06_relative_and_absolute_ones_meet_when_they_are_one_URL) {
  checkCovers("/a", {"https://hub.example/a"});
  checkCovers("https://hub.example/a", {"/a"});
}

TEST(UrlPattern, P1_MAT_07_a_topic_that_is_no_URL_matches_nothing) {
  checkLeaves("*\\:*", {"https://", "https://example.com:99999/", "http://a b/", "//[::", "http://%/"});
  checkMatches(false, "*://*/*", {"x", "", "/a"}, "no URL");
}

TEST(UrlPattern, P1_MAT_08_matching_takes_a_time_linear_in_the_topic) {
  const std::string longTopic = "https://example.com/" + std::string(kMebibyte / 4, 'a');
  for (const char* text :
       {"https://example.com/(a*)*b", "https://example.com/((?:a|a)*)c", "https://example.com/*a*a*a*b",
        "https://example.com/((?:a?){100}(?:a){100})", "https://example.com/(.*)(.*)(.*)(.*)x"}) {
    const UrlPattern pattern = compile(text);
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(pattern.matches(longTopic));
    CHECK_TRUE_TEXT(std::chrono::steady_clock::now() - start < std::chrono::seconds(5), text);
  }
}

TEST(UrlPattern, P1_MAT_09_what_a_pattern_leaves_out) {
  checkCovers("https://example.com/books/:id",
              {"https://example.com/books/1?x=1#y", "https://me:secret@example.com/books/1",
               "https://example.com:443/books/1"});
  checkLeaves("https://example.com/books/:id", {"https://example.com:8443/books/1"});
  checkCovers("https://example.com", {"https://example.com/any/path?q#h"});
  checkCovers("https://example.com:*/", {"https://example.com:8443/", "https://example.com/"});
  checkLeaves("https://example.com/?x", {"https://example.com/", "https://example.com/?y"});
  checkLeaves("https://example.com/#x", {"https://example.com/?q#x"});
}

TEST(UrlPattern, a_port_is_none_where_it_is_the_schemes_own_and_nowhere_else) {
  checkCovers("http://example.com:443/", {"http://example.com:443/"});
  checkLeaves("http://example.com:443/", {"http://example.com/", "http://example.com:80/"});
  checkCovers("http://example.com:80/", {"http://example.com/", "http://example.com:80/"});
  checkCovers("https://example.com:*443/", {"https://example.com:8443/"});
  checkLeaves("https://example.com:*443/", {"https://example.com:8080/", "https://example.com/"});
  checkCovers("ftp://example.com:21/", {"ftp://example.com/"});
  checkCovers("foo://example.com:80/", {"foo://example.com:80/"});
  checkLeaves("http{s}?://example.com:443/", {"https://example.com/"});
}

TEST(UrlPattern, P1_MAT_10_a_plain_topic_is_a_URL_beside_the_hubs) {
  checkCovers("https://hub.example/*", {"bar", "a/b c", "caf\u00E9"});
  checkCovers("https://hub.example/.well-known/bar", {"bar"});
  checkLeaves("https://hub.example/bar", {"bar"});
}

TEST(UrlPattern, P1_SUB_05_P1_MAT_12_what_does_not_compile_is_refused) {
  checkInvalid({"{unclosed",
                "https://example.com/(",
                "https://example.com/:a/:a",
                "/(?:x)",
                "/()",
                "/\\",
                "/a?b}",
                "/{a",
                "/::",
                "/((a))",
                "/(a{2,1})",
                "/(\u00E9)",
                "/:9",
                "https://exa mple.com/",
                "https://example.com:99999/",
                "https://example.com:-1/",
                "1http://a/",
                "/(?i)",
                "(a)://\xFF{",
                "https://[x]/"});
}

TEST(UrlPattern, P1_SUB_05_the_explanation_says_nothing_of_a_compiler) {
  for (const char* text : {"{x", "/(a**)", "/([b-a])", "/(a(?=b))", "/(\\p{Foo})", "/(a{1001})", "/((a))"}) {
    const auto pattern = UrlPattern::compile(text, kHub);
    CHECK_TRUE_TEXT(!pattern, text);
    const std::string& explanation = pattern.error().explanation;
    CHECK_TRUE_TEXT(!explanation.empty() && explanation.size() < 120, text);
    for (const char* word : {"re2", "RE2", "\n", "ICU", "error", "argument"}) {
      CHECK_TRUE_TEXT(explanation.find(word) == std::string::npos, explanation.c_str());
    }
  }
}

TEST(UrlPattern, group_names_of_regular_expressions_are_those_of_the_component) {
  checkCovers("https://example.com/((?<a>x))/((?<b>y))", {"https://example.com/x/y"});
  checkCovers("https://example.com/(x(?<a>y))\\?(x(?<a>y))", {"https://example.com/xy?xy"});
  checkInvalid({"/(x(?<a>y))/(x(?<a>y))", "/(x(?<a>y))+"});
  checkCovers("/-(x(?<a>y))+", {"/-xyxy"});
}

TEST(UrlPattern, fixed_text_is_never_read_as_a_regular_expression) {
  checkCovers("https://example.com/a.b|c$d^e/:x", {"https://example.com/a.b|c$d^e/1"});
  checkLeaves("https://example.com/a.b/:x", {"https://example.com/aXb/1"});
  checkCovers("https://example.com/\\(a\\)\\+\\*/:x", {"https://example.com/(a)+*/1"});
}

TEST(UrlPattern, opaque_paths) {
  checkCovers("data\\:text/:kind,*", {"data:text/plain,hello", "data:text/a/b,c"});
  checkCovers("mailto\\:*@example.com", {"mailto:me@example.com"});
  checkLeaves("mailto\\:*@example.com", {"mailto:me@example.org", "https://me@example.com/"});
}

TEST(UrlPattern, bytes_that_are_no_UTF_8_are_replaced_on_both_sides) {
  checkCovers("https://example.com/\xFF", {"https://example.com/\xFE", "https://example.com/\uFFFD"});
  checkCovers(std::string_view("https://example.com/a\0b", 23),
              {std::string("https://example.com/a\0b", 23)});
}

TEST(UrlPattern, one_reading_of_a_topic_serves_many_patterns) {
  TopicReading topic("bar?x");
  CHECK_TRUE(compile("bar").matches(topic));
  CHECK_TRUE(compile("https://hub.example/.well-known/:x").matches(topic));
  CHECK_FALSE(compile("/bar").matches(topic));
  const auto another = UrlPattern::compile("https://other.example/*", "https://other.example/a/hub");
  CHECK_TRUE(another.has_value());
  CHECK_TRUE(another->matches(topic));
  CHECK_TRUE(compile("bar").matches(topic));
}

TEST(UrlPattern, knows_what_the_paths_that_it_matches_begin_with) {
  for (const auto& [pattern, prefix] : std::initializer_list<std::pair<const char*, const char*>>{
           {"https://example.com/a/b", "/a/b"},
           {"https://example.com/a b/*", "/a%20b/"},
           {"https://example.com/users/42/*", "/users/42/"},
           {"https://example.com/users/:id", "/users/"},
           {"https://example.com/users/:id+", "/users/"},
           {"https://example.com/users/:id?", "/users"},
           {"https://example.com/users/:id*", "/users"},
           {"https://example.com/users{/all}?", "/users"},
           {"https://example.com/a{b}c:d", "/abc"},
           {"https://example.com/{b}+c", "/"},
           {"https://example.com/(a|b)/c", "/"},
           {"https://example.com", ""},
           {"*", "/.well-known/"},
           {"urn\\:isbn\\:*", "isbn:"},
           {"books/:id", "/.well-known/books/"}}) {
    CHECK_TEXT(compile(pattern).pathPrefix() == prefix, pattern);
  }
}

TEST(UrlPattern, tells_how_to_write_what_many_write_otherwise) {
  for (const auto& [text, advice] : std::initializer_list<std::pair<const char*, const char*>>{
           {"https://example.com/(?i)a", "a question mark stands right behind it"},
           {"https://example.com/([^/]+)", "write \\/ for it"},
           {"https://example.com/([[:alpha:]])", "write [a-z] for"}}) {
    const auto pattern = UrlPattern::compile(text, kHub);
    CHECK_FALSE_TEXT(pattern.has_value(), text);
    STRCMP_CONTAINS(advice, pattern.error().explanation.c_str());
  }
}

TEST(UrlPattern, a_pattern_can_be_moved) {
  UrlPattern first = compile("https://example.com/:id");
  const UrlPattern second = std::move(first);
  CHECK_TRUE(second.matches("https://example.com/1"));
  CHECK_FALSE(second.matches("https://example.com/"));
  CHECK_TRUE(std::is_nothrow_move_constructible_v<UrlPattern>);
}

TEST(UrlPattern, P1_MAT_04_wildcards_at_the_end_of_a_component) {
  checkCovers("https://example.com/a/:id", {"https://example.com/a/1", "https://example.com/a/1?x#/y"});
  checkLeaves("https://example.com/a/:id",
              {"https://example.com/a/", "https://example.com/a/1/", "https://example.com/a/1/2",
               "https://example.com/a", "https://example.com/ab"});
  checkCovers("https://example.com/a/*", {"https://example.com/a/", "https://example.com/a/1/2"});
  checkLeaves("https://example.com/a/*", {"https://example.com/a", "https://example.com/b/"});
  checkCovers("https://www.:domain/", {"https://www.example/"});
  checkLeaves("https://www.:domain/", {"https://www.example.com/", "https://www/"});
  checkCovers("https://example.com/?q=:any", {"https://example.com/?q=a/b.c"});
  checkLeaves("https://example.com/?q=:any", {"https://example.com/?q="});
  checkCovers("urn\\:a\\:{:rest}", {"urn:a:b/c.d"});
}

TEST(UrlPattern, fixed_texts_and_wildcards_at_the_end_cost_little) {
  for (const char* text : {"https://example.com/books/1", "*://*:*/*\\?*#*", "https://example.com", "/a",
                           "https://*/", "(.*)://example.com:8080/a"}) {
    CHECK_TRUE_TEXT(compile(text).memory() < kMebibyte / 64, text);
  }
  for (const char* text : {"https://example.com/books/1", "https://example.com/books/:id",
                           "https://example.com/users/42/*", "https://www.:domain/"}) {
    CHECK_TRUE_TEXT(compile(text).memory() < 1500, text);
  }
  CHECK_TRUE(compile("https://example.com/books/:id.json").memory() < kMebibyte / 40);
}

// The growth of the heap over many equal patterns, each matched with many topics: RE2's automata fill up.
TEST(UrlPattern, memory_is_no_less_than_what_is_used) {
  constexpr std::size_t kPatterns = 4;
  for (const std::string& text :
       {std::string("https://example.com/a"), std::string("https://:sub.example.com/:a/:b.json?x=:c#:d"),
        "https://example.com/" + repeat("*-", 60), "https://example.com/(" + repeat("[ac]", 200) + ".*)",
        "https://example.com/((?:" + repeat("[ac]", 200) + "){0}" + repeat("(?:a{0})", 60) + "x*)",
        "https://example.com/" + repeat("{a}?", 180), "https://example.com/" + std::string(3000, 'a')}) {
    std::vector<UrlPattern> patterns;
    patterns.reserve(kPatterns);
    std::size_t charged = 0;
    const std::size_t before = heapInUse();
    for (std::size_t i = 0; i < kPatterns; ++i) {
      Dice dice(13);
      patterns.push_back(compile(text));
      charged += patterns.back().memory();
      for (int j = 0; j < 15; ++j) {
        std::string topic = "https://example.com/" + repeat("ac-/", 60);
        for (int k = 0; k < 3; ++k) topic[20 + dice.below(topic.size() - 20)] = dice.chance(2) ? 'x' : '-';
        (void)patterns.back().matches(topic);
      }
    }
    CHECK_TRUE_TEXT(heapInUse() <= before + charged, text.substr(0, 80).c_str());
  }
}

TEST(UrlPattern, P1_MAT_08_too_large_is_told_apart_from_invalid) {
  for (const std::string& text :
       {std::string("/(a{1001})"), std::string("/((?:a{1000}){1000})"), repeat("*", 2000),
        "/" + repeat("{a}?", 1000), "/:a?x=(" + repeat("\\w", 500) + ")",
        "https://(" + repeat("a?", 400) + ")/(" + repeat("a?", 400) + ")",
        "/(" + repeat("(?:", 100) + "a" + repeat(")", 100) + ")"}) {
    checkRefused(UrlPatternFault::TooComplex, text);
  }
}

TEST(UrlPattern, P1_MAT_08_all_components_together_keep_within_the_limit) {
  CHECK_TRUE(compile("https://example.com/(.{300})").matches("https://example.com/" + std::string(300, 'a')));
  checkRefused(UrlPatternFault::TooComplex, "https://example.com/(.{300})\\?(.{300})#(.{300})");
  Dice dice(17);
  const std::vector<std::string> pieces{":a", ":b(x)", "*",      "{a}?",   "(\\w{9})+",
                                        "x",  "/",     "(a|b)*", "{:c-}?", "(.{50})"};
  for (int i = 0; i < 300; ++i) {
    const std::string text = dice.join(pieces, 30) + "://" + dice.join(pieces, 60) + "/" +
                             dice.join(pieces, 60) + "\\?" + dice.join(pieces, 60) + "#" +
                             dice.join(pieces, 60);
    const auto pattern = UrlPattern::compile(text, kHub);
    if (pattern) CHECK_TRUE_TEXT(pattern->memory() < kMebibyte, text.c_str());
  }
}

TEST(UrlPattern, hostile_patterns_of_the_longest_kind_are_settled_at_once) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* piece :
       {"{a}?", "{:a}", "(a{1000})", "(a?)", "*",     ":a*",     "(",    "(?",     "(a(?",
        ":",    "{",    "\\",        "[",    "/:a+",  "(\\W)+",  "\xFF", "\u00FC", "{\u00FC.}?",
        "%",    "?",    "#",         "@",    "[::1]", "\\u{41}", ".."}) {
    const std::string repeated = repeat(piece, 4096 / std::string_view(piece).size());
    for (const char* before : {"", "/", "https://", "https://h/(", "https://h/([", "("}) {
      (void)UrlPattern::compile(Exact(before + repeated), kHub);
      (void)UrlPattern::compile(Exact(before + repeated + ")/"), kHub);
    }
  }
  CHECK_TRUE(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST(UrlPattern, hostile_bytes_are_survived) {
  Dice dice(19);
  const std::vector<std::string> pieces{"https://", "example.com", ":a",  "(", ")",    "[",  "]",      "{",
                                        "}",        "*",           "?",   "+", "\\",   "#",  "\u00E9", "@",
                                        "/",        ".",           "\\d", "%", "xn--", ":8", "\xFF"};
  std::size_t compiled = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::string text = dice.chance(4) ? dice.bytes(40) : dice.join(pieces, 14);
    const auto pattern = UrlPattern::compile(Exact(text), kHub);
    if (!pattern) continue;
    ++compiled;
    (void)pattern->matches(Exact(dice.bytes(40)));
    (void)pattern->matches(Exact(dice.join(pieces, 14)));
  }
  CHECK_TRUE(compiled > 1000);
}

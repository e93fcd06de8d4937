#include "protocol/topic_matcher.h"

#include <malloc.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::MatcherFault;
using mercure::protocol::MatcherType;
using mercure::protocol::TopicMatcher;
using Kind = mercure::protocol::TopicMatcher::Kind;
using namespace mercure::protocol::test;

namespace {

constexpr std::string_view kHub = "https://hub.example/.well-known/mercure";

auto compileSelector(std::string_view text) {
  return TopicMatcher::compile(MatcherType::Selector, text, kHub);
}

constexpr std::size_t kLittleMemory = kMebibyte / 1024 * 48;
constexpr std::size_t kMostMemory = kMebibyte / 1024 * 640;

TopicMatcher compile(std::string_view text) {
  auto selector = compileSelector(Exact(text));
  CHECK_TRUE_TEXT(selector.has_value(), std::string(text.substr(0, 200)).c_str());
  if (!selector) selector = compileSelector("");
  return *std::move(selector);
}

void checkMatches(bool expected, std::string_view text, const std::vector<std::string>& topics) {
  const TopicMatcher selector = compile(text);
  for (const std::string& topic : topics) {
    CHECK_EQUAL_TEXT(expected, selector.matches(Exact(topic)),
                     (std::string(text) + " with " + topic).substr(0, 200).c_str());
  }
}

void checkCovers(std::string_view text, const std::vector<std::string>& topics) {
  checkMatches(true, text, topics);
}
void checkLeaves(std::string_view text, const std::vector<std::string>& topics) {
  checkMatches(false, text, topics);
}

void checkExact(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const TopicMatcher selector = compile(text);
    CHECK_TRUE_TEXT(selector.kind() == Kind::Exact, text.c_str());
    CHECK_TRUE_TEXT(selector.matches(Exact(text)), text.c_str());
    CHECK_TRUE_TEXT(selector.literalPrefix() == text, text.c_str());
  }
}

void checkTemplates(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    CHECK_TRUE_TEXT(compile(text).kind() == Kind::Template, text.c_str());
  }
}

std::size_t heapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

bool isTooComplex(std::string_view text) {
  const auto selector = compileSelector(Exact(text));
  return !selector && selector.error().fault == MatcherFault::TooComplex;
}

}  // namespace

TEST_GROUP(TopicMatcher){};

TEST(TopicMatcher, P0_SEL_01_the_star_matches_everything) {
  CHECK_TRUE(compile("*").kind() == Kind::Everything);
  checkCovers("*", {"", "*", "a", "https://example.com/books/1", std::string("\0\xFF\n", 3),
                    std::string(kMebibyte, 'x')});
  CHECK_TRUE(compile("*").literalPrefix().empty());
  checkExact({"**", " *", "/*"});
  checkLeaves("**", {"a", "*"});
}

TEST(TopicMatcher, P1_MAT_02_the_star_is_everything_under_any_type) {
  for (const MatcherType type : {MatcherType::Selector, MatcherType::Exact, MatcherType::UrlPattern}) {
    const auto matcher = TopicMatcher::compile(type, Exact("*"), kHub);
    CHECK_TRUE(matcher && matcher->kind() == Kind::Everything);
    for (const char* topic : {"", "*", "a", "http://[", "urn:x:y"})
      CHECK_TRUE_TEXT(matcher->matches(topic), topic);
  }
}

TEST(TopicMatcher, P0_SEL_02_P0_SEL_14_equality_is_byte_for_byte) {
  checkExact({"", "a", "https://example.com/books/1", "https://example.com/%C3%A9", "caf\u00E9",
              std::string("a\0b", 3)});
  checkLeaves("https://example.com/a",
              {"https://example.com/A", "https://example.com/a/", "https://example.com/%61",
               "https://example.com/", "https://example.com/ab", "", "HTTPS://example.com/a"});
  checkLeaves("https://example.com/%c3%a9", {"https://example.com/%C3%A9", "https://example.com/\u00E9"});
  checkLeaves("caf\u00E9", {"caf%C3%A9", "cafe\u0301"});
  checkLeaves(std::string_view("a\0b", 3), {"a", std::string("a\0c", 3)});
}

TEST(TopicMatcher, P0_SEL_14_so_are_the_literals_of_a_template) {
  checkCovers("{a}/%c3%a9/b", {"x/%c3%a9/b"});
  checkLeaves("{a}/%c3%a9/b", {"x/%C3%A9/b", "x/\u00E9/b", "x/%c3%a9/B", "x/%c3%a9/%62", "x/%c3%a9/b/"});
}

TEST(TopicMatcher, P0_SEL_02_a_template_matches_its_own_text) {
  for (const char* text : {"https://example.com/{id}", "{?a,b}", "x{+y}", "\u00E9{z}"})
    checkCovers(text, {text});
  checkLeaves("https://example.com/{id}", {"https://example.com/{ID}", "https://example.com/{id}x"});
}

TEST(TopicMatcher, P0_SEL_05_what_does_not_parse_is_exact) {
  checkExact({"faulty{iri", "{",      "}",      "{}",     "a}b{c}",    "{a",      "{a}{",
              "{{a}}",      "{a}}",   "{a b}",  "{a,}",   "{,a}",      "{a,,b}",  "{+}",
              "{?}",        "{a:}",   "{a:0}",  "{a:01}", "{a:10000}", "{a:3*}",  "{a*:3}",
              "{a**}",      "{a:x}",  "{a:-1}", "{*}",    "{:3}",      "{a}{b:}", std::string("{a\0}", 4),
              "{\u00E9}",   "{a\xFF}"});
}

TEST(TopicMatcher, P0_SEL_05_reserved_operators_are_no_templates) {
  checkExact({"{=a}", "{,a}", "{!a}", "{@a}", "{|a}", "{$a}", "{(a)}", "{-a}", "{^a}"});
}

TEST(TopicMatcher, P0_SEL_06_literals_outside_the_set_make_it_exact) {
  for (const char* literal : {" ",          "\"",
                              "'",          "<",
                              ">",          "\\",
                              "^",          "`",
                              "|",          "}",
                              "%",          "%4",
                              "%zz",        "%4g",
                              "\t",         "\n",
                              "\x7F",       "\x01",
                              "\xFF",       "\xC3",
                              "\xC0\xAF",   "\xED\xA0\x80",
                              "\u0080",     "\u009F",
                              "\uFFFD",     "\uFFFE",
                              "\uFDD0",     "\U0001FFFE",
                              "\U000E0FFF", "\xF4\x90\x80\x80"}) {
    checkExact({std::string("a") + literal + "{b}", "{b}" + std::string(literal)});
  }
  checkExact({std::string("a\0{b}", 5)});
  checkTemplates({"!#$&()*+,-./09:;=?@AZ[]_az~{b}", "%41%c3%A9{b}", "\u00A0{b}", "\uD7FF{b}", "\uE000{b}",
                  "\uFDCF{b}", "\uFDF0{b}", "\uFFEF{b}", "\U00010000{b}", "\U0001FFFD{b}", "\U000E1000{b}",
                  "\U0010FFFD{b}"});
}

TEST(TopicMatcher, P0_SEL_07_variable_names) {
  checkTemplates({"{a}", "{_}", "{9}", "{a.b}", "{a.b.c_d}", "{%41}", "{a%2fb.c}", "{a,b,a}", "{a:1}",
                  "{a:9999}", "{a*}", "{+a:3,b*,c.d}"});
  checkExact({"{book-id}", "{.}", "{a.}", "{a..b}", "{%}", "{%4}", "{a%zz}", "{a/b}", "{a+b}", "{a b}",
              "{caf\u00E9}"});
}

TEST(TopicMatcher, P0_SEL_03_P0_SEL_09_a_simple_expression) {
  checkCovers("/books/{id}",
              {"/books/", "/books/1", "/books/a,b", "/books/aZ09-._~", "/books/%C3%a9", "/books/%2F"});
  checkLeaves("/books/{id}", {"/books", "/books/1/2", "/books/a:b", "/books/\u00E9", "/books/a=b", "/books/%",
                              "/books/%4", "/books/%zz", "/books/a b", "/books/a\n", "/Books/1", "x/books/1",
                              "", "/books/1?", "/books/\xFF"});
  for (const char mark : std::string("!\"#$&'()*+/:;<=>?@[\\]^`{|}"))
    checkLeaves("/books/{id}", {std::string("/books/a") + mark});
}

TEST(TopicMatcher, P0_SEL_08_variables_may_differ_from_place_to_place) {
  checkCovers("{a}/{a}/{b}", {"1/2/3", "//", "1//"});
  checkLeaves("{a}/{a}/{b}", {"1/2", "1/2/3/4", ""});
}

TEST(TopicMatcher, P0_SEL_10_reserved_and_fragment_expressions) {
  checkCovers("{+a}", {"", "a:/?#[]@!$&'()*+,;=b", "https://example.com/a?b#c", "%41", "*", ",,"});
  checkLeaves("{+a}",
              {" ", "\"", "<", "\\", "^", "`", "{", "|", "}", "%", "%4", "\u00E9", "\n", "\x7F", "a\xFF"});
  checkCovers("x{#a}", {"x", "x#", "x#/?b", "x##"});
  checkLeaves("x{#a}", {"xa", "x/", "x?b#c", "#", "x# "});
}

TEST(TopicMatcher, P0_SEL_11_every_expression_is_optional_with_its_first_character) {
  checkCovers("x{/a}", {"x", "x/", "x/1", "x/a,b"});
  checkCovers("x{.a}", {"x", "x.", "x.1", "x.1.2"});
  checkCovers("x{;a}", {"x", "x;", "x;a", "x;a=1"});
  checkCovers("x{?a}", {"x", "x?", "x?a=1"});
  checkCovers("x{&a}", {"x", "x&", "x&a=1"});
  checkCovers("x{#a}", {"x", "x#", "x#1"});
  checkLeaves("x{/a}", {"x1", "x/1/2", "x?"});
  checkLeaves("x{.a}", {"x1", "x/1", "x.1/"});
  checkLeaves("x{;a}", {"xa", "x;a;b", "x?a"});
  checkLeaves("x{?a}", {"xa", "x?a=1&b=2", "x&a=1", "x?a?b"});
  checkLeaves("x{&a}", {"xa", "x?a=1", "x&a=1&b=2"});
}

TEST(TopicMatcher, P0_SEL_12_named_and_exploded_forms_accept_an_equals_sign) {
  checkCovers("{?topic}", {"?topic=x", "?other=x", "?=", "?a=b=c"});
  checkCovers("x{;a}", {"x;a=1"});
  checkCovers("x{&a}", {"x&a=1"});
  checkCovers("{a*}", {"a=1,b=2"});
  checkCovers("{a,b*}", {"a=1,b=2"});
  checkCovers("x{/a*}", {"x/a=1/b=2"});
  checkCovers("x{.a*}", {"x.a=1.b=2"});
  checkLeaves("{a}", {"a=1"});
  checkLeaves("x{/a}", {"x/a=1"});
  checkLeaves("x{.a}", {"x.a=1"});
}

TEST(TopicMatcher, P0_SEL_13_as_many_values_as_variables_and_any_number_when_exploded) {
  checkCovers("{/a,b,c}", {"", "/1", "/1/2", "/1/2/3", "///"});
  checkLeaves("{/a,b,c}", {"/1/2/3/4", "////"});
  checkCovers("{;a,b}", {";a=1;b", ";;"});
  checkLeaves("{;a,b}", {";a;b;c"});
  checkCovers("{?a,b}", {"?a=1&b=2", "?&", "?"});
  checkLeaves("{?a,b}", {"?a&b&c", "&a=1&b=2"});
  checkCovers("{&a,b}", {"&a&b"});
  checkLeaves("{&a,b}", {"&a&b&c"});
  for (const char* op : {"/", ";", "&"}) {
    checkCovers("{" + std::string(op) + "a*}", {"", op, repeat(op + std::string("1"), 2000)});
    checkCovers("{" + std::string(op) + "a,b*,c}", {repeat(op + std::string("1"), 2000)});
  }
  checkCovers("{?a*}", {"", "?a=1" + repeat("&b=2", 2000)});
  checkLeaves("{?a*}", {"?a?b", "&a"});
}

// A list may hold any number of values, and joins them with the character that separates variables.
TEST(TopicMatcher, P0_SEL_13_lists_hold_the_separator_of_simple_expressions) {
  checkCovers("{a}", {"1,2,3,4"});
  checkCovers("{a,b}", {"1,2,3,4", ","});
  checkCovers("{+a,b}", {"1,2,3,4"});
  checkCovers("{.a,b}", {".1.2.3.4"});
}

TEST(TopicMatcher, P0_SEL_13_prefix_lengths_are_not_enforced) {
  checkCovers("{a:1}", {"", "a", "abc"});
  checkCovers("/{a:3}/{a}", {"/foo/foobar", "/foobar/foo"});
}

TEST(TopicMatcher, P0_SEL_03_the_examples_of_RFC_6570) {
  checkCovers("{hello}", {"Hello%20World%21"});
  checkCovers("{+hello}", {"Hello%20World!"});
  checkCovers("{+path}/here", {"/foo/bar/here"});
  checkCovers("here?ref={+path}", {"here?ref=/foo/bar"});
  checkCovers("X{#x,hello,y}", {"X#1024,Hello%20World!,768"});
  checkCovers("map?{x,y}", {"map?1024,768"});
  checkCovers("{+path,x}/here", {"/foo/bar,1024/here"});
  checkCovers("{#path:6}here", {"#/foo/bhere"});
  checkCovers("X{.list*}", {"X.red.green.blue"});
  checkCovers("X{.keys}", {"X.semi,%3B,dot,.,comma,%2C"});
  checkCovers("{/list*,path:4}", {"/red/green/blue/%2Ffoo"});
  checkCovers("{/var:1,var}", {"/v/value"});
  checkCovers("{;keys*}", {";semi=%3B;dot=.;comma=%2C"});
  checkCovers("{;x,y,empty}", {";x=1024;y=768;empty"});
  checkCovers("{?x,y,empty}", {"?x=1024&y=768&empty="});
  checkCovers("?fixed=yes{&x}", {"?fixed=yes&x=1024"});
  checkCovers("{&list*}", {"&list=red&list=green&list=blue"});
}

TEST(TopicMatcher, ANY_54_non_ASCII_literals_match_as_they_stand_and_percent_encoded) {
  checkCovers("/caf\u00E9/{id}",
              {"/caf\u00E9/1", "/caf%C3%A9/1", "/caf%c3%a9/1", "/caf%C3%a9/1", "/caf\u00E9/{id}"});
  checkLeaves("/caf\u00E9/{id}", {"/cafe/1", "/caf\xC3/1", "/caf%C3/1", "/caf\xC3%A9/1", "/caf%C3\xA9/1",
                                  "/caf%E9/1", "/caf\xE9/1"});
  checkCovers("{a}/\u20AC\U0001F600",
              {"/%E2%82%AC%F0%9F%98%80", "1/\u20AC%f0%9f%98%80", "/%e2%82%ac\U0001F600"});
  checkLeaves("/%C3%A9/{id}", {"/%c3%a9/1", "/\u00E9/1"});
}

TEST(TopicMatcher, literal_prefix_ends_before_what_may_vary) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"https://example.com/books/{id}", "https://example.com/books/"},
      {"{a}b", ""},
      {"caf\u00E9/{a}", "caf"},
      {"\u00E9{a}", ""},
      {"a%41{a}", "a%41"},
      {"a{b}\u00E9{c}", "a"},
      {"a.*+?()[]{b}", "a.*+?()[]"},
  };
  for (const auto& [text, prefix] : cases) {
    CHECK_TRUE_TEXT(compile(text).literalPrefix() == prefix, std::string(text).c_str());
  }
}

TEST(TopicMatcher, literals_are_never_read_as_a_regular_expression) {
  checkCovers("{a}/.*(x)+$[z]?", {"1/.*(x)+$[z]?"});
  checkLeaves("{a}/.*(x)+$[z]?", {"1/..(x)+$[z]?", "1/x", "1/.*xx", "1/.*(x)+$z"});
  checkCovers("{a}/(?i:x)$&,;=@!", {"1/(?i:x)$&,;=@!"});
}

TEST(TopicMatcher, text_is_kept_and_a_selector_can_be_moved) {
  TopicMatcher first = compile("https://example.com/{id}");
  TopicMatcher second = std::move(first);
  STRCMP_EQUAL("https://example.com/{id}", second.text().c_str());
  CHECK_TRUE(second.matches("https://example.com/1"));
  first = compile("x");
  CHECK_TRUE(first.matches("x"));
  first = std::move(second);
  CHECK_TRUE(first.matches("https://example.com/1"));
  CHECK_TRUE(std::is_nothrow_move_constructible_v<TopicMatcher>);
}

TEST(TopicMatcher, an_ordinary_template_takes_little_memory) {
  for (const char* text :
       {"https://example.com/books/{id}", "https://example.com/books/{id}/reviews/{review}",
        "/.well-known/mercure/subscriptions{/topic}{/subscriber}",
        "https://example.com/{a}/chapters/{b}/pages/{c}.json", "notification/{user}",
        "https://example.com/users/{id}/messages{?type,page}"}) {
    CHECK_TRUE_TEXT(compile(text).memory() < kLittleMemory, text);
  }
  CHECK_TRUE(compile("https://example.com/books/1").memory() < 512);
  CHECK_TRUE(compile("*").memory() < 512);
}

// The growth of the heap over many equal selectors, each matched with many topics: RE2's automata fill up.
TEST(TopicMatcher, P0_SEL_15_memory_is_no_less_than_what_is_used) {
  constexpr std::size_t kSelectors = 4;
  for (const std::string& text :
       {std::string("https://example.com/books/{id}"), std::string("{a}/chapters/{b}/pages/{c}.json{?d,e}"),
        std::string("{a}/abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), repeat("{a}-", 60),
        repeat("{+a}/", 40), "{a}" + std::string(900, 'x'), "{a}" + repeat("\u00E9", 90)}) {
    std::vector<TopicMatcher> matchers;
    matchers.reserve(kSelectors);
    std::size_t charged = 0;
    const std::size_t before = heapInUse();
    for (std::size_t i = 0; i < kSelectors; ++i) {
      Dice dice(13);
      matchers.push_back(compile(text));
      charged += matchers.back().memory();
      for (int j = 0; j < 15; ++j) {
        std::string topic = dice.chance(2) ? text : repeat("a-b/", 20);
        std::erase_if(topic, [](char c) { return c == '{' || c == '}'; });
        for (int k = 0; k < 3; ++k) topic[dice.below(topic.size())] = dice.chance(2) ? 'x' : '-';
        (void)matchers.back().matches(topic);
      }
    }
    CHECK_TRUE_TEXT(heapInUse() <= before + charged, text.c_str());
  }
}

TEST(TopicMatcher, P0_SEL_15_memory_and_complexity_are_capped) {
  const auto charged = [](std::string_view text) {
    const auto selector = compileSelector(text);
    return selector ? selector->memory() - text.size() : 0;
  };
  for (std::size_t count = 1; count < 20000; count += count / 2 + 1) {
    for (const char* piece : {"{a}", "{+a}/", "{?a*}", "x", "\u00E9", "{/a,b,c}", "{a*}-"}) {
      CHECK_TRUE_TEXT(charged("{z}" + repeat(piece, count)) < kMostMemory, piece);
    }
    for (const char* op : {"", "+", "#", ".", "/", ";", "?", "&"}) {
      CHECK_TRUE_TEXT(charged("{" + std::string(op) + "a" + repeat(",a", count) + "}") < kMostMemory, op);
    }
  }
}

TEST(TopicMatcher, P0_SEL_15_too_complex_a_template_is_said_to_be) {
  for (const char* op : {"/", ";", "?", "&"}) {
    for (const std::size_t count : {200, 1000, 1001, 1002, 5000, 300000}) {
      CHECK_TRUE_TEXT(isTooComplex("{" + std::string(op) + "a" + repeat(",a", count) + "}"), op);
    }
  }
  CHECK_TRUE(isTooComplex(repeat("{a}", kMebibyte / 3)));
  CHECK_TRUE(isTooComplex(repeat("{+a}/", kMebibyte / 5)));
  CHECK_TRUE(isTooComplex("{a}" + std::string(kMebibyte, 'x')));
  CHECK_TRUE(isTooComplex("{a}" + repeat("\u00E9", kMebibyte / 2)));
}

TEST(TopicMatcher, P0_SEL_05_an_error_after_too_much_complexity_still_makes_it_exact) {
  checkExact(
      {repeat("{a}", 5000) + "{", "{a}" + std::string(5000, 'x') + " ", "{/a" + repeat(",a", 5000) + "-}"});
}

TEST(TopicMatcher, P0_SEL_13_thousands_of_variables_that_make_no_difference) {
  for (const char* op : {"", "+", "#", "."}) {
    const std::string text = "x{" + std::string(op) + "a" + repeat(",a", 100000) + "}";
    checkCovers(text, {"x", "x" + std::string(op == std::string("+") ? "" : op) + "1,2,3"});
  }
}

TEST(TopicMatcher, P0_SEL_13_the_largest_counts_are_exact) {
  for (const std::size_t count : {2, 10, 40, 60}) {
    const std::string text = "{/a" + repeat(",a", count - 1) + "}";
    checkCovers(text, {repeat("/1", count)});
    checkLeaves(text, {repeat("/1", count + 1)});
  }
}

TEST(TopicMatcher, P0_SEL_15_long_prefixes_cost_nothing) {
  const std::string prefix(kMebibyte, 'x');
  checkCovers(prefix + "{a}", {prefix, prefix + "1"});
  checkLeaves(prefix + "{a}", {prefix.substr(1), prefix + "/"});
}

// These keep every position alive at once; a backtracking matcher would not come back.
TEST(TopicMatcher, P0_SEL_15_hostile_pairs_are_linear) {
  checkLeaves(repeat("{a}", 60), {std::string(kMebibyte / 8, 'a') + "/"});
  checkLeaves(repeat("{a}{+b}", 30), {std::string(kMebibyte / 8, 'a') + " "});
  checkLeaves(repeat("{a}a", 60), {std::string(kMebibyte / 8, 'a') + "/"});
  checkLeaves(repeat("{a*}", 50) + "{?a*}{&b*}", {std::string(kMebibyte / 8, '=') + "\n"});
  checkCovers(repeat("{a}-", 60), {repeat("-", kMebibyte / 8)});
  checkLeaves("{/a*}{;b*}{?c*}{&d*}", {repeat("/", kMebibyte / 8) + "#"});
  checkLeaves("{+a}%41{+b}", {repeat("%41", kMebibyte / 24) + "%"});
}

TEST(TopicMatcher, hostile_topics_never_match_and_never_crash) {
  Dice dice(8);
  std::vector<TopicMatcher> matchers;
  for (const char* text : {"/b/{id}", "{+a}", "{a}/\u00E9{?b,c}", "x{/a*}{#b}", "{.a}{;b:3,c}"})
    matchers.push_back(compile(text));
  for (int i = 0; i < 5000; ++i) {
    const std::string topic =
        dice.pick(std::vector<std::string>{"", "/b/", "x", "\u00E9"}) + dice.bytes(30) + "\xFF";
    for (const TopicMatcher& selector : matchers) CHECK_FALSE(selector.matches(Exact(topic)));
  }
}

TEST(TopicMatcher, a_topic_without_storage) {
  CHECK_TRUE(compile("").matches({}));
  CHECK_TRUE(compile("{a}").matches({}));
  CHECK_FALSE(compile("a{a}").matches({}));
  CHECK_TRUE(compileSelector({})->matches({}));
}

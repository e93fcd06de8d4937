#include "protocol/url_pattern_constructor.h"

#include <string>
#include <string_view>

#include "protocol/hostile.h"
#include "protocol/url.h"
#include "protocol/url_pattern_init.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::kUrlComponents;
using mercure::protocol::parseConstructorString;
using mercure::protocol::parseUrl;
using mercure::protocol::processUrlPatternInit;
using mercure::protocol::UrlComponent;
using mercure::protocol::UrlPatternInit;
using namespace mercure::protocol::test;

namespace {

// The components' pattern strings, one after another; "-" for one that there isn't.
std::string describe(const UrlPatternInit& init) {
  std::string description;
  for (std::size_t i = 0; i < kUrlComponents; ++i) {
    if (i > 0) description += ' ';
    description += init[static_cast<UrlComponent>(i)].value_or("-");
  }
  return description;
}

void checkParts(std::string_view input, const std::string& expected) {
  const auto init = parseConstructorString(Exact(input));
  STRCMP_EQUAL(expected.c_str(), init ? describe(*init).c_str() : "refused");
}

void checkProcessed(std::string_view input, std::string_view base, const std::string& expected) {
  const auto init = parseConstructorString(Exact(input));
  const auto url = parseUrl(base);
  CHECK_TRUE(init.has_value());
  STRCMP_EQUAL(expected.c_str(), describe(processUrlPatternInit(*init, url ? &*url : nullptr)).c_str());
}

}  // namespace

TEST_GROUP(UrlPatternConstructor){};

TEST(UrlPatternConstructor, absolute_patterns) {
  checkParts("https://example.com/a?b#c", "https - - example.com  /a b c");
  checkParts("https://example.com", "https - - example.com  - - -");
  checkParts("https://example.com:8080/", "https - - example.com 8080 / - -");
  checkParts("https://user\\:pass@example.com:*/x", "https user pass example.com * /x - -");
  checkParts("https://user@example.com/", "https user - example.com  / - -");
  checkParts("https://@example.com/", "https  - example.com  / - -");
  checkParts("*://*:*/*", "* - - * * /* - -");
  checkParts("http{s}?://{:sub.}?example.com/books/:id", "http{s}? - - {:sub.}?example.com  /books/:id - -");
  checkParts("(https|wss)://h/", "(https|wss) - - h  / - -");
}

TEST(UrlPatternConstructor, opaque_paths_begin_behind_the_protocol) {
  checkParts("data\\:foobar", "data - -   foobar - -");
  checkParts("urn\\:isbn\\:*", "urn - -   isbn\\:* - -");
  checkParts("data:foobar", "- - - - - data:foobar - -");
  checkParts("mailto\\:x?y#z", "mailto - -   x y z");
}

TEST(UrlPatternConstructor, a_special_scheme_has_an_authority_without_slashes_too) {
  checkParts("https\\:example.com/a", "https - - example.com  /a - -");
  checkParts("(ht|f)tp\\:h/a", "(ht|f)tp - - h  /a - -");
  checkParts("foo://h/a", "foo - - h  /a - -");
}

TEST(UrlPatternConstructor, a_colon_before_a_letter_is_a_name) {
  checkParts("https://example.com:port/", "https - - example.com:port  / - -");
  checkParts("https://example.com\\:80/", "https - - example.com 80 / - -");
  checkParts("https://user:pass@h/", "https user:pass - h  / - -");
  checkParts("https://user\\:pass@h/", "https user pass h  / - -");
}

TEST(UrlPatternConstructor, what_comes_before_the_last_component_is_empty) {
  checkParts("https://example.com?x", "https - - example.com  / x -");
  checkParts("https://example.com#x", "https - - example.com  /  x");
  checkParts("https://example.com/a#x", "https - - example.com  /a  x");
  checkParts("foo://h?x", "foo - - h   x -");
  checkParts("foo://h#x", "foo - - h    x");
  checkParts("foo\\:#x", "foo - -     x");
}

TEST(UrlPatternConstructor, relative_patterns) {
  checkParts("", "- - - - -  - -");
  checkParts("a/b", "- - - - - a/b - -");
  checkParts("/a?b", "- - - - - /a b -");
  checkParts("?a", "- - - - - - a -");
  checkParts("?a#b", "- - - - - - a b");
  checkParts("#a", "- - - - - - - a");
  checkParts("#a?b#c", "- - - - - - - a?b#c");
  checkParts("//host/a", "- - - - - //host/a - -");
}

TEST(UrlPatternConstructor, a_question_mark_behind_a_group_is_a_modifier) {
  checkParts("/:a?b", "- - - - - /:a?b - -");
  checkParts("/*?b", "- - - - - /*?b - -");
  checkParts("/(a)?b", "- - - - - /(a)?b - -");
  checkParts("/{a}?b", "- - - - - /{a}?b - -");
  checkParts("/:a\\?b", "- - - - - /:a b -");
  checkParts("/:a??b", "- - - - - /:a? b -");
  checkParts("/a?b?c", "- - - - - /a b?c -");
}

TEST(UrlPatternConstructor, braces_hide_what_is_in_them) {
  checkParts("https://{a/b:c?d#e@f}/g", "https - - {a/b:c?d#e@f}  /g - -");
  checkParts("{https://}h", "- - - - - {https://}h - -");
  checkParts("/{a{b?}c}d?e", "- - - - - /{a{b?}c}d e -");
  checkParts("/{a?b", "- - - - - /{a?b - -");
}

TEST(UrlPatternConstructor, IPv6_addresses_keep_their_colons) {
  checkParts("http://[::1]:80/a", "http - - [::1] 80 /a - -");
  checkParts("http://[\\:\\:1]/a", "http - - [\\:\\:1]  /a - -");
  checkParts("http://[:a]/b", "http - - [:a]  /b - -");
}

TEST(UrlPatternConstructor, a_protocol_that_does_not_compile_is_refused) {
  checkParts("(caf\u00E9)://h/", "refused");
  checkParts("a{b://h/", "- - - - - a{b://h/ - -");
  checkParts("(a\\1)://h/", "refused");
  checkParts("\u00E9://h/", "refused");
}

TEST(UrlPatternConstructor, without_a_base_only_one_delimiter_is_stripped) {
  checkProcessed("??a##b", "", "- - - - - - a b");
  checkProcessed("???a###b", "", "- - - - - - ?a #b");
  checkProcessed("/a???b", "", "- - - - - /a ?b -");
}

TEST(UrlPatternConstructor, a_base_gives_what_comes_before_the_first_component) {
  const char* const base = "https://me:secret@example.com:8443/a/b?c#d";
  checkProcessed("/x", base, "https - - example.com 8443 /x - -");
  checkProcessed("?x", base, "https - - example.com 8443 /a/b x -");
  checkProcessed("#x", base, "https - - example.com 8443 /a/b c x");
  checkProcessed("/x", "https://example.com/", "https - - example.com  /x - -");
}

TEST(UrlPatternConstructor, a_relative_pathname_is_resolved_without_its_dots) {
  const char* const base = "https://example.com/a/b";
  checkProcessed("x/*", base, "https - - example.com  /a/x/* - -");
  checkProcessed("../x", base, "https - - example.com  /a/../x - -");
  checkProcessed("", base, "https - - example.com  /a/ - -");
  checkProcessed("*", base, "https - - example.com  /a/* - -");
  checkProcessed("{/x}", base, "https - - example.com  {/x} - -");
  checkProcessed("\\/x", base, "https - - example.com  \\/x - -");
  checkProcessed("{x}", base, "https - - example.com  /a/{x} - -");
  checkProcessed("x", "data:a/b", "data - -   x - -");
}

TEST(UrlPatternConstructor, what_a_base_gives_means_itself) {
  checkProcessed("#x", "https://example.com/a(b)*+:c/{d}?e?+*:{}()f\\",
                 "https - - example.com  /a\\(b\\)\\*\\+\\:c/%7Bd%7D e\\?\\+\\*\\:\\{\\}\\(\\)f\\\\ x");
  checkProcessed("x", "https://example.com/(a)/b", "https - - example.com  /\\(a\\)/x - -");
  checkProcessed("/x", "http://[::1]/", "http - - [\\:\\:1]  /x - -");
}

TEST(UrlPatternConstructor, hostile_bytes_are_survived) {
  Dice dice(11);
  const std::vector<std::string> pieces{"://", ":", "/", "?", "#", "@", "[",  "]",
                                        "{",   "}", "(", ")", "a", "*", "\\", "\u00E9"};
  for (int i = 0; i < 20000; ++i) {
    (void)parseConstructorString(Exact(dice.bytes(40)));
    (void)parseConstructorString(Exact(dice.join(pieces, 16)));
  }
}

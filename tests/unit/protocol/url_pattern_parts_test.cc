#include "protocol/url_pattern_parts.h"

#include <optional>
#include <string>
#include <string_view>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::parsePatternString;
using mercure::protocol::UrlPatternFault;
using mercure::protocol::UrlPatternOptions;
using mercure::protocol::UrlPatternPart;
using namespace mercure::protocol::test;

namespace {

const UrlPatternOptions kPath{"/", "/"};
const UrlPatternOptions kHost{".", ""};
const UrlPatternOptions kOther{"", ""};

// Marks what it was given, and refuses "!".
std::optional<std::string> mark(std::string_view text) {
  if (text.find('!') != std::string_view::npos) return std::nullopt;
  return text.empty() ? "" : "<" + std::string(text) + ">";
}

// Each part as its type, prefix, value, suffix and modifier.
std::string describe(std::string_view pattern, const UrlPatternOptions& options) {
  const auto parts = parsePatternString(Exact(pattern), options, mark);
  if (!parts) return parts.error().fault == UrlPatternFault::Invalid ? "invalid" : "too complex";
  std::string description;
  for (const UrlPatternPart& part : *parts) {
    description += "trsf"[static_cast<std::size_t>(part.type)];
    description += "(" + part.prefix + "," + part.value + "," + part.suffix + ")";
    if (part.modifier != UrlPatternPart::Modifier::None)
      description += "-?*+"[static_cast<std::size_t>(part.modifier)];
  }
  return description;
}

void checkParts(std::string_view pattern, const std::string& expected,
                const UrlPatternOptions& options = kPath) {
  STRCMP_EQUAL(expected.c_str(), describe(pattern, options).c_str());
}

void checkInvalid(std::string_view pattern) {
  checkParts(pattern, "invalid", kPath);
}

}  // namespace

TEST_GROUP(UrlPatternParts){};

TEST(UrlPatternParts, fixed_text_is_collected_as_far_as_it_goes) {
  checkParts("", "");
  checkParts("/a\\:b", "t(,</a:b>,)");
  checkParts("/a{b/c}d", "t(,</ab/cd>,)");
  checkParts("{}", "");
}

TEST(UrlPatternParts, names_take_the_prefix_code_point_in) {
  checkParts("/a/:b", "t(,</a>,)s(</>,,)");
  checkParts("/a-:b", "t(,</a->,)s(,,)");
  checkParts("/\\/:b", "t(,<//>,)s(,,)");
  checkParts("a.:b", "t(,<a.>,)s(,,)", kHost);
  checkParts("/:b", "t(,</>,)s(,,)", kOther);
  checkParts(":a:b", "s(,,)s(,,)");
}

TEST(UrlPatternParts, wildcards_and_regular_expressions) {
  checkParts("*", "f(,,)");
  checkParts("/*", "f(</>,,)");
  checkParts("/a*", "t(,</a>,)f(,,)");
  checkParts("**", "f(,,)*");
  checkParts("/(\\d+)", "r(</>,\\d+,)");
  checkParts("/:a(b)", "r(</>,b,)");
  checkParts("/:a*", "s(</>,,)*");
  checkParts(":a(b)*", "r(,b,)*");
}

TEST(UrlPatternParts, a_regular_expression_that_is_a_wildcards_own_is_that_wildcard) {
  checkParts("(.*)", "f(,,)");
  checkParts(":a(.*)", "f(,,)");
  checkParts("([^\\/]+?)", "s(,,)");
  checkParts("([^\\.]+?)", "s(,,)", kHost);
  checkParts("([^]+?)", "s(,,)", kOther);
  checkParts("([^\\/]+)", "r(,[^\\/]+,)");
  checkParts("([^\\/]+?)", "r(,[^\\/]+?,)", kHost);
}

TEST(UrlPatternParts, braces_give_a_group_its_affixes) {
  checkParts("{a:b(c)d}", "r(<a>,c,<d>)");
  checkParts("{:b}", "s(,,)");
  checkParts("/{:b}", "t(,</>,)s(,,)");
  checkParts("x{a*b}?", "t(,<x>,)f(<a>,,<b>)?");
  checkParts("{a\\}b}+", "t(,<a}b>,)+");
  checkParts("{ab}?c", "t(,<ab>,)?t(,<c>,)");
  checkParts("{}?", "");
}

TEST(UrlPatternParts, modifiers) {
  checkParts("/:a?", "s(</>,,)?");
  checkParts("/:a+/b", "s(</>,,)+t(,</b>,)");
  checkParts("/(a)*", "r(</>,a,)*");
  checkParts("{a}*", "t(,<a>,)*");
  checkParts("*+", "f(,,)+");
  checkParts("{a}?*?", "t(,<a>,)?f(,,)?");
}

TEST(UrlPatternParts, what_does_not_parse) {
  for (const char* pattern :
       {"?",      "+a",     "a?",    "a+",       ":a??", ":a?+", "{",  "{a",   "}",  "a}",   "{{a}}",
        "{:a:b}", "{a*b*}", "{:a?}", "{(a)(b)}", ":",    "(",    "()", "(?a)", "\\", "{a}??"}) {
    checkInvalid(pattern);
  }
}

TEST(UrlPatternParts, a_name_stands_once) {
  checkInvalid("/:a/:a");
  checkInvalid("/:a(b)-{x:a}");
  checkParts("/:a/:b/:A/*/(x)", "s(</>,,)s(</>,,)s(</>,,)f(</>,,)r(</>,x,)");
}

TEST(UrlPatternParts, what_the_callback_refuses_is_invalid) {
  for (const char* pattern : {"!", "a!:b", "{!}?", "{!:a}", "{:a!}", ":a!"}) checkInvalid(pattern);
}

TEST(UrlPatternParts, hostile_bytes_are_survived) {
  Dice dice(5);
  for (int i = 0; i < 20000; ++i) (void)describe(dice.bytes(40), kPath);
}

#include "protocol/url_pattern_tokens.h"

#include <string>
#include <string_view>
#include <vector>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::TokenizePolicy;
using mercure::protocol::tokenizeUrlPattern;
using mercure::protocol::UrlPatternFault;
using mercure::protocol::UrlPatternToken;
using namespace mercure::protocol::test;

namespace {

// A letter for each token's type, in the order of the enumeration, and what it holds.
std::string describe(std::string_view input, TokenizePolicy policy) {
  const Exact exact(input);
  const auto tokens = tokenizeUrlPattern(exact, policy);
  if (!tokens) return "refused";
  std::string description;
  for (const UrlPatternToken& token : *tokens) {
    description += "{}rncemaEi"[static_cast<std::size_t>(token.type)];
    description += std::to_string(token.index) + "<" + std::string(token.value) + ">";
  }
  return description;
}

void checkTokens(std::string_view input, const std::string& expected) {
  STRCMP_EQUAL(expected.c_str(), describe(input, TokenizePolicy::Strict).c_str());
  STRCMP_EQUAL(expected.c_str(), describe(input, TokenizePolicy::Lenient).c_str());
}

void checkBroken(std::string_view input, const std::string& leniently) {
  STRCMP_EQUAL("refused", describe(input, TokenizePolicy::Strict).c_str());
  STRCMP_EQUAL(leniently.c_str(), describe(input, TokenizePolicy::Lenient).c_str());
}

}  // namespace

TEST_GROUP(UrlPatternTokens){};

TEST(UrlPatternTokens, plain_characters_and_the_end) {
  checkTokens("", "E0<>");
  checkTokens("a/", "c0<a>c1</>E2<>");
  checkTokens("\u00E9\u20AC\U0001F600.", "c0<\u00E9>c2<\u20AC>c5<\U0001F600>c9<.>E10<>");
  checkTokens(")]|", "c0<)>c1<]>c2<|>E3<>");
}

TEST(UrlPatternTokens, syntax_characters) {
  checkTokens("{*}?+", "{0<{>a1<*>}2<}>m3<?>m4<+>E5<>");
}

TEST(UrlPatternTokens, escaped_characters) {
  checkTokens("\\:\\\\\\a", "e0<:>e2<\\>e4<a>E6<>");
  checkTokens("\\\U0001F600x", "e0<\U0001F600>c5<x>E6<>");
  checkBroken("a\\", "c0<a>i1<\\>E2<>");
}

TEST(UrlPatternTokens, names_are_ECMAScript_identifiers) {
  checkTokens(":a:b", "n0<a>n2<b>E4<>");
  checkTokens(":_$9-", "n0<_$9>c4<->E5<>");
  checkTokens(":caf\u00E9/", "n0<caf\u00E9>c6</>E7<>");
  checkTokens(":\u0928\u092E\u0938.", "n0<\u0928\u092E\u0938>c10<.>E11<>");
  checkTokens(":a\u200C\u200Db", "n0<a\u200C\u200Db>E9<>");
  checkBroken(":9", "i0<:>c1<9>E2<>");
  checkBroken(":", "i0<:>E1<>");
  checkBroken("::a", "i0<:>n1<a>E3<>");
  checkBroken(":\u200Ca", "i0<:>c1<\u200C>c4<a>E5<>");
  checkBroken(":\U0001F600", "i0<:>c1<\U0001F600>E5<>");
  checkBroken(":\xFF", "i0<:>c1<\xFF>E2<>");
}

TEST(UrlPatternTokens, regular_expressions) {
  checkTokens("(a)", "r0<a>E3<>");
  checkTokens("x(\\d+)y", "c0<x>r1<\\d+>c6<y>E7<>");
  checkTokens("((?:a)(?<n>b))", "r0<(?:a)(?<n>b)>E14<>");
  checkTokens("(a\\)b)", "r0<a\\)b>E6<>");
  checkTokens("(\\(a)", "r0<\\(a>E5<>");
  checkTokens("([)])", "r0<[>c3<]>c4<)>E5<>");
  checkTokens("(:a{*}?)", "r0<:a{*}?>E8<>");
}

TEST(UrlPatternTokens, regular_expressions_that_the_standard_refuses) {
  checkBroken("(?:a)", "i0<(>m1<?>n2<a>c4<)>E5<>");
  checkBroken("()", "i0<(>c1<)>E2<>");
  checkBroken("(", "i0<(>E1<>");
  checkBroken("(a", "i0<(>c1<a>E2<>");
  checkBroken("(a\\", "i0<(>c1<a>i2<\\>E3<>");
  checkBroken("(a\\)", "i0<(>c1<a>e2<)>E4<>");
  checkBroken("(a(b))", "i0<(>c1<a>r2<b>c5<)>E6<>");
  checkBroken("(a(", "i0<(>c1<a>i2<(>E3<>");
  checkBroken("(\u00E9)", "i0<(>c1<\u00E9>c3<)>E4<>");
  checkBroken("(\\\u00E9)", "i0<(>e1<\u00E9>c4<)>E5<>");
  checkBroken("(a(?:b)", "i0<(>c1<a>i2<(>m3<?>n4<b>c6<)>E7<>");
}

TEST(UrlPatternTokens, what_is_wrong_is_said_in_words_of_our_own) {
  const auto tokens = tokenizeUrlPattern("/a(b", TokenizePolicy::Strict);
  CHECK_FALSE(tokens.has_value());
  CHECK_TRUE(tokens.error().fault == UrlPatternFault::Invalid);
  STRCMP_EQUAL("a parenthesis is never closed", tokens.error().explanation.c_str());
}

TEST(UrlPatternTokens, the_tokens_of_hostile_bytes_cover_them_one_after_another) {
  Dice dice(3);
  const std::vector<std::string> pieces{"(", ")", "?", "\\",   ":",  "a",  "\u00E9",
                                        "{", "}", "*", "\xFF", "(a", "(?:"};
  for (int i = 0; i < 20000; ++i) {
    const std::string input = dice.chance(2) ? dice.join(pieces, 20) : dice.bytes(30);
    const Exact exact(input);
    const auto tokens = tokenizeUrlPattern(exact, TokenizePolicy::Lenient);
    CHECK_TRUE(tokens.has_value());
    std::size_t last = 0;
    for (const UrlPatternToken& token : *tokens) {
      CHECK_TRUE(token.index == 0 || token.index > last);
      last = token.index;
    }
    CHECK_TRUE(tokens->back().type == UrlPatternToken::Type::End && last == input.size());
  }
}

#include "protocol/ecmascript_regexp.h"

#include <re2/re2.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/hostile.h"
#include "protocol/linear_expression.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::ExpressionWriter;
using mercure::protocol::GroupNames;
using mercure::protocol::LinearExpression;
using mercure::protocol::translateEcmascriptRegexp;
using mercure::protocol::UrlPatternFault;
using namespace mercure::protocol::test;

namespace {

const std::size_t kMostInstructions = LinearExpression::instructionsFor(LinearExpression::kMaxMemory);

struct Translation {
  std::optional<UrlPatternFault> fault;
  std::string pattern;
  std::size_t instructions = 0;
};

Translation translate(std::string_view source) {
  GroupNames names;
  ExpressionWriter writer(kMostInstructions);
  const auto result = translateEcmascriptRegexp(Exact(source), names, writer);
  if (!result) {
    CHECK_TRUE_TEXT(!result.error().explanation.empty(), std::string(source).c_str());
    return {result.error().fault, {}, 0};
  }
  if (writer.isTooComplex()) return {UrlPatternFault::TooComplex, {}, 0};
  return {std::nullopt, writer.takePattern(), writer.instructions()};
}

void checkMatches(bool expected, std::string_view source, const std::vector<std::string>& texts) {
  const Translation translation = translate(source);
  CHECK_TRUE_TEXT(!translation.fault, std::string(source).c_str());
  const auto expression = LinearExpression::compile(translation.pattern, kMostInstructions);
  CHECK_TRUE_TEXT(expression.has_value(), translation.pattern.c_str());
  if (!expression) return;
  for (const std::string& text : texts) {
    CHECK_EQUAL_TEXT(expected, expression->matches(Exact(text)),
                     (std::string(source) + " with " + text).substr(0, 200).c_str());
  }
}

void checkCovers(std::string_view source, const std::vector<std::string>& texts) {
  checkMatches(true, source, texts);
}
void checkLeaves(std::string_view source, const std::vector<std::string>& texts) {
  checkMatches(false, source, texts);
}

void checkInvalid(const std::vector<std::string>& sources) {
  for (const std::string& source : sources) {
    CHECK_TRUE_TEXT(translate(source).fault == UrlPatternFault::Invalid, source.c_str());
  }
}

void checkTooComplex(const std::vector<std::string>& sources) {
  for (const std::string& source : sources) {
    CHECK_TRUE_TEXT(translate(source).fault == UrlPatternFault::TooComplex, source.substr(0, 200).c_str());
  }
}

// The ASCII characters that a regular expression of one character matches.
std::string membersOf(std::string_view source) {
  const Translation translation = translate(source);
  CHECK_TRUE_TEXT(!translation.fault, std::string(source).c_str());
  const auto expression = LinearExpression::compile(translation.pattern, kMostInstructions);
  std::string members;
  for (int c = 0; expression && c < 128; ++c) {
    const char text = static_cast<char>(c);
    if (expression->matches({&text, 1})) members += text;
  }
  return members;
}

std::string allBut(std::string_view characters) {
  std::string others;
  for (int c = 0; c < 128; ++c) {
    if (characters.find(static_cast<char>(c)) == std::string_view::npos) others += static_cast<char>(c);
  }
  return others;
}

void checkMembers(std::string_view source, const std::string& expected) {
  CHECK_TRUE_TEXT(membersOf(source) == expected, std::string(source).c_str());
}

const std::string kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string kLower = "abcdefghijklmnopqrstuvwxyz";
const std::string kDigits = "0123456789";

}  // namespace

TEST_GROUP(EcmascriptRegexp){};

TEST(EcmascriptRegexp, characters_and_alternatives) {
  checkCovers("abc", {"abc"});
  checkLeaves("abc", {"", "ab", "abcd", "ABC", "xabc"});
  checkCovers("a|bc|", {"a", "bc", ""});
  checkLeaves("a|bc", {"", "ac", "abc", "a|bc"});
  checkCovers("|", {""});
  checkCovers("a||b", {"", "a", "b"});
  checkCovers("(?:a|b)c", {"ac", "bc"});
  checkLeaves("(?:a|b)c", {"a", "bb", "c"});
  checkCovers("(?:)", {""});
  checkCovers("a-b,c:d;e=f!g@h#i%j&k~l`m'n\"o<p>q_r s/", {"a-b,c:d;e=f!g@h#i%j&k~l`m'n\"o<p>q_r s/"});
}

TEST(EcmascriptRegexp, quantifiers_greedy_and_lazy) {
  checkCovers("ab*", {"a", "ab", "abbb"});
  checkLeaves("ab*", {"", "b", "aba"});
  checkCovers("ab+?", {"ab", "abb"});
  checkLeaves("ab+?", {"a"});
  checkCovers("ab??c", {"ac", "abc"});
  checkCovers("ab?", {"a", "ab"});
  checkLeaves("ab?", {"abb"});
  checkCovers("a{3}", {"aaa"});
  checkLeaves("a{3}", {"aa", "aaaa"});
  checkCovers("a{2,}?", {"aa", "aaaaa"});
  checkLeaves("a{2,}", {"a"});
  checkCovers("a{1,3}?b", {"ab", "aaab"});
  checkLeaves("a{1,3}b", {"b", "aaaab"});
  checkCovers("a{0}b{0,0}", {""});
  checkLeaves("a{0}", {"a"});
  checkCovers("a{000002}", {"aa"});
  checkCovers("(?:ab){2}", {"abab"});
  checkCovers("[ab]{2}", {"ab"});
  checkCovers("(?:a*)*b", {"b", "aab"});
  checkCovers("(?:a|){3}", {"", "aaa"});
  checkLeaves("(?:a|){3}", {"aaaa"});
  checkCovers("a{1000}", {std::string(1000, 'a')});
}

TEST(EcmascriptRegexp, quantifiers_that_ECMAScript_refuses) {
  checkInvalid({"*", "+", "?", "{1}", "a**", "a*+", "a++", "a?+", "a{1}{2}", "a???", "a{1}+", "(?:*)", "|*"});
  checkInvalid({"a{", "a{}", "a{,2}", "a{x}", "a{1", "a{1,", "a{2,1}", "a{ 1}", "a{1 }",  "a{-1}",
                "{",  "}",   "a}",    "]",    "a]",  "^*",   "$+",     "\\b?",  "\\B{2}", "a{1,2,3}"});
}

TEST(EcmascriptRegexp, assertions_hold_at_the_ends_of_the_whole_text_alone) {
  checkCovers("^a$", {"a"});
  checkLeaves("^a$", {"a\n", "\na", "b"});
  checkLeaves("a^b", {"ab", "a\nb"});
  checkLeaves("a$b", {"ab"});
  checkCovers("(?:^|a)b(?:$|c)", {"b", "ab", "bc", "abc"});
  checkCovers("a\\b-\\bb", {"a-b"});
  checkLeaves("a\\bb", {"ab"});
  checkCovers("a\\Bb", {"ab"});
  checkLeaves("a\\B-", {"a-"});
  checkCovers("\\b_9\\b", {"_9"});
}

TEST(EcmascriptRegexp, the_dot_leaves_line_terminators_out) {
  checkMembers(".", allBut("\n\r"));
}

TEST(EcmascriptRegexp, class_escapes_have_ECMAScripts_sets) {
  const std::string word = kDigits + kUpper + "_" + kLower;
  checkMembers("\\d", kDigits);
  checkMembers("\\D", allBut(kDigits));
  checkMembers("\\w", word);
  checkMembers("\\W", allBut(word));
  checkMembers("\\s", "\t\n\v\f\r ");
  checkMembers("\\S", allBut("\t\n\v\f\r "));
  checkMembers("[\\d_-\\x61]", kDigits + "_`a");
}

TEST(EcmascriptRegexp, character_escapes) {
  checkMembers("\\t", "\t");
  checkMembers("\\n", "\n");
  checkMembers("\\v", "\v");
  checkMembers("\\f", "\f");
  checkMembers("\\r", "\r");
  checkMembers("\\0", std::string(1, '\0'));
  checkMembers("\\cA", "\x01");
  checkMembers("\\cz", "\x1A");
  checkMembers("\\x4a", "J");
  checkMembers("\\u004A", "J");
  checkMembers("\\u{4a}", "J");
  checkMembers("\\u{000000004A}", "J");
  for (const char c : std::string("^$\\.*+?()[]{}|/")) checkMembers(std::string("\\") + c, {c});
  checkCovers("\\x41{2}\\.", {"AA."});
}

TEST(EcmascriptRegexp, escapes_that_ECMAScript_refuses_under_v) {
  checkInvalid({"\\",  "a\\", "\\a", "\\e", "\\-", "\\_", "\\g", "\\i", "\\z", "\\A", "\\Z", "\\G",
                "\\Q", "\\E", "\\C", "\\X", "\\h", "\\y", "\\:", "\\ ", "\\'", "\\%", "\\#", "\\&"});
  checkInvalid({"\\00", "\\08", "\\07", "\\x", "\\x4", "\\xg0", "\\x{41}", "\\u", "\\u004", "\\u{}",
                "\\u{110000}", "\\u{4a", "\\u{4g}", "\\u{ 4a}", "\\c", "\\c1", "\\c_", "\\u00zz"});
}

TEST(EcmascriptRegexp, what_is_beyond_ASCII_matches_nothing) {
  checkLeaves("\\u00E9", {"", "e", "\xE9", "\u00E9"});
  checkCovers("a|\\u{1F600}", {"a"});
  checkLeaves("[\\u{1F600}]", {"", "a"});
  checkLeaves("\\uD83D\\uDE00", {"", "a"});
  checkLeaves("\\uD83D", {""});
  checkCovers("[\\uD83D\\uDE00-\\uD83D\\uDE02]?a", {"a"});
  checkMembers("[a&&\\uD83D\\uDE00]", "");
  checkInvalid({"[\\uDE00-\\uD83D]"});
  checkMembers("[\\x7e-\\u{10FFFF}]", "~\x7F");
  checkLeaves("[^a]", {"\xE9", "\u00E9"});
  checkInvalid({"\u00E9", "[\u00E9]", "a\xFF", "(?<\u00E9>a)"});
}

TEST(EcmascriptRegexp, classes) {
  checkMembers("[abc]", "abc");
  checkMembers("[a-cx-z_]", "_abcxyz");
  checkMembers("[^a-c]", allBut("abc"));
  checkMembers("[]", "");
  checkLeaves("[]", {""});
  checkMembers("[^]", allBut(""));
  checkMembers("[.*+?^$]", "$*+.?^");
  checkMembers("[a^]", "^a");
  checkMembers("[\\b]", "\b");
  checkMembers("[\\^\\-\\]\\\\\\/\\&\\!\\#\\%\\,\\:\\;\\<\\=\\>\\@\\`\\~]", "!#%&,-/:;<=>@\\]^`~");
  checkMembers("[\\n-\\r]", "\n\v\f\r");
  checkMembers("[a-a]", "a");
  checkMembers("[a&b!c]", "!&abc");
}

TEST(EcmascriptRegexp, classes_within_classes) {
  checkMembers("[[ab][c]]", "abc");
  checkMembers("[a[^b]]", allBut("b"));
  checkMembers("[[a-z]&&[aeiou]]", "aeiou");
  checkMembers("[[a-f]--[bd]--e]", "acf");
  checkMembers("[\\w&&\\D&&[a-z_]]", "_" + kLower);
  checkMembers("[^[a-z]&&[aeiou]]", allBut("aeiou"));
  checkMembers("[\\p{L}--[a-z]]", kUpper);
  checkMembers("[a--&]", "a");
  checkMembers("[[[[[x]]]]]", "x");
}

TEST(EcmascriptRegexp, classes_that_RE2_would_read_otherwise_are_refused) {
  checkInvalid(
      {"[[:alpha:]]", "[[:^alpha:]]", "[a[:digit:]]", "[^[:none:]]", "[a--[:alpha:]]", "[[:alpha:]"});
  checkMembers("[:alph:]", ":ahlp");
  checkMembers("[[:]]", ":");
  checkMembers("[[:alph]]", ":ahlp");
  checkMembers("[[:x,:]]", ",:x");
  checkMembers("[[.a.]]", ".a");
  checkMembers("[[=a=]]", "=a");
}

TEST(EcmascriptRegexp, classes_that_ECMAScript_refuses_under_v) {
  checkInvalid({"[",   "[a",  "[^",  "[a-", "[\\", "[[a]",    "[a-]",    "[-a]",  "[a-b-c]", "[(]",    "[)]",
                "[{]", "[}]", "[/]", "[|]", "[-]", "[\\d-z]", "[a-\\d]", "[b-a]", "[a-[b]]", "[[a]-b]"});
  checkInvalid({"[&&]", "[a&&]", "[&&a]", "[a&&&b]", "[a&&&]", "[--a]", "[a--]", "[a---b]", "[a&&b--c]",
                "[ab&&c]", "[a&&bc]", "[a-z&&b]", "[a&&b-c]", "[a--b-c]"});
  for (const char c : std::string("!#$%*+,.:;<=>?@^`~")) checkInvalid({"[a" + std::string(2, c) + "]"});
  checkInvalid(
      {"[\\a]", "[\\B]", "[\\1]", "[\\k]", "[\\00]", "[\\c]", "[\\x4]", "[\\u{110000}]", "[\\_]", "[\\\"]"});
  checkInvalid({"[\\q{a|bc}]", "[^\\q{a}]", "[\\q]"});
}

TEST(EcmascriptRegexp, properties) {
  checkMembers("\\p{L}", kUpper + kLower);
  checkMembers("\\p{Lu}", kUpper);
  checkMembers("\\p{Lowercase_Letter}", kLower);
  checkMembers("\\p{gc=Nd}", kDigits);
  checkMembers("\\p{General_Category=digit}", kDigits);
  checkMembers("\\P{L}", allBut(kUpper + kLower));
  checkMembers("[\\P{L}\\p{Ll}]", allBut(kUpper));
  checkMembers("\\p{Alphabetic}", kUpper + kLower);
  checkMembers("\\p{White_Space}", "\t\n\v\f\r ");
  checkMembers("\\p{AHex}", kDigits + "ABCDEFabcdef");
  checkMembers("\\p{ID_Start}", kUpper + kLower);
  checkMembers("\\p{Script=Latin}", kUpper + kLower);
  checkMembers("\\p{scx=Zyyy}", allBut(kUpper + kLower));
  checkMembers("\\p{Any}", allBut(""));
  checkMembers("\\p{ASCII}", allBut(""));
  checkMembers("\\P{Assigned}", "");
}

TEST(EcmascriptRegexp, properties_of_other_names_are_refused) {
  checkInvalid({"\\p",
                "\\pL",
                "\\PN",
                "\\pN1",
                "\\p{",
                "\\p{}",
                "\\p{lu}",
                "\\p{LU}",
                "\\p{letter}",
                "\\p{^L}",
                "\\p{ L}",
                "\\p{L }",
                "\\p{Uppercase Letter}",
                "\\p{IsLatin}",
                "\\p{Latin}",
                "\\p{sc=latin}",
                "\\p{Script}",
                "\\p{Script=}",
                "\\p{=L}",
                "\\p{gc}",
                "\\p{gc=Latin}",
                "\\p{Block=Latin}",
                "\\p{x=L}",
                "\\p{alnum}",
                "\\p{posix_alnum}",
                "\\p{WSpace}",
                "\\p{RGI_Emoji}",
                "\\p{Hyphen}",
                "[\\p{Foo}]",
                "\\p{Alphabetic=True}",
                "\\p{ASCII=Y}",
                "\\p{L=L}"});
  checkInvalid({std::string("\\p{L\0}", 6)});
}

TEST(EcmascriptRegexp, P1_MAT_08_what_is_not_linear_is_refused) {
  checkInvalid({"(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "a(?=b)c", "(?:(?!a))", "(?=)*"});
  checkInvalid({"(?:a)\\1", "\\1", "\\9", "\\10", "(?<n>a)\\k<n>", "\\k", "\\k<n>"});
}

TEST(EcmascriptRegexp, groups) {
  checkCovers("(?<year>\\d{4})-(?<_$9>x)", {"2026-x"});
  checkLeaves("(?<year>\\d{4})", {"202"});
  checkCovers("(a(b))", {"ab"});
  checkCovers("(?:(?:a)|(?:b))+", {"abba"});
  checkInvalid({"(",      "(a",      "(?:",       ")",         "a)",           "(a))",   "(?",
                "(?a",    "(?)",     "(?a)",      "(?i)",      "(?i)a",        "(?i:a)", "(?-i:a)",
                "(?s:.)", "(?m:^a)", "(?U)a",     "(?P<n>a)",  "(?P=n)",       "(?#a)",  "(?>a)",
                "(?|a)",  "(?'n'a)", "(?1)",      "(?R)",      "(*UTF8)a",     "(?<>a)", "(?<n",
                "(?<n>",  "(?<1>a)", "(?<a-b>c)", "(?<n a>b)", "(?<\\u0061>a)"});
}

TEST(EcmascriptRegexp, a_group_name_stands_once) {
  checkInvalid({"(?<n>a)(?<n>b)", "(?<n>(?<n>a))"});
  GroupNames names;
  ExpressionWriter writer(kMostInstructions);
  CHECK_TRUE(translateEcmascriptRegexp("(?<n>a)", names, writer).has_value());
  CHECK_TRUE(translateEcmascriptRegexp("(?<m>a)", names, writer).has_value());
  CHECK_FALSE(translateEcmascriptRegexp("(?<n>a)", names, writer).has_value());
}

TEST(EcmascriptRegexp, P1_MAT_08_too_large_is_told_before_it_is_compiled) {
  checkTooComplex({"a{1001}", "a{2,1001}", "a{1001,}", "a{99999999999999999999999999}", "(?:a{1000}){1000}",
                   "(?:(?:(?:a{1000}){1000}){1000}){1000}", "(?:(?:(?:){1000}){1000}){1000}",
                   "(?:(?:a{0}){1000}){1000}", "(?:\\w{100}){10}", repeat("a", 1016), repeat("a|", 1000),
                   repeat("(?:", 100) + repeat(")", 100), repeat("[", 100) + repeat("]", 100),
                   repeat("(?:a?){9}", 99)});
  checkCovers(repeat("(?:", 60) + "a" + repeat(")", 60), {"a"});
  checkMembers(repeat("[", 60) + "a" + repeat("]", 60), "a");
  checkCovers("(?:a{10}){10}", {std::string(100, 'a')});
}

// Never has RE2 anything to say but that it is too large; and its own count is no higher.
TEST(EcmascriptRegexp, whatever_is_translated_RE2_can_read) {
  const std::vector<std::string> pieces{"a",      "b",       "-",        "&&",      "--",    "[",
                                        "]",      "[^",      "(?:",      ")",       "|",     "*",
                                        "+",      "?",       "??",       "{2}",     "{0,3}", "{1,}",
                                        "\\d",    "\\W",     ".",        "^",       "$",     "\\b",
                                        "\\p{L}", "\\P{Lu}", "\\u{7f}",  "\\x5d",   "[a-z]", "\\]",
                                        "\\/",    "(?<n>",   "[\\d--1]", "\\uD83D", ":",     "[]"};
  Dice dice(2026);
  std::size_t read = 0;
  for (int i = 0; i < 20000; ++i) {
    const Translation translation = translate(dice.join(pieces, 12));
    if (translation.fault) continue;
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    const RE2 expression(translation.pattern, options);
    CHECK_TRUE_TEXT(expression.ok(), translation.pattern.c_str());
    CHECK_TRUE_TEXT(static_cast<std::size_t>(expression.ProgramSize()) <= translation.instructions,
                    translation.pattern.c_str());
    ++read;
  }
  CHECK_TRUE(read > 2000);
}

TEST(EcmascriptRegexp, hostile_bytes_are_survived) {
  Dice dice(7);
  for (int i = 0; i < 20000; ++i) (void)translate(dice.bytes(40));
}

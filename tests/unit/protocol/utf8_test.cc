#include "protocol/utf8.h"

#include <string>
#include <string_view>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::decodeUtf8Step;
using mercure::protocol::isValidUtf8;
using mercure::protocol::replaceBrokenUtf8;
using mercure::protocol::Utf8Step;
using namespace mercure::protocol::test;

namespace {

struct Replacement {
  const char* name;
  std::string_view bytes;
  std::string_view expected;
};

constexpr Replacement kReplacements[] = {
    {"nothing", "", ""},
    {"ASCII", "abc\x7F", "abc\x7F"},
    {"the shortest and longest of each size",
     "\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF",
     "\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
    {"around the surrogates", "\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"},
    {"byte order mark stays", "\xEF\xBB\xBFx", "\xEF\xBB\xBFx"},
    {"lone continuation", "a\x80z", "a\uFFFDz"},
    {"never valid", "\xC0\xC1\xF5\xFF", "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"overlong two", "\xC0\x80", "\uFFFD\uFFFD"},
    {"overlong three", "\xE0\x80\x80", "\uFFFD\uFFFD\uFFFD"},
    {"overlong four", "\xF0\x8F\xBF\xBF", "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"surrogate", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
    {"beyond the last", "\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"cut short is one", "\xE2\x82", "\uFFFD"},
    {"cut short before ASCII is one", "\xF0\x9F\x98z", "\uFFFDz"},
    {"cut short before another", "\xE2\x82\xE2\x82\xAC", "\uFFFD\u20AC"},
    {"lead after lead", "\xF0\xF0\x9F\x98\x80", "\uFFFD\U0001F600"},
    {"NUL", {"\0\xFF\0", 3}, {"\0\xEF\xBF\xBD\0", 5}},
};

}  // namespace

TEST_GROUP(Utf8){};

TEST(Utf8, ANY_25_broken_sequences_become_replacement_characters) {
  for (const Replacement& c : kReplacements) {
    const bool asExpected = replaceBrokenUtf8(std::string(c.bytes)) == c.expected;
    CHECK_TRUE_TEXT(asExpected, c.name);
  }
}

TEST(Utf8, is_valid_when_nothing_would_be_replaced) {
  for (const Replacement& c : kReplacements) {
    CHECK_EQUAL_TEXT(c.bytes == c.expected, isValidUtf8(Exact(c.bytes)), c.name);
  }
}

TEST(Utf8, a_step_never_reads_past_the_end) {
  for (const Replacement& c : kReplacements) {
    for (std::size_t length = 1; length <= c.bytes.size(); ++length) {
      const Exact bytes(c.bytes.substr(0, length));
      const Utf8Step step = decodeUtf8Step(bytes);
      CHECK_TRUE_TEXT(step.size >= 1 && step.size <= length, c.name);
      CHECK_TRUE_TEXT(step.valid || step.codePoint == 0xFFFD, c.name);
    }
  }
}

TEST(Utf8, code_points_are_read) {
  UNSIGNED_LONGS_EQUAL('a', decodeUtf8Step("a").codePoint);
  UNSIGNED_LONGS_EQUAL(0x80, decodeUtf8Step("\u0080").codePoint);
  UNSIGNED_LONGS_EQUAL(0x7FF, decodeUtf8Step("\u07FF").codePoint);
  UNSIGNED_LONGS_EQUAL(0x20AC, decodeUtf8Step("\u20AC").codePoint);
  UNSIGNED_LONGS_EQUAL(0x1F600, decodeUtf8Step("\U0001F600").codePoint);
  UNSIGNED_LONGS_EQUAL(0x10FFFF, decodeUtf8Step("\U0010FFFF").codePoint);
}

TEST(Utf8, what_was_replaced_is_valid_and_stays_as_it_is) {
  Dice dice(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string once = replaceBrokenUtf8(dice.bytes(40));
    for (std::size_t at = 0; at < once.size();) {
      const Utf8Step step = decodeUtf8Step(std::string_view(once).substr(at));
      CHECK_TRUE(step.valid);
      at += step.size;
    }
    CHECK_TRUE(once == replaceBrokenUtf8(once));
  }
}

TEST(Utf8, a_mebibyte_of_broken_bytes) {
  LONGS_EQUAL(3 * kMebibyte, replaceBrokenUtf8(std::string(kMebibyte, '\xFF')).size());
}

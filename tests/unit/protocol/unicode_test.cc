#include "protocol/unicode.h"

#include <string>
#include <string_view>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::holdsControlOrFormat;
using mercure::protocol::isFormat;
using namespace mercure::protocol::test;
using namespace std::string_view_literals;

TEST_GROUP(Unicode){};

TEST(Unicode, format_characters) {
  for (const char32_t codePoint :
       {0xADU, 0x600U, 0x61CU, 0x6DDU, 0x180EU, 0x200BU, 0x200CU, 0x200DU, 0x200EU, 0x202AU, 0x202EU, 0x2060U,
        0x2066U, 0xFEFFU, 0xFFF9U, 0x110BDU, 0x1D173U, 0xE0001U, 0xE007FU}) {
    CHECK_TRUE(isFormat(codePoint));
  }
}

TEST(Unicode, others_are_no_format_characters) {
  for (const char32_t codePoint :
       {0x0U,    0x7FU,   0x85U,   0x20U,   0x61U,   0xA0U,   0xACU,   0xAEU,     0x301U,    0x2028U,
        0x2029U, 0x2065U, 0x3000U, 0xD800U, 0xE000U, 0xFFFDU, 0xFE0FU, 0x10FFFFU, 0x110000U, 0xFFFFFFFFU}) {
    CHECK_FALSE(isFormat(codePoint));
  }
}

TEST(Unicode, controls_and_format_characters_are_found_in_text) {
  for (const std::string_view text :
       {"\0"sv, "a\x1F"sv, "\x7Fz"sv, "a\u0080z"sv, "\u009F"sv, "\u00AD"sv, "abc\u200B"sv, "\uFEFFabc"sv,
        "\U000E0001"sv, "\xFF\u202E"sv, "a\n"sv}) {
    CHECK_TRUE(holdsControlOrFormat(Exact(text)));
  }
  for (const std::string_view text :
       {""sv, "abc ~"sv, "\u00A0\u00E9\u20AC\U0001F600\uFFFD"sv, "\x80\x9F\xFF"sv, "\xC2"sv, "\xE2\x80"sv,
        "\xF3\xA0\x80"sv, "\u2028"sv}) {
    CHECK_FALSE(holdsControlOrFormat(Exact(text)));
  }
}

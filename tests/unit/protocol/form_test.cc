#include "protocol/form.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::decodeForm;
using mercure::protocol::FormField;
using namespace mercure::protocol::test;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs decode(std::string_view text) {
  Pairs pairs;
  for (FormField& field : decodeForm(Exact(text))) {
    pairs.emplace_back(std::move(field.name), std::move(field.value));
  }
  return pairs;
}

struct FormCase {
  std::string_view text;
  Pairs expected;
};

std::string encode(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 0x0F]};
  }
  return encoded;
}

}  // namespace

TEST_GROUP(Form){};

TEST(Form, P0_PUB_01_the_URL_standards_parser) {
  const FormCase cases[] = {
      {"", {}},
      {"&", {}},
      {"&&&", {}},
      {"a", {{"a", ""}}},
      {"a=", {{"a", ""}}},
      {"=", {{"", ""}}},
      {"=b", {{"", "b"}}},
      {"a=b", {{"a", "b"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"&a=b&&c=d&", {{"a", "b"}, {"c", "d"}}},
      {"topic=1&topic=2&topic=1", {{"topic", "1"}, {"topic", "2"}, {"topic", "1"}}},
      {"a+b=c+d", {{"a b", "c d"}}},
      {"a%2Bb=%2b", {{"a+b", "+"}}},
      {"%61%3D%26=%3d%26", {{"a=&", "=&"}}},
      {"%2541", {{"%41", ""}}},
      {"a=%00", {{"a", std::string(1, '\0')}}},
      {std::string_view("a\0=b", 4), {{std::string("a\0", 2), "b"}}},
      {"a=\r\n", {{"a", "\r\n"}}},
      {"\xC3\xA9=%C3%a9", {{"\u00E9", "\u00E9"}}},
      {"a=%F0%9F\x98\x80", {{"a", "\U0001F600"}}},
      {"a=%EF%BB%BFx", {{"a", "\uFEFFx"}}},
  };
  for (const FormCase& c : cases) {
    const bool asExpected = decode(c.text) == c.expected;
    CHECK_TRUE_TEXT(asExpected, std::string(c.text).c_str());
  }
}

TEST(Form, ANY_24_semicolons_and_stray_percent_signs_stand_for_themselves) {
  const FormCase cases[] = {
      {"a=b;c=d", {{"a", "b;c=d"}}}, {"%", {{"%", ""}}},
      {"%4", {{"%4", ""}}},          {"a=%", {{"a", "%"}}},
      {"a=%4", {{"a", "%4"}}},       {"a=%4&b", {{"a", "%4"}, {"b", ""}}},
      {"a=%zz", {{"a", "%zz"}}},     {"a=%%41", {{"a", "%A"}}},
      {"a=%4%41", {{"a", "%4A"}}},   {"a=100%+sure", {{"a", "100% sure"}}},
      {"a=%+4", {{"a", "% 4"}}},     {"a=%-1", {{"a", "%-1"}}},
      {"a=% 1", {{"a", "% 1"}}},     {"a=%0x", {{"a", "%0x"}}},
  };
  for (const FormCase& c : cases) {
    const bool asExpected = decode(c.text) == c.expected;
    CHECK_TRUE_TEXT(asExpected, std::string(c.text).c_str());
  }
}

TEST(Form, ANY_25_what_is_not_UTF_8_is_replaced) {
  const FormCase cases[] = {
      {"a=%FF", {{"a", "\uFFFD"}}},
      {"%C3=%A9", {{"\uFFFD", "\uFFFD"}}},
      {"a=%E2%82", {{"a", "\uFFFD"}}},
      {"a=\xE2%82\xAC", {{"a", "\u20AC"}}},
      {"a=%ED%A0%80", {{"a", "\uFFFD\uFFFD\uFFFD"}}},
      {"a=\xF0\x9F&b=\x98", {{"a", "\uFFFD"}, {"b", "\uFFFD"}}},
  };
  for (const FormCase& c : cases) {
    const bool asExpected = decode(c.text) == c.expected;
    CHECK_TRUE_TEXT(asExpected, std::string(c.text).c_str());
  }
}

TEST(Form, a_mebibyte_of_one_thing) {
  LONGS_EQUAL(0, decode(repeat("&", kMebibyte)).size());
  LONGS_EQUAL(kMebibyte / 2, decode(repeat("=&", kMebibyte / 2)).size());
  LONGS_EQUAL(1, decode(repeat("=", kMebibyte)).size());
  LONGS_EQUAL(kMebibyte, decode(repeat("%", kMebibyte))[0].first.size());
  LONGS_EQUAL(kMebibyte, decode("data=" + repeat("+", kMebibyte))[0].second.size());
  LONGS_EQUAL(3 * kMebibyte, decode("data=" + std::string(kMebibyte, '\xF0'))[0].second.size());
}

TEST(Form, whatever_was_encoded_comes_back) {
  Dice dice(2);
  for (int i = 0; i < 2000; ++i) {
    Pairs pairs;
    std::string text;
    for (std::size_t left = dice.below(4); left > 0; --left) {
      const std::vector<std::string> pieces = {"a", "&", "=", "+", "%", "%41", "\u00E9", "\U0001F600", "\n"};
      pairs.emplace_back(dice.join(pieces, 6), dice.join(pieces, 6));
      text += encode(pairs.back().first) + "=" + encode(pairs.back().second) + "&";
    }
    CHECK_TRUE(decode(text) == pairs);
  }
}

TEST(Form, random_bytes_are_never_an_error) {
  Dice dice(3);
  const std::vector<std::string> pieces = {"&",   "=",   "%",   "+",    "4",    "F",
                                           "%E2", "%82", "%AC", "\xE2", "\x82", "topic"};
  for (int i = 0; i < 5000; ++i) {
    const std::string text = dice.chance(2) ? dice.bytes(60) : dice.join(pieces, 20);
    std::size_t decoded = 0;
    for (const auto& [name, value] : decode(text)) decoded += name.size() + value.size();
    CHECK_TRUE(decoded <= 3 * text.size());
  }
}

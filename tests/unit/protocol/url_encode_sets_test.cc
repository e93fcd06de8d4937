#include "protocol/url_encode_sets.h"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace mercure::protocol;

namespace {

// The printable ASCII that a set has.
std::string printableOf(const PercentEncodeSet& set) {
  std::string text;
  for (char c = 0x20; c < 0x7F; ++c) {
    if (set.holds(c)) text += c;
  }
  return text;
}

}  // namespace

TEST_GROUP(UrlEncodeSets){};

TEST(UrlEncodeSets, printable_ascii) {
  STRCMP_EQUAL("", printableOf(kC0ControlSet).c_str());
  STRCMP_EQUAL(" \"<>`", printableOf(kFragmentSet).c_str());
  STRCMP_EQUAL(" \"#<>", printableOf(kQuerySet).c_str());
  STRCMP_EQUAL(" \"#'<>", printableOf(kSpecialQuerySet).c_str());
  STRCMP_EQUAL(" \"#<>?^`{}", printableOf(kPathSet).c_str());
  STRCMP_EQUAL(" \"#/:;<=>?@[\\]^`{|}", printableOf(kUserinfoSet).c_str());
}

TEST(UrlEncodeSets, everything_else_is_in_each) {
  for (const auto* set :
       {&kC0ControlSet, &kFragmentSet, &kQuerySet, &kSpecialQuerySet, &kPathSet, &kUserinfoSet}) {
    for (int byte = 0; byte < 0x100; ++byte) {
      if (byte < 0x20 || byte >= 0x7F) CHECK_TRUE(set->holds(static_cast<char>(byte)));
    }
  }
}

TEST(UrlEncodeSets, encoding) {
  STRCMP_EQUAL("a%00%1F~%7F%C3%BC%FF%41",
               encode(std::string_view("a\0\x1F~\x7F\xC3\xBC\xFF%41", 11), kC0ControlSet).c_str());
  std::string output = "/";
  appendEncoded(output, "a?", kPathSet);
  STRCMP_EQUAL("/a%3F", output.c_str());
}

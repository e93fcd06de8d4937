#include "auth/base64url.h"

#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;

TEST_GROUP(Base64url){};

TEST(Base64url, DecodesTheVectorsOfRfc4648) {
  constexpr std::array<std::pair<const char*, const char*>, 7> kVectors{{{"", ""},
                                                                         {"Zg", "f"},
                                                                         {"Zm8", "fo"},
                                                                         {"Zm9v", "foo"},
                                                                         {"Zm9vYg", "foob"},
                                                                         {"Zm9vYmE", "fooba"},
                                                                         {"Zm9vYmFy", "foobar"}}};
  for (const auto& [text, bytes] : kVectors) {
    const auto decoded = decodeBase64url(text);
    CHECK_TEXT(decoded.has_value(), text);
    STRCMP_EQUAL(bytes, decoded->c_str());
  }
}

TEST(Base64url, DecodesEveryByteAtEveryPlace) {
  for (int value = 0; value < 256; ++value) {
    for (std::size_t size = 1; size <= 6; ++size) {
      const std::string bytes(size, static_cast<char>(value));
      const auto decoded = decodeBase64url(test::encodeBase64url(bytes));
      CHECK(decoded.has_value());
      CHECK(*decoded == bytes);
    }
  }
}

TEST(Base64url, KeepsTrailingZeroBytes) {
  const auto decoded = decodeBase64url("AAAA");
  CHECK(decoded.has_value());
  CHECK(*decoded == std::string(3, '\0'));
  LONGS_EQUAL(1, decodeBase64url("AA")->size());
  LONGS_EQUAL(2, decodeBase64url("AAA")->size());
}

TEST(Base64url, ANY_50_RefusesEveryCharacterOutsideTheAlphabet) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    for (std::size_t place = 0; place < 8; ++place) {
      std::string text = "AAAAAAAA";
      text[place] = c;
      CHECK_EQUAL(kAlphabet.find(c) != std::string_view::npos, decodeBase64url(text).has_value());
    }
  }
}

TEST(Base64url, ANY_50_RefusesPaddingBlanksAndImpossibleLengths) {
  for (const char* const text : {"Zg==", "Zm8=", "Zg=", "=", "====", " Zm9v", "Zm9v ", "Zm9v\n", "Zm9v\r\n",
                                 "Zm\n9v", "A", "Z", "AAAAA", "Zm9vA", "+A", "A/A"}) {
    CHECK_FALSE_TEXT(decodeBase64url(text).has_value(), text);
  }
}

TEST(Base64url, RefusesUnusedBitsThatAreNotZero) {
  for (const char* const text : {"Zh", "Zi", "Zk", "Zo", "Zm9", "Zm-", "Zm_", "Zm9vYh", "Zm9vYmF"}) {
    CHECK_FALSE_TEXT(decodeBase64url(text).has_value(), text);
  }
}

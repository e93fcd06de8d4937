#pragma once

#include <string>
#include <string_view>

#include "protocol/hostile.h"
#include "protocol/url.h"

#include <CppUTest/TestHarness.h>

namespace mercure::protocol::test {

// Results of texts that are no URLs.
inline constexpr std::string_view kNoScheme = "no scheme";
inline constexpr std::string_view kBadHost = "bad host";
inline constexpr std::string_view kBadPort = "bad port";

inline std::string nameOf(UrlFault fault) {
  switch (fault) {
    case UrlFault::Scheme:
      return std::string(kNoScheme);
    case UrlFault::Host:
      return std::string(kBadHost);
    case UrlFault::Port:
      return std::string(kBadPort);
  }
  return "?";
}

inline bool equal(const Url& one, const Url& other) {
  return one.scheme == other.scheme && one.username == other.username && one.password == other.password &&
         one.host == other.host && one.port == other.port && one.path == other.path &&
         one.hasOpaquePath == other.hasOpaquePath && one.query == other.query &&
         one.fragment == other.fragment;
}

/// Parses `input`, and what it serialises to once more.
inline std::string hrefOf(std::string_view input, const Url* base = nullptr) {
  const auto url = parseUrl(Exact(input), base);
  if (!url) return nameOf(url.error());
  const std::string href = url->href();
  const auto again = parseUrl(href);
  CHECK_TRUE_TEXT(again && equal(*again, *url), href.c_str());
  return href;
}

inline std::string hrefAgainst(std::string_view base, std::string_view input) {
  const auto url = parseUrl(base);
  CHECK_TRUE(url.has_value());
  return hrefOf(input, &*url);
}

struct Case {
  std::string_view input;
  std::string_view expected;
};

template <std::size_t Count>
void check(const Case (&cases)[Count]) {
  for (const Case& c : cases) {
    STRCMP_EQUAL_TEXT(std::string(c.expected).c_str(), hrefOf(c.input).c_str(), std::string(c.input).c_str());
  }
}

template <std::size_t Count>
void checkAgainst(std::string_view base, const Case (&cases)[Count]) {
  for (const Case& c : cases) {
    STRCMP_EQUAL_TEXT(std::string(c.expected).c_str(), hrefAgainst(base, c.input).c_str(),
                      std::string(c.input).c_str());
  }
}

inline Url parsed(std::string_view input) {
  const auto url = parseUrl(input);
  CHECK_TRUE(url.has_value());
  return *url;
}

}  // namespace mercure::protocol::test

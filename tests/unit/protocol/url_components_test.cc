#include "protocol/url_components.h"

#include <optional>
#include <string>
#include <string_view>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::protocol;
using namespace mercure::protocol::test;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kFailure = "failure";

struct Case {
  std::string_view input;
  std::string_view expected;
};

template <class Canonicalize, std::size_t Count>
void check(Canonicalize canonicalize, const Case (&cases)[Count]) {
  for (const Case& c : cases) {
    const std::optional<std::string> result = canonicalize(Exact(c.input));
    STRCMP_EQUAL_TEXT(std::string(c.expected).c_str(), result.value_or(std::string(kFailure)).c_str(),
                      std::string(c.input).c_str());
  }
}

}  // namespace

TEST_GROUP(UrlComponents){};

TEST(UrlComponents, protocol) {
  check(canonicalizeProtocol, {{"", ""},
                               {"HTTPS", "https"},
                               {"A+b-1.", "a+b-1."},
                               {"file", "file"},
                               {"data", "data"},
                               {" ht\ttp", "http"},
                               {"http:a", "http"},
                               {"http:a b", kFailure},
                               {"1a", kFailure},
                               {"a_b", kFailure},
                               {"caf\u00E9", kFailure},
                               {"\xFF", kFailure},
                               {":", kFailure}});
}

TEST(UrlComponents, credentials) {
  constexpr Case kCases[] = {{"", ""},
                             {"a:b@c/d", "a%3Ab%40c%2Fd"},
                             {"%41\u00E9\xFF", "%41%C3%A9%EF%BF%BD"},
                             {" \t\n", "%20%09%0A"}};
  check(canonicalizeUsername, kCases);
  check(canonicalizePassword, kCases);
}

TEST(UrlComponents, hostname) {
  check(canonicalizeHostname, {{"", ""},
                               {"Example.COM", "example.com"},
                               {"b\u00FCcher", "xn--bcher-kva"},
                               {"0x7f.1", "127.0.0.1"},
                               {"[::0:1]", "[::1]"},
                               {"ex\tam\r\nple", "example"},
                               {"a/b", "a"},
                               {"a\\b:8", "a"},
                               {"a?b", "a"},
                               {"a#b", "a"},
                               {"a:8", kFailure},
                               {"a:", kFailure},
                               {":", kFailure},
                               {"[::1]:8", kFailure},
                               {"[::1", kFailure},
                               {"/", kFailure},
                               {"?a", kFailure},
                               {"\t", kFailure},
                               {"a b", kFailure},
                               {"a@b", kFailure},
                               {"a%", kFailure},
                               {"a\xFF", kFailure}});
}

TEST(UrlComponents, ipv6_hostname) {
  check(canonicalizeIpv6Hostname, {{"", ""},
                                   {"[::AbF]", "[::abf]"},
                                   {"]:[0", "]:[0"},
                                   {"[::1.2]", kFailure},
                                   {"[::g]", kFailure},
                                   {"[::1%25]", kFailure},
                                   {"::1\t", kFailure},
                                   {"\u00E9", kFailure}});
}

TEST(UrlComponents, port) {
  const auto ofHttp = [](std::string_view value) { return canonicalizePort(value, "http"); };
  check(ofHttp, {{"", ""},
                 {"80", ""},
                 {"0080", ""},
                 {"443", "443"},
                 {"8\t0\n8\r0", "8080"},
                 {"0", "0"},
                 {"65535", "65535"},
                 {"80a", ""},
                 {"81 82", "81"},
                 {"81/", "81"},
                 {"65536", kFailure},
                 {"99999999999999999999999", kFailure},
                 {"65536x", kFailure},
                 {"a", kFailure},
                 {" 80", kFailure},
                 {"-1", kFailure},
                 {"+1", kFailure},
                 {"\t", kFailure},
                 {"\uFF18", kFailure}});
}

TEST(UrlComponents, port_of_a_protocol) {
  STRCMP_EQUAL("", canonicalizePort("443", "https").value_or("none").c_str());
  STRCMP_EQUAL("", canonicalizePort("21", "ftp").value_or("none").c_str());
  STRCMP_EQUAL("80", canonicalizePort("80", "file").value_or("none").c_str());
  STRCMP_EQUAL("443", canonicalizePort("443", "tag").value_or("none").c_str());
  STRCMP_EQUAL("443", canonicalizePort("443", "").value_or("none").c_str());
  STRCMP_EQUAL("", canonicalizePort("443").value_or("none").c_str());
  STRCMP_EQUAL("80", canonicalizePort("80").value_or("none").c_str());
}

TEST(UrlComponents, pathname) {
  check(canonicalizePathname, {{"", ""},
                               {"/", "/"},
                               {"/a/../b/./c", "/b/c"},
                               {"/..", "/"},
                               {"a/b", "a/b"},
                               {".", "."},
                               {"./a", "./a"},
                               {"..", ".."},
                               {"/a?b#c", "/a%3Fb%23c"},
                               {"\\a", "/a"},
                               {"/a\\..\\b", "/b"},
                               {"\t/a", "/a"},
                               {"\t", ""},
                               {" \u00E9\xFF", "%20%C3%A9%EF%BF%BD"},
                               {"/^{}|%2e", "/%5E%7B%7D|%2e"},
                               {"/C|/a", "/C|/a"},
                               {"/a/%2E%2E/b", "/b"}});
}

TEST(UrlComponents, pathname_piece_that_takes_its_beginning_back) {
  // The standard cuts off the first two characters, whatever they have become.
  check(canonicalizePathname, {{"a/..", ""},
                               {"a/../..", ""},
                               {"a/../b", ""},
                               {"a/../bcd", "cd"},
                               {"\\..\\bcd", "cd"},
                               {"/../", "/"}});
}

TEST(UrlComponents, opaque_pathname) {
  check(canonicalizeOpaquePathname, {{"", ""},
                                     {"a/../b \\", "a/../b \\"},
                                     {"\u00E9\x7F\xFF", "%C3%A9%7F%EF%BF%BD"},
                                     {"a?b", "a"},
                                     {"a #b", "a%20"},
                                     {"a\tb ", "ab "},
                                     {"?", ""}});
}

TEST(UrlComponents, search) {
  check(canonicalizeSearch, {{"", ""},
                             {"?a=b", "?a=b"},
                             {"a#b", "a%23b"},
                             {" '\"<>`^\u00E9\xFF", "%20%27%22%3C%3E`^%C3%A9%EF%BF%BD"},
                             {"a\tb\n", "ab"},
                             {"%zz", "%zz"}});
}

TEST(UrlComponents, hash) {
  check(
      canonicalizeHash,
      {{"", ""}, {"#a", "#a"}, {" '\"<>`^\u00E9\xFF", "%20'%22%3C%3E%60^%C3%A9%EF%BF%BD"}, {"a\tb\n", "ab"}});
}

TEST(UrlComponents, anything_is_canonical_or_refused) {
  const std::vector<std::string> pieces = {"/", "\\", "..", ".", "%2e",  "?",      "#", ":", "[",  "]",
                                           "a", "8",  "\t", " ", "\xFF", "\u00FC", "%", "|", "C|", "\0"};
  Dice dice(3);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = dice.join(pieces, 9);
    const Exact exact(text);
    (void)canonicalizeProtocol(exact);
    (void)canonicalizePort(exact, "http");
    (void)canonicalizeIpv6Hostname(exact);
    const auto host = canonicalizeHostname(exact);
    CHECK_TRUE_TEXT(!host || canonicalizeHostname(*host) == host, text.c_str());
    CHECK_TRUE_TEXT(canonicalizePathname(exact).has_value(), text.c_str());
    for (const auto canonicalize : {canonicalizeOpaquePathname, canonicalizeSearch, canonicalizeHash}) {
      const auto once = canonicalize(exact);
      CHECK_TRUE_TEXT(once && canonicalize(*once) == once, text.c_str());
    }
  }
}

TEST(UrlComponents, a_mebibyte) {
  for (const std::string_view piece : {"/..", "a", "\xFF", "9", "[", "%2e/", "\t"}) {
    const std::string text = repeat(piece, kMebibyte / piece.size());
    (void)canonicalizeProtocol(text);
    (void)canonicalizeHostname(text);
    (void)canonicalizePort(text, "http");
    (void)canonicalizePathname(text);
    (void)canonicalizeOpaquePathname(text);
    (void)canonicalizeSearch(text);
  }
}

#include "protocol/url.h"

#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/hostile.h"
#include "protocol/url_cases.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::defaultPort;
using mercure::protocol::isSpecialScheme;
using mercure::protocol::parseUrl;
using mercure::protocol::Url;
using namespace mercure::protocol::test;
using namespace std::string_view_literals;

TEST_GROUP(Url){};

TEST(Url, has_its_parts) {
  const Url url = parsed("https://me:secret@Example.org:8443/a/./b?q=1#top");
  STRCMP_EQUAL("https", url.scheme.c_str());
  STRCMP_EQUAL("me", url.username.c_str());
  STRCMP_EQUAL("secret", url.password.c_str());
  STRCMP_EQUAL("example.org", url.host.value_or("none").c_str());
  LONGS_EQUAL(8443, url.port.value_or(0));
  STRCMP_EQUAL("/a/b", url.path.c_str());
  CHECK_FALSE(url.hasOpaquePath);
  STRCMP_EQUAL("q=1", url.query.value_or("none").c_str());
  STRCMP_EQUAL("top", url.fragment.value_or("none").c_str());
  CHECK_TRUE(url.isSpecial());
}

TEST(Url, has_no_parts_that_are_not_written) {
  const Url url = parsed("tag:hub");
  CHECK_FALSE(url.host || url.port || url.query || url.fragment);
  CHECK_TRUE(url.hasOpaquePath);
  STRCMP_EQUAL("hub", url.path.c_str());
  CHECK_FALSE(url.isSpecial());
}

TEST(Url, tells_an_empty_part_from_none) {
  const Url empty = parsed("tag://?#");
  CHECK_TRUE(empty.host == "" && empty.query == "" && empty.fragment == "" && empty.path.empty());
  STRCMP_EQUAL("tag://?#", empty.href().c_str());
}

TEST(Url, special_schemes_and_their_ports) {
  struct Scheme {
    std::string_view name;
    int port;
  };
  constexpr Scheme kSchemes[] = {{"ftp", 21},    {"file", 0}, {"http", 80},
                                 {"https", 443}, {"ws", 80},  {"wss", 443}};
  for (const Scheme& scheme : kSchemes) {
    CHECK_TRUE(isSpecialScheme(scheme.name));
    LONGS_EQUAL(scheme.port, defaultPort(scheme.name).value_or(0));
  }
  CHECK_FALSE(isSpecialScheme("") || isSpecialScheme("HTTP") || isSpecialScheme("http:") ||
              isSpecialScheme("gopher"));
  CHECK_FALSE(defaultPort("") || defaultPort("gopher") || defaultPort("file"));
}

TEST(Url, scheme) {
  check({{"HTTPS://a", "https://a/"},
         {"A1+-.:x", "a1+-.:x"},
         {"", kNoScheme},
         {":", kNoScheme},
         {"http", kNoScheme},
         {"1a:x", kNoScheme},
         {"+a:x", kNoScheme},
         {"a_b:x", kNoScheme},
         {"\u00E4:x", kNoScheme},
         {"a b:x", kNoScheme},
         {"//host/", kNoScheme},
         {"#f", kNoScheme}});
}

TEST(Url, blanks_around_it_and_tabs_and_newlines_in_it_go) {
  check({{"\0\x1F \thttp://a/b \r\n\x01"sv, "http://a/b"},
         {"ht\ntp\t:/\r/a\t.b\n/c\rd?e\tf#g\nh", "http://a.b/cd?ef#gh"},
         {"http://a/ b ", "http://a/%20b"},
         {"tag:a b \t", "tag:a b"},
         {"tag:a\x0Cz", "tag:a%0Cz"}});
}

TEST(Url, broken_utf8_reads_as_replacement_characters) {
  check({{"http://a/\xFF", "http://a/%EF%BF%BD"},
         {"http://a/?\xE2\x82", "http://a/?%EF%BF%BD"},
         {"tag:\xC0\x80#\x80", "tag:%EF%BF%BD%EF%BF%BD#%EF%BF%BD"},
         {"http://a/\xE2\t\x82\xAC", "http://a/%EF%BF%BD%EF%BF%BD%EF%BF%BD"},
         {"http://\xFF/", kBadHost}});
}

TEST(Url, slashes_in_front_of_a_special_authority) {
  check({{"http:a", "http://a/"},
         {"http:/a", "http://a/"},
         {"http:////a", "http://a/"},
         {"http:\\\\a", "http://a/"},
         {"http:/\\/a", "http://a/"},
         {"http://", kBadHost},
         {"http:", kBadHost},
         {"https:///?q", kBadHost}});
}

TEST(Url, other_schemes_take_slashes_as_they_are) {
  check({{"tag:/a", "tag:/a"},
         {"tag://a", "tag://a"},
         {"tag:///a", "tag:///a"},
         {"tag:////a", "tag:////a"},
         {"tag:\\\\a", "tag:\\\\a"},
         {"tag:/\\a", "tag:/\\a"},
         {"tag://a\\b", kBadHost}});
}

TEST(Url, credentials) {
  check({{"http://u@a", "http://u@a/"},
         {"http://u:@a", "http://u@a/"},
         {"http://:p@a", "http://:p@a/"},
         {"http://:@a", "http://a/"},
         {"http://@a", "http://a/"},
         {"http://u:p:q@a", "http://u:p%3Aq@a/"},
         {"http://u@v:p@q@a", "http://u%40v:p%40q@a/"},
         {"http://%40:%zz@a", "http://%40:%zz@a/"},
         {"tag://\"[\\]^|'\u00E9@a", "tag://%22%5B%5C%5D%5E%7C'%C3%A9@a"},
         {"http://u\\@a/", "http://u/@a/"},
         {"http://u@", kBadHost},
         {"http://u@/x", kBadHost},
         {"tag://u:p@", kBadHost},
         {"tag://@", kBadHost}});
}

TEST(Url, host_and_port) {
  check({{"http://a:80", "http://a/"},
         {"ws://a:080", "ws://a/"},
         {"https://a:80", "https://a:80/"},
         {"ftp://a:21/", "ftp://a/"},
         {"wss://a:443", "wss://a/"},
         {"tag://a:80", "tag://a:80"},
         {"http://a:", "http://a/"},
         {"http://a:0", "http://a:0/"},
         {"http://a:65535", "http://a:65535/"},
         {"http://a:000000000065535", "http://a:65535/"},
         {"http://[::1]:8", "http://[::1]:8/"},
         {"tag://[::1]", "tag://[::1]"},
         {"http://a:65536", kBadPort},
         {"http://a:18446744073709551616", kBadPort},
         {"http://a:8x", kBadPort},
         {"http://a:-1", kBadPort},
         {"http://a:+1", kBadPort},
         {"http://a: 1", kBadPort},
         {"http://a:1:2", kBadPort},
         {"http://:80", kBadHost},
         {"tag://:80", kBadHost},
         {"http://[::1]x:8", kBadHost},
         {"http://[::1", kBadHost},
         {"http://[:8", kBadHost},
         {"http://a b/", kBadHost},
         {"tag://a b/", kBadHost},
         {"tag://%/", "tag://%/"}});
}

TEST(Url, path_and_its_dots) {
  check({{"http://a", "http://a/"},
         {"http://a/b\\c", "http://a/b/c"},
         {"http://a\\b", "http://a/b"},
         {"http://a/./b/../c", "http://a/c"},
         {"http://a/b/.", "http://a/b/"},
         {"http://a/b/..", "http://a/"},
         {"http://a/..", "http://a/"},
         {"http://a/../../b", "http://a/b"},
         {"http://a/b/%2e/c", "http://a/b/c"},
         {"http://a/b/%2E%2e/c", "http://a/c"},
         {"http://a/b/.%2e/c/%2E.", "http://a/"},
         {"http://a/.../%2e%2e%2e/.b/b.", "http://a/.../%2e%2e%2e/.b/b."},
         {"http://a/%2/%2e%", "http://a/%2/%2e%"},
         {"http://a//b//../c", "http://a//b/c"},
         {"http://a/ \"#", "http://a/%20%22#"},
         {"http://a/<>^`{}|[]%7C", "http://a/%3C%3E%5E%60%7B%7D|[]%7C"},
         {"http://a/\x7F\u00E9\U0001F600", "http://a/%7F%C3%A9%F0%9F%98%80"},
         {"tag://a", "tag://a"},
         {"tag://a/..", "tag://a/"},
         {"tag:/a\\..\\b", "tag:/a\\..\\b"},
         {"tag:/..", "tag:/"},
         {"tag:/a/..", "tag:/"}});
}

TEST(Url, path_that_would_read_as_a_host_is_written_behind_a_dot) {
  check({{"tag:/.//a", "tag:/.//a"}, {"tag:/b/..//a", "tag:/.//a"}, {"tag:////a", "tag:////a"}});
  STRCMP_EQUAL("//a", parsed("tag:/.//a").path.c_str());
}

TEST(Url, opaque_path_is_written_as_it_is) {
  Url url;
  url.scheme = "tag";
  url.path = "//a";
  url.hasOpaquePath = true;
  STRCMP_EQUAL("tag://a", url.href().c_str());
}

TEST(Url, opaque_path) {
  check({{"tag:", "tag:"},
         {"mailto:a@b", "mailto:a@b"},
         {"tag:a/../b\\c", "tag:a/../b\\c"},
         {"tag:a \"<>^`{}'b", "tag:a \"<>^`{}'b"},
         {"tag:\u00E9\x7F\x01z", "tag:%C3%A9%7F%01z"},
         {"tag:a  ?q", "tag:a %20?q"},
         {"tag:a  #f", "tag:a %20#f"},
         {"tag: ", "tag:"},
         {"tag:a?b ?c #d", "tag:a?b%20?c%20#d"}});
}

TEST(Url, query_and_fragment) {
  check({{"http://a?", "http://a/?"},
         {"http://a#", "http://a/#"},
         {"http://a?b?c#d#e?f", "http://a/?b?c#d#e?f"},
         {"http://a/? \"'<>`\u00E9^{}", "http://a/?%20%22%27%3C%3E`%C3%A9^{}"},
         {"tag:?'", "tag:?'"},
         {"tag://a/?'", "tag://a/?'"},
         {"http://a/# \"'<>`\u00E9^{}|", "http://a/#%20%22'%3C%3E%60%C3%A9^{}|"},
         {"http://a/?%zz%41#%", "http://a/?%zz%41#%"},
         {"http://a/?/../#/../\\", "http://a/?/../#/../\\"}});
}

TEST(Url, file) {
  check({{"file:", "file:///"},
         {"file:?q", "file:///?q"},
         {"file:a", "file:///a"},
         {"file:/a", "file:///a"},
         {"FILE:\\a\\b", "file:///a/b"},
         {"file://host", "file://host/"},
         {"file://Host/a", "file://host/a"},
         {"file:\\\\host\\a", "file://host/a"},
         {"file://localhost/a", "file:///a"},
         {"file://LOCALHOST", "file:///"},
         {"file:///a", "file:///a"},
         {"file:////a", "file:////a"},
         {"file://host:80/a", kBadHost},
         {"file://u@host/a", kBadHost},
         {"file://[::1]/a", "file://[::1]/a"},
         {"file://0x7f.1/", "file://127.0.0.1/"},
         {"file://a^b/", kBadHost}});
}

TEST(Url, drive_letters) {
  check({{"file:C|", "file:///C:"},
         {"file:c:/..", "file:///c:/"},
         {"file:///C|/a/../..", "file:///C:/"},
         {"file:///C:/../../b", "file:///C:/b"},
         {"file://C:/a", "file:///C:/a"},
         {"file://C|", "file:///C:"},
         {"file://C|\\a", "file:///C:/a"},
         {"file:///a/C|", "file:///a/C|"},
         {"file:///C|x", "file:///C|x"},
         {"file:///C:x/../b", "file:///b"},
         {"file:///1|", "file:///1|"},
         {"file://C:8/", kBadHost},
         {"tag:///C|/..", "tag:///"},
         {"http://a/C|/..", "http://a/"}});
}

TEST(Url, every_damaged_text_is_a_url_that_stays_or_none) {
  const std::vector<std::string> pieces = {
      "http", "file", "tag", ":", "/",  "\\",   "//",   "@", "[", "]",  "::1",  "?",        "#", "..", "%2e",
      "%",    "a",    "C|",  " ", "\t", "\xFF", "\xC3", "é", "1", "0x", "xn--", "\xC2\xAD", "^", "'",  "."};
  const Url bases[] = {parsed("http://a/b"), parsed("file:///C:/x"), parsed("tag:/.//x"), parsed("tag:x?q")};
  Dice dice(7);
  for (int i = 0; i < 30000; ++i) {
    const std::string input = dice.join(pieces, 12);
    const Url* const base = dice.chance(2) ? nullptr : &bases[dice.below(std::size(bases))];
    for (const char c : hrefOf(input, base)) CHECK_TRUE_TEXT(c >= 0x20 && c < 0x7F, input.c_str());
  }
}

TEST(Url, random_bytes) {
  Dice dice(8);
  for (int i = 0; i < 5000; ++i) (void)hrefOf("http:" + dice.bytes(30));
}

TEST(Url, a_long_segment_is_not_read_again_for_each_that_is_taken_back) {
  const std::string first(4 * kMebibyte, 'a');
  const auto start = std::chrono::steady_clock::now();
  const auto url = parseUrl("file:///" + first + "/" + repeat("x/../", kMebibyte / 5));
  CHECK_TRUE(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK_TRUE(url && url->path == "/" + first + "/");
}

TEST(Url, a_mebibyte_of_anything) {
  for (const std::string_view piece :
       {"/", "\\", "..",   "/..",    "/a/..", "/%2e%2e", "a.", "@",     ":",  ":@", "[", "]",
        "?", "#",  "\xFF", "\u00E9", "%41",   "\t",      " ",  "xn--.", "1.", "0",  "[:"}) {
    const std::string text = repeat(piece, kMebibyte / piece.size());
    for (const std::string_view front : {"http://", "file:///", "tag:", "http://a/"}) {
      const auto url = parseUrl(std::string(front) + text);
      // A byte becomes three triplets at most.
      CHECK_TRUE(!url || url->href().size() <= 9 * (text.size() + front.size()));
    }
  }
}

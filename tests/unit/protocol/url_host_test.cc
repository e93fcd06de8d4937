#include "protocol/url_host.h"

#include <string>
#include <string_view>

#include "protocol/hostile.h"
#include "protocol/idna.h"
#include "protocol/ipv4.h"
#include "protocol/ipv6.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::domainToAscii;
using mercure::protocol::endsInNumber;
using mercure::protocol::HostKind;
using mercure::protocol::kMaxUnicodeDomainSize;
using mercure::protocol::parseHost;
using mercure::protocol::parseIpv4;
using mercure::protocol::parseIpv6;
using mercure::protocol::serializeIpv4;
using mercure::protocol::serializeIpv6;
using namespace mercure::protocol::test;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kFailure = "failure";

struct Case {
  std::string_view input;
  std::string_view expected;
};

template <std::size_t Count>
void check(HostKind kind, const Case (&cases)[Count]) {
  for (const Case& c : cases) {
    const std::string host = parseHost(Exact(c.input), kind).value_or(std::string(kFailure));
    STRCMP_EQUAL_TEXT(std::string(c.expected).c_str(), host.c_str(), std::string(c.input).c_str());
  }
}

template <std::size_t Count>
void checkDomains(const Case (&cases)[Count]) {
  check(HostKind::Domain, cases);
}

template <std::size_t Count>
void checkOpaque(const Case (&cases)[Count]) {
  check(HostKind::Opaque, cases);
}

}  // namespace

TEST_GROUP(UrlHost){};

TEST(UrlHost, domain_in_ascii_is_lowered) {
  checkDomains({{"Example.ORG", "example.org"},
                {"a..b.", "a..b."},
                {"-a_b-!$&'()*+,;=~\"`{}", "-a_b-!$&'()*+,;=~\"`{}"},
                {"..", ".."}});
}

TEST(UrlHost, domain_in_ascii_needs_no_valid_punycode) {
  checkDomains({{"XN--Bcher-KVA.example", "xn--bcher-kva.example"},
                {"xn--a", "xn--a"},
                {"xn--", "xn--"},
                {"xn--8i7caa", "xn--8i7caa"},
                {"%78n--a", "xn--a"}});
}

TEST(UrlHost, domain_is_percent_decoded_once) {
  checkDomains({{"%65x%61mple", "example"},
                {"a%2Eb", "a.b"},
                {"b%C3%BCcher", "xn--bcher-kva"},
                {"%31%32%37.1", "127.0.0.1"},
                {"%2561", kFailure},
                {"a%", kFailure},
                {"a%2", kFailure},
                {"a%zz", kFailure},
                {"%ff", kFailure},
                {"%C3", kFailure}});
}

TEST(UrlHost, domain_has_no_forbidden_code_points) {
  for (int byte = 0; byte < 0x80; ++byte) {
    constexpr std::string_view kForbidden = " #%/:<>?@[\\]^|\x7F";
    const bool isForbidden =
        byte < 0x20 || kForbidden.find(static_cast<char>(byte)) != std::string_view::npos;
    const std::string raw = std::string("a") + static_cast<char>(byte) + "b";
    CHECK_EQUAL_TEXT(!isForbidden, parseHost(raw, HostKind::Domain).has_value(), raw.c_str());
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const std::string encoded = {'a', '%', kHex[static_cast<std::size_t>(byte) / 16], kHex[byte % 16U], 'b'};
    CHECK_EQUAL_TEXT(!isForbidden, parseHost(encoded, HostKind::Domain).has_value(), encoded.c_str());
    // The same beside a letter that isn't ASCII.
    CHECK_EQUAL_TEXT(!isForbidden, parseHost(raw + "\u00FC", HostKind::Domain).has_value(), raw.c_str());
  }
}

TEST(UrlHost, domain_is_mapped_to_ascii) {
  checkDomains({{"B\u00DCCHER.example", "xn--bcher-kva.example"},
                {"bu\u0308cher", "xn--bcher-kva"},
                {"stra\u00DFe", "xn--strae-oqa"},
                {"\u03C3\u03C2", "xn--3xab"},
                {"\uFF27\uFF4F.com", "go.com"},
                {"a\u3002b\uFF0Ec\uFF61", "a.b.c."},
                {"a\u00ADb", "ab"},
                {"\u2615", "xn--53h"},
                {"\u00FC..-\u00FC-", "xn--tda..xn-----xka"},
                {"ab--\u00FC", "xn--ab---3ra"},
                {"\uFF10x7F.1", "127.0.0.1"}});
}

TEST(UrlHost, domain_that_is_not_ascii_must_be_valid) {
  checkDomains({{"\u00AD", kFailure},
                {"\uFFFD", kFailure},
                {"\u0301a", kFailure},
                {"\u200C", kFailure},
                {"a\u200Db", kFailure},
                {"\u0915\u094D\u200D\u0937", "xn--11b2ezcw70k"},
                {"\u05D0a", kFailure},
                {"\u00FC.1\u05D0", kFailure},
                {"\u05D01", "xn--1-zhc"},
                {"\uFF05\uFF14\uFF11", kFailure},
                {"a\uFF0Fb", kFailure},
                {"xn--\u00FC", kFailure},
                {"\u00FC.xn--a", kFailure},
                {"\u00FC.xn--bcher-kva", "xn--tda.xn--bcher-kva"},
                {"\U000E0001", kFailure}});
}

TEST(UrlHost, domain_may_have_long_labels_up_to_a_limit) {
  const std::string label = repeat("\u00FC", 100);
  CHECK_TRUE(parseHost(label, HostKind::Domain).has_value());
  const std::string longest = repeat("\u00FC", kMaxUnicodeDomainSize / 2);
  CHECK_TRUE(parseHost(longest, HostKind::Domain).has_value());
  CHECK_FALSE(parseHost(longest + "a", HostKind::Domain).has_value());
  CHECK_TRUE(parseHost(repeat("a", kMebibyte), HostKind::Domain).has_value());
}

TEST(UrlHost, domain_conversion_finds_room_for_what_grows) {
  // Each becomes a label of seven bytes and a dot.
  const std::string domain = repeat("\u00FC.", 300);
  STRCMP_EQUAL(repeat("xn--tda.", 300).c_str(), domainToAscii(domain).value_or("").c_str());
}

TEST(UrlHost, is_never_empty) {
  checkDomains({{"", kFailure}, {"%C2%AD", kFailure}});
  checkOpaque({{"", ""}});
}

TEST(UrlHost, opaque) {
  checkOpaque({{"Example", "Example"},
               {"1.2", "1.2"},
               {"a%zz%41", "a%zz%41"},
               {"\u00FC\x01\x7F", "%C3%BC%01%7F"},
               {"a\"`{}'b", "a\"`{}'b"},
               {"xn--a", "xn--a"},
               {"[::1]", "[::1]"},
               {"a\0"sv, kFailure},
               {"a\tb", kFailure},
               {"a b", kFailure},
               {"a<", kFailure},
               {"a>", kFailure},
               {"a\\", kFailure},
               {"a]", kFailure},
               {"a^", kFailure},
               {"a|", kFailure},
               {"a@b", kFailure}});
}

TEST(UrlHost, ipv4) {
  checkDomains({{"127.0.0.1", "127.0.0.1"},
                {"1.2.3.4.", "1.2.3.4"},
                {"0", "0.0.0.0"},
                {"4294967295", "255.255.255.255"},
                {"1.16777215", "1.255.255.255"},
                {"1.2.65535", "1.2.255.255"},
                {"0x7F.1", "127.0.0.1"},
                {"0X", "0.0.0.0"},
                {"0x.0x.0", "0.0.0.0"},
                {"010.0x10.010.8", "8.16.8.8"},
                {"00000000000000000000000000000001", "0.0.0.1"},
                {"0x000000000000000000000000000000ff.1", "255.0.0.1"},
                {"4294967296", kFailure},
                {"1.16777216", kFailure},
                {"1.2.65536", kFailure},
                {"1.2.3.256", kFailure},
                {"256.1", kFailure},
                {"1.256.1", kFailure},
                {"1.2.3.4.5", kFailure},
                {"1.2.3.4..", "1.2.3.4.."},
                {"1..2", kFailure},
                {".1", kFailure},
                {"08", kFailure},
                {"1.2.3.09", kFailure},
                {"018.1", kFailure},
                {"a.1", kFailure},
                {"a.0x", kFailure},
                {"18446744073709551616", kFailure},
                {"0xFFFFFFFFFFFFFFFFFFFF", kFailure},
                {"1.a", "1.a"},
                {"a.0xg", "a.0xg"},
                {"a.1e", "a.1e"},
                {"1.-2", "1.-2"},
                {"1.+2", "1.+2"}});
}

TEST(UrlHost, ipv4_numbers_at_the_end) {
  for (const std::string_view text :
       {"1", "a.1", "1.", "a.09", "a.0x", "a.0Xf.", "99999999999999999999999"}) {
    CHECK_TRUE_TEXT(endsInNumber(Exact(text)), text.data());
  }
  for (const std::string_view text : {"", ".", "a", "1.a", "1..", "a.1a", "a.0xg", "a.x1", "1.0b1"}) {
    CHECK_FALSE_TEXT(endsInNumber(Exact(text)), text.data());
  }
}

TEST(UrlHost, ipv4_serializer) {
  STRCMP_EQUAL("0.0.0.0", serializeIpv4(0).c_str());
  STRCMP_EQUAL("255.254.1.128", serializeIpv4(0xFFFE0180).c_str());
  CHECK_TRUE(parseIpv4("255.254.1.128") == 0xFFFE0180U);
}

TEST(UrlHost, ipv6) {
  checkDomains({{"[::]", "[::]"},
                {"[::1]", "[::1]"},
                {"[1::]", "[1::]"},
                {"[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"},
                {"[2001:DB8:0::00aB]", "[2001:db8::ab]"},
                {"[0:0:0:0:0:0:0:0]", "[::]"},
                {"[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"},
                {"[1:0:0:2:0:0:3:4]", "[1::2:0:0:3:4]"},
                {"[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"},
                {"[0:0:1:0:0:0:0:0]", "[0:0:1::]"},
                {"[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"},
                {"[::2:3:4:5:6:7:8]", "[0:2:3:4:5:6:7:8]"},
                {"[::ffff:1.2.3.4]", "[::ffff:102:304]"},
                {"[1:2:3:4:5:6:0.0.0.255]", "[1:2:3:4:5:6:0:ff]"},
                {"[1::255.255.255.255]", "[1::ffff:ffff]"},
                {"[1:2:3:4:5::1.2.3.4]", "[1:2:3:4:5:0:102:304]"}});
}

TEST(UrlHost, ipv6_failures) {
  for (const std::string_view text : {"",
                                      ":",
                                      ":1",
                                      "1",
                                      "1:",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      ":::",
                                      "1:::2",
                                      "1::2::3",
                                      "12345::",
                                      "::g",
                                      "::1 ",
                                      "::1%25eth0",
                                      "::1.",
                                      "::.1.2.3",
                                      "::1.2.3",
                                      "::1.2.3.",
                                      "::1.2.3.4.5",
                                      "::1.2.3.256",
                                      "::01.2.3.4",
                                      "::1.00.3.4",
                                      "::1.2.3.4:5",
                                      "::1a.2.3.4",
                                      "::1..2.3",
                                      "::1.2.3.4x",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::-1",
                                      "1:2:3:4:5:6:7:8:",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1.2.3.1000",
                                      "::%31",
                                      "1:2:3:4:5:6::1.2.3.4",
                                      "1:1.2.3.4:"}) {
    CHECK_FALSE_TEXT(parseIpv6(Exact(text)).has_value(), text.data());
  }
  checkDomains(
      {{"[", kFailure}, {"[]", kFailure}, {"[::1", kFailure}, {"::1]", kFailure}, {"[::1]a", kFailure}});
  checkOpaque({{"[", kFailure}, {"[::1", kFailure}, {"[::1]a", kFailure}, {"[[::1]]", kFailure}});
}

TEST(UrlHost, ipv6_serializer_and_parser_agree) {
  Dice dice(5);
  for (int i = 0; i < 20000; ++i) {
    mercure::protocol::Ipv6Address address{};
    for (std::uint16_t& piece : address)
      piece = static_cast<std::uint16_t>(dice.chance(2) ? 0 : dice.below(0x10000));
    const std::string text = serializeIpv6(address);
    CHECK_TRUE_TEXT(parseIpv6(Exact(text)) == address, text.c_str());
  }
}

TEST(UrlHost, every_part_of_an_address_is_read_within_its_end) {
  constexpr std::string_view kAddress = "1:2:3:4:5::102.103.104.105";
  for (std::size_t size = 0; size < kAddress.size(); ++size) (void)parseIpv6(Exact(kAddress.substr(0, size)));
  CHECK_TRUE(parseIpv6(Exact(kAddress)).has_value());
}

TEST(UrlHost, anything_is_a_host_or_none) {
  const std::vector<std::string> pieces = {"[",      "]",      ":",   "::",     "1",      "0x",     ".",
                                           "%",      "%3",     "%00", "a",      "xn--",   "\u00FC", "\u00AD",
                                           "\u05D0", "\u200D", "-",   "\uFF0E", "\uFF10", "g",      "f"};
  Dice dice(6);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = dice.join(pieces, 9);
    if (const auto host = parseHost(Exact(text), HostKind::Domain)) {
      CHECK_TRUE_TEXT(parseHost(*host, HostKind::Domain) == host, text.c_str());
    }
    if (const auto host = parseHost(Exact(text), HostKind::Opaque)) {
      CHECK_TRUE_TEXT(parseHost(*host, HostKind::Opaque) == host, text.c_str());
    }
  }
}

#include "auth/private_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;

namespace {

bool isPrivate(const std::string& text) {
  if (text.find(':') == std::string::npos) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    CHECK_TEXT(inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1, text.c_str());
    return isPrivateAddress(reinterpret_cast<const sockaddr&>(address), sizeof address);
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  CHECK_TEXT(inet_pton(AF_INET6, text.c_str(), &address.sin6_addr) == 1, text.c_str());
  return isPrivateAddress(reinterpret_cast<const sockaddr&>(address), sizeof address);
}

void checkPrivate(const std::string& text) {
  CHECK_TEXT(isPrivate(text), (text + " passes as public").c_str());
}

void checkPublic(const std::string& text) {
  CHECK_TEXT(!isPrivate(text), (text + " passes as private").c_str());
}

/// The ends of each private range, and the public addresses beside them.
struct Edge {
  const char* before;
  const char* first;
  const char* last;
  const char* after;
};

}  // namespace

TEST_GROUP(PrivateAddress){};

TEST(PrivateAddress, P1_SEC_01_theRangesOfIPv4EndWhereTheyShould) {
  constexpr std::array<Edge, 12> edges{{{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
                                        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
                                        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
                                        {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
                                        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
                                        {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
                                        {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
                                        {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
                                        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
                                        {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
                                        {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
                                        {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"}}};
  for (const Edge& edge : edges) {
    checkPublic(edge.before);
    checkPrivate(edge.first);
    checkPrivate(edge.last);
    checkPublic(edge.after);
  }
  for (const char* address : {"0.0.0.0", "0.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
                              "255.255.255.255", "169.254.169.254", "127.0.0.1"})
    checkPrivate(address);
  for (const char* address : {"1.0.0.0", "223.255.255.255", "8.8.8.8", "93.184.216.34"}) checkPublic(address);
}

TEST(PrivateAddress, P1_SEC_01_whatIsNotGlobalUnicastInIPv6IsPrivate) {
  for (const char* address :
       {"::", "::1", "::2", "::8.8.8.8", "::127.0.0.1", "100::1", "64:ff9b:1::808:808",
        "1fff:ffff::", "4000::", "5f00::1", "fc00::1", "fd12:3456:789a::1", "fdff:ffff::1", "fe80::1",
        "febf::1", "fec0::1", "ff02::1", "ff0e::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})
    checkPrivate(address);
  for (const char* address : {"2606:4700::1111", "2a00:1450:4001::200e", "3ffe:ffff::1"})
    checkPublic(address);
}

TEST(PrivateAddress, reservedPartsOfGlobalUnicastArePrivate) {
  constexpr std::array<Edge, 3> edges{
      {{"2000:ffff::", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
       {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
       {"3ffe:ffff:ffff::", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"}}};
  for (const Edge& edge : edges) {
    checkPublic(edge.before);
    checkPrivate(edge.first);
    checkPrivate(edge.last);
    checkPublic(edge.after);
  }
}

TEST(PrivateAddress, anIPv4AddressIsLookedAtInEachFormThatIPv6GivesIt) {
  for (const char* address : {"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
                              "64:ff9b::127.0.0.1", "64:ff9b::192.168.1.1", "64:ff9b::a9fe:a9fe",
                              "2002:7f00:1::", "2002:a00:1:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:101::"})
    checkPrivate(address);
  for (const char* address : {"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::7f00:1"})
    checkPublic(address);
  // Not quite those forms.
  for (const char* address : {"::fffe:8.8.8.8", "::1:ffff:8.8.8.8", "64:ff9b::1:8.8.8.8"})
    checkPrivate(address);
}

TEST(PrivateAddress, whatIsNoAddressOfTheInternetIsPrivate) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  CHECK_TRUE(isPrivateAddress(reinterpret_cast<const sockaddr&>(local), sizeof local));
  sockaddr_in address{};
  CHECK_TRUE(isPrivateAddress(reinterpret_cast<const sockaddr&>(address), sizeof address));
}

TEST(PrivateAddress, oneThatIsCutOffIsPrivate) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  CHECK_EQUAL(1, inet_pton(AF_INET, "8.8.8.8", &v4.sin_addr));
  CHECK_TRUE(isPrivateAddress(reinterpret_cast<const sockaddr&>(v4), sizeof v4 - 1));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  CHECK_EQUAL(1, inet_pton(AF_INET6, "2606:4700::1111", &v6.sin6_addr));
  CHECK_TRUE(isPrivateAddress(reinterpret_cast<const sockaddr&>(v6), sizeof v6 - 1));
  CHECK_FALSE(isPrivateAddress(reinterpret_cast<const sockaddr&>(v6), sizeof v6));
}

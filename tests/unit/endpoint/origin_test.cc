#include "endpoint/origin.h"

#include <initializer_list>

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint {
namespace {

OriginList listOf(std::initializer_list<std::string_view> entries) {
  OriginList list;
  for (const auto entry : entries) {
    const auto added = list.add(entry);
    CHECK_TEXT(added.has_value(), added ? "" : added.error().c_str());
  }
  return list;
}

void checkRefusedEntry(std::string_view entry, std::string_view gist) {
  OriginList list;
  const auto added = list.add(entry);
  CHECK_TEXT(!added.has_value(), std::string(entry).c_str());
  CHECK(list.empty());
  if (added) return;
  CHECK_TEXT(added.error().find(gist) != std::string::npos, added.error().c_str());
  CHECK_TEXT(added.error().find("expected ") != std::string::npos, added.error().c_str());
  CHECK_TEXT(added.error().find('\n') == std::string::npos, added.error().c_str());
}

TEST_GROUP(Origin){};

TEST(Origin, P0_CORS_08_entriesThatAreOrigins) {
  for (const char* entry : {"*", "null", "https://example.com", "HTTPS://Example.COM",
                            "https://example.com:8443", "http://localhost", "http://localhost:*",
                            "http://127.0.0.1:3000", "http://[::1]:3000", "https://*.example.com",
                            "capacitor://", "capacitor://localhost", "chrome-extension://abcdefghijklmnop",
                            "app://-", "https://xn--bcher-kva.example", "https://a_b.example.com"}) {
    OriginList list;
    const auto added = list.add(entry);
    CHECK_TEXT(added.has_value(), added ? "" : added.error().c_str());
    CHECK(!list.empty());
  }
}

TEST(Origin, P0_CORS_08_entriesThatAreNone) {
  checkRefusedEntry("", "has no scheme");
  checkRefusedEntry("example.com", "has no scheme");
  checkRefusedEntry("//example.com", "has no scheme");
  checkRefusedEntry("https:example.com", "has no scheme");
  checkRefusedEntry("https://example.com/", "has a path, and even a lone slash is one");
  checkRefusedEntry("https://example.com/app", "has a path");
  checkRefusedEntry("https://example.com?x", "has a query");
  checkRefusedEntry("https://example.com#x", "has a fragment");
  checkRefusedEntry("https://user@example.com", "names a user");
  checkRefusedEntry("https://user:secret@example.com", "names a user");
  checkRefusedEntry("*://example.com", "scheme");
  checkRefusedEntry("http*://example.com", "scheme");
  checkRefusedEntry("1http://example.com", "scheme");
  checkRefusedEntry("://example.com", "scheme");
  checkRefusedEntry("https://example.com:", "port");
  checkRefusedEntry("https://example.com:80*", "port");
  checkRefusedEntry("https://example.com:123456", "port");
  checkRefusedEntry("https://example.com:http", "port");
  checkRefusedEntry("https://", "has no host");
  checkRefusedEntry("http://:8080", "has no host");
  checkRefusedEntry("https://.example.com", "host");
  checkRefusedEntry("https://exa mple.com", "host");
  checkRefusedEntry("https://example.com,https://b.example", "set apart by blanks");
  checkRefusedEntry("https://[::1", "host");
  checkRefusedEntry(
      "https://b\xc3\xbc"
      "cher.example",
      "xn--");
  checkRefusedEntry("https://example.com\n", "ASCII");
  checkRefusedEntry("**", "has no scheme");
}

TEST(Origin, P0_CORS_07_comparedInLowerCase) {
  const auto list = listOf({"https://App.Example"});
  CHECK(list.allows("https://app.example"));
  CHECK(list.allows("HTTPS://APP.EXAMPLE"));
  CHECK(!list.allows("http://app.example"));
  CHECK(!list.allows("https://app.example.evil"));
  CHECK(!list.allows("https://evil.app.example"));
  CHECK(!list.allows("https://app.example:8443"));
  CHECK(!list.allowsAll());
}

TEST(Origin, theSchemesOwnPortIsTheSameAsNone) {
  CHECK(listOf({"https://app.example:443"}).allows("https://app.example"));
  CHECK(listOf({"http://app.example:80"}).allows("http://app.example"));
  CHECK(listOf({"https://app.example"}).allows("https://app.example:443"));
  CHECK(!listOf({"https://app.example:80"}).allows("https://app.example"));
}

TEST(Origin, P0_CORS_07_CSRF_05_oneWildcard) {
  const auto list = listOf({"https://*.example.com"});
  CHECK(list.allows("https://a.example.com"));
  CHECK(list.allows("https://a.b.example.com"));
  CHECK(!list.allows("https://example.com"));
  CHECK(!list.allows("http://a.example.com"));
  CHECK(!list.allows("https://a.example.com:8443"));
  CHECK(!list.allows("https://a.example.com.evil"));
  CHECK(!list.allows("https://aexample.com"));

  CHECK(listOf({"https://preview-*.example.com"}).allows("https://preview-12.example.com"));
  CHECK(!listOf({"https://preview-*.example.com"}).allows("https://preview-12.example.org"));
  // The two halves of an entry may not share a character.
  CHECK(!listOf({"https://ab*ba.example"}).allows("https://aba.example"));
  CHECK(listOf({"https://ab*ba.example"}).allows("https://abba.example"));

  checkRefusedEntry("https://*.*.example.com", "more than one *");
  checkRefusedEntry("http://*:*", "more than one *");
}

TEST(Origin, aWildcardPortIsAnyPort) {
  const auto list = listOf({"http://localhost:*"});
  CHECK(list.allows("http://localhost:3000"));
  CHECK(list.allows("http://localhost:80"));
  CHECK(list.allows("http://localhost"));
  CHECK(!list.allows("https://localhost:3000"));
  CHECK(!list.allows("http://localhost.evil:3000"));
  CHECK(!list.allows("http://localhost:3000.evil.example"));
  CHECK(!list.allows("http://localhost:x@evil.example"));
  CHECK(!list.allows("http://localhost:3000/"));
  CHECK(!list.allows("http://localhost:"));
  CHECK(listOf({"http://[::1]:*"}).allows("http://[::1]:3000"));
}

TEST(Origin, P0_CSRF_05_hostileOriginsMatchNoWildcard) {
  const auto list = listOf({"https://*.example.com", "https://*", "capacitor://"});
  for (const char* origin : {"https://evil.com/.example.com",
                             "https://evil.com#.example.com",
                             "https://evil.com?.example.com",
                             "https://evil.com\\.example.com",
                             "https://user@evil.com.example.com",
                             "https://evil.com:x@a.example.com",
                             "https://evil.com a.example.com",
                             "https://evil.com\t.example.com",
                             "https://evil.com\r\n.example.com",
                             "https://evil.com,.example.com",
                             "https://evil.com, https://a.example.com",
                             "https://evil.com https://a.example.com",
                             "https://evil.com:443:.example.com",
                             "https://evil.com:80.example.com",
                             "https://.example.com",
                             "https://%2e.example.com",
                             "https://*.example.com",
                             "https://\x00.example.com",
                             "https://\xc3\xa9.example.com",
                             "https://[.example.com",
                             "https://[::1].example.com",
                             "https://",
                             "https://:443",
                             "https",
                             "://",
                             "",
                             " ",
                             "null",
                             "*",
                             " https://a.example.com",
                             "https://a.example.com ",
                             "capacitor://x/",
                             "javascript://a.example.com/%0a"}) {
    CHECK_TEXT(!list.allows(origin), origin);
  }
  using namespace std::string_view_literals;
  CHECK(!list.allows("https://a\0.example.com"sv));
  CHECK(!list.allows("https://a.example.com\0"sv));
}

TEST(Origin, P0_CORS_08_ownSchemesWithoutAHost) {
  const auto list = listOf({"capacitor://"});
  CHECK(list.allows("capacitor://"));
  CHECK(list.allows("Capacitor://"));
  CHECK(!list.allows("capacitor://localhost"));
}

TEST(Origin, P0_CORS_08_nullOnlyWhereListed) {
  CHECK(listOf({"null"}).allows("null"));
  CHECK(!listOf({"null"}).allows("https://example.com"));
  CHECK(!listOf({"https://example.com"}).allows("null"));
}

TEST(Origin, P0_CSRF_05_everythingWithAnAsterisk) {
  const auto list = listOf({"https://app.example", "*"});
  CHECK(list.allowsAll());
  CHECK(list.allows("https://evil.example"));
  CHECK(list.allows("null"));
}

TEST(Origin, anEmptyListAllowsNothing) {
  const OriginList list;
  CHECK(list.empty());
  CHECK(!list.allows("https://app.example"));
  CHECK(!list.allows("null"));
  CHECK(!list.allows(""));
}

TEST(Origin, aLongHostileOriginTakesLinearTime) {
  const auto list = listOf({"https://*.example.com", "https://preview-*-x.example.com"});
  CHECK(!list.allows("https://" + std::string(1'000'000, 'a') + ".example.org"));
  CHECK(!list.allows(std::string(1'000'000, ':')));
  CHECK(!list.allows(std::string(1'000'000, '/')));
}

TEST(Origin, P0_CSRF_03_ofAUrl) {
  STRCMP_EQUAL("https://app.example", originOf("https://app.example/page?x#y").c_str());
  STRCMP_EQUAL("https://app.example", originOf("https://app.example").c_str());
  STRCMP_EQUAL("https://app.example", originOf("HTTPS://App.Example:443/").c_str());
  STRCMP_EQUAL("http://app.example:8080", originOf("http://app.example:8080?x=/").c_str());
  STRCMP_EQUAL("http://[::1]:8080", originOf("http://[::1]:8080/a").c_str());
  STRCMP_EQUAL("https://evil.example", originOf("https://evil.example\\@app.example/").c_str());
}

TEST(Origin, P0_CSRF_04_aUrlWithoutOne) {
  for (const char* url : {"", "/page", "app.example/page", "https:/app.example", "https:///page",
                          "about:blank", "data:text/html,https://app.example",
                          "https://app.example@evil.example/", "https://user:pass@app.example/",
                          "https://app.example:x/", "https:// /", "x y://app.example/", "http://%zz/"}) {
    STRCMP_EQUAL("", originOf(url).c_str());
  }
}

TEST(Origin, isSame) {
  CHECK(isSameOrigin("https://hub.example", "HTTPS://HUB.example:443"));
  CHECK(isSameOrigin("http://hub.example:8080", "http://hub.example:8080"));
  CHECK(!isSameOrigin("https://hub.example", "http://hub.example"));
  CHECK(!isSameOrigin("https://hub.example", "https://hub.example:8443"));
  CHECK(!isSameOrigin("https://hub.example", "https://www.hub.example"));
  CHECK(!isSameOrigin("null", "null"));
  CHECK(!isSameOrigin("", ""));
}

}  // namespace
}  // namespace mercure::endpoint

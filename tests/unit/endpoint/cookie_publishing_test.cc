#include "endpoint/hub_fixture.h"

namespace mercure::endpoint {
namespace {

using hub::Refusal;
using test::checkContains;
using test::FakeRequest;
using test::kPA;

struct CookiePublishingFixture : test::HubFixture {
  void setup() override { CHECK(settings.publishOrigins.add("https://app.example").has_value()); }

  // A publish with the token in its cookie.
  static FakeRequest withCookie() {
    auto request = form("topic=a&id=e1", "");
    request.set("Cookie", "mercureAuthorization=" + kPA);
    return request;
  }
  static FakeRequest from(const std::string& name, const std::string& value) {
    auto request = withCookie();
    request.set(name, value);
    return request;
  }

  void checkPublished(FakeRequest request) {
    const auto answer = ask(request);
    CHECK_TEXT(!answer.refused, answer.refused ? answer.refused->explanation.c_str() : "");
    LONGS_EQUAL(200, answer.response.status);
    STRCMP_EQUAL("e1", published().id.c_str());
  }

  std::string refused(FakeRequest request, int status = 401, Refusal reason = Refusal::ForeignOrigin) {
    auto explanation = checkRefused(ask(request), status, reason);
    checkNothingPublished();
    LONGS_EQUAL(0, request.bodyReads);
    return explanation;
  }
};

TEST_GROUP_BASE(CookiePublishing, CookiePublishingFixture){};

TEST(CookiePublishing, P0_CSRF_05_aListedOrigin) {
  checkPublished(from("Origin", "https://app.example"));
}

TEST(CookiePublishing, P0_CSRF_07_caseDoesNotMatter) {
  checkPublished(from("Origin", "https://APP.example"));
  CHECK(settings.publishOrigins.add("https://Other.Example").has_value());
  checkPublished(from("Origin", "https://other.example"));
}

TEST(CookiePublishing, P0_CSRF_05_aForeignOrigin) {
  const auto explanation = refused(from("Origin", "https://evil.example"));
  checkContains(explanation, "https://evil.example");
  checkContains(explanation, "MercurePublishOrigins");
  refused(from("Origin", "null"));
  refused(from("Origin", ""));
  refused(from("Origin", "https://app.example.evil"));
  refused(from("Origin", "http://app.example"));
}

TEST(CookiePublishing, P0_CSRF_06_theOwnOriginWithoutAList) {
  settings.publishOrigins = {};
  checkPublished(from("Origin", "https://hub.example"));
  checkPublished(from("Origin", "HTTPS://HUB.EXAMPLE:443"));
  refused(from("Origin", "https://app.example"));
  refused(from("Origin", "http://hub.example"));
  refused(from("Origin", "https://hub.example:8443"));
  auto other = from("Origin", "http://hub.example:8080");
  other.origin = "http://hub.example:8080";
  checkPublished(other);
}

TEST(CookiePublishing, P0_CSRF_03_theRefererWithoutAnOrigin) {
  checkPublished(from("Referer", "https://app.example/page"));
  checkPublished(from("Referer", "https://hub.example/"));
  refused(from("Referer", "https://evil.example/https://app.example/"));
  refused(from("Referer", "https://app.example@evil.example/"));
}

TEST(CookiePublishing, P0_CSRF_03_theOriginHasPriority) {
  auto request = from("Referer", "https://app.example/page");
  request.set("Origin", "https://evil.example");
  refused(request);
}

TEST(CookiePublishing, P0_CSRF_03_neither) {
  checkContains(refused(withCookie()), "Referer");
  settings.publishOrigins = {};
  CHECK(settings.publishOrigins.add("*").has_value());
  refused(withCookie());
}

TEST(CookiePublishing, P0_CSRF_04_anUnparsableReferer) {
  for (const char* referer :
       {"", "/page", "app.example", "https://", "about:blank", "https://app.example:x/"}) {
    refused(from("Referer", referer));
  }
  auto twice = from("Referer", "https://app.example/");
  twice.set("Referer", "https://app.example/");
  refused(twice);
  CHECK(settings.publishOrigins.add("*").has_value());
  refused(from("Referer", "/page"));
  refused(twice);
}

TEST(CookiePublishing, aRefererIsNeverQuotedBeyondItsOrigin) {
  for (const char* referer :
       {"https://evil.example/?authorization=secret", "//evil.example/?authorization=secret"}) {
    CHECK(refused(from("Referer", referer)).find("secret") == std::string::npos);
  }
}

TEST(CookiePublishing, P0_CSRF_05_wildcards) {
  settings.publishOrigins = {};
  CHECK(settings.publishOrigins.add("https://*.example.com").has_value());
  checkPublished(from("Origin", "https://a.example.com"));
  refused(from("Origin", "https://evil.example/.example.com"));
  CHECK(settings.publishOrigins.add("*").has_value());
  checkPublished(from("Origin", "https://anybody.example"));
  checkPublished(from("Origin", "null"));
}

TEST(CookiePublishing, ANY_53_twoOrigins) {
  auto request = from("Origin", "https://app.example");
  request.set("Origin", "https://app.example");
  refused(request, 403);
  refused(from("Origin", "https://app.example, https://app.example"), 403);
}

TEST(CookiePublishing, P0_CSRF_02_onlyTheCookieIsChecked) {
  auto inField = form("topic=a&id=e1");
  inField.set("Origin", "https://evil.example");
  inField.set("Origin", "https://evil.example");
  inField.set("Cookie", "mercureAuthorization=" + kPA);
  checkPublished(inField);
  auto inQuery = form("topic=a&id=e1", "");
  inQuery.queryText = "authorization=" + kPA;
  inQuery.set("Origin", "https://evil.example");
  checkPublished(inQuery);
}

TEST(CookiePublishing, P0_CSRF_02_readingIsNotChecked) {
  FakeRequest request;
  request.queryText = "topic=a";
  request.set("Cookie", "mercureAuthorization=" + test::kSA);
  request.set("Origin", "https://evil.example");
  CHECK(ask(request).subscription.has_value());
}

TEST(CookiePublishing, ANY_44_originBeforeToken) {
  auto request = form("topic=a", "");
  request.set("Cookie", "mercureAuthorization=nonsense");
  request.set("Origin", "https://evil.example");
  refused(request);
  request.headerFields.back().second = "https://app.example";
  refused(request, 401, Refusal::InvalidToken);
}

TEST(CookiePublishing, P0_AUTH_09_aCookieOfAnotherName) {
  settings.oldCookie = "other";
  refused(from("Origin", "https://app.example"), 401, Refusal::NoToken);
  auto request = form("topic=a&id=e1", "");
  request.set("Cookie", "mercureAuthorization=x; other=" + kPA);
  request.set("Origin", "https://app.example");
  checkPublished(request);
}

TEST(CookiePublishing, ANY_13_aPasswordForTheServerLeavesTheCookieInCharge) {
  auto request = from("Origin", "https://app.example");
  request.set("Authorization", "Basic dXNlcjpwYXNz");
  refused(request, 401, Refusal::InvalidToken);
  request.serversPassword = true;
  checkPublished(request);
}

TEST(CookiePublishing, hostileOriginsStayOutOfTheExplanation) {
  const auto explanation =
      refused(from("Origin", "https://evil\r\n\x1b[31m\xc2\x85" + std::string(100'000, 'x') + ".example"));
  CHECK(explanation.size() < 400);
}

}  // namespace
}  // namespace mercure::endpoint

#include "endpoint/hub_fixture.h"

namespace mercure::endpoint {
namespace {

using hub::Refusal;
using test::checkContains;
using test::checkField;
using test::checkNoField;
using test::FakeRequest;

struct EndpointFixture : test::HubFixture {
  static FakeRequest of(std::string method, std::string subpath = "") {
    FakeRequest request;
    request.methodName = std::move(method);
    request.subpathText = std::move(subpath);
    return request;
  }

  std::string checkMethodRefused(FakeRequest request, const char* allow) {
    const auto answer = ask(request);
    LONGS_EQUAL(405, answer.response.status);
    STRCMP_EQUAL("", answer.response.body.c_str());
    checkField(answer.response, "Allow", allow);
    checkNoField(answer.response, "Content-Type");
    CHECK(answer.refused.has_value());
    CHECK(!answer.refused->explanation.empty());
    CHECK(!answer.subscription);
    UNSIGNED_LONGS_EQUAL(1,
                         hub().counters().refused[static_cast<std::size_t>(Refusal::BadRequest)].exchange(0));
    return answer.refused->explanation;
  }

  static void checkSecurityFields(const Response& response) {
    checkField(response, "X-Frame-Options", "DENY");
    checkField(response, "X-Content-Type-Options", "nosniff");
    checkField(response, "X-XSS-Protection", "1; mode=block");
    checkField(response, "Content-Security-Policy", "default-src 'self'");
  }
};

TEST_GROUP_BASE(Endpoint, EndpointFixture){};

TEST(Endpoint, P0_DISC_02_getSubscribesAndPostPublishes) {
  CHECK(ask(stream("topic=a")).subscription.has_value());
  STRCMP_EQUAL("e", ask(form("topic=a&id=e")).response.body.c_str());
}

TEST(Endpoint, ANY_40_otherMethods) {
  for (const char* method : {"PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get", "post", ""}) {
    checkMethodRefused(of(method), "GET, HEAD, POST");
  }
}

TEST(Endpoint, ANY_52_traceAndUnknownMethods) {
  checkMethodRefused(of("TRACE"), "GET, HEAD, POST");
  checkMethodRefused(of("BREW"), "GET, HEAD, POST");
  checkMethodRefused(of(std::string(100'000, 'X') + "\r\n"), "GET, HEAD, POST");
}

TEST(Endpoint, ANY_26_query) {
  checkMethodRefused(of("QUERY"), "GET, HEAD, POST");
}

TEST(Endpoint, P0_DISC_05_noPostWithoutPublisherKeys) {
  settings.publishers = {};
  checkContains(checkMethodRefused(form("topic=a"), "GET, HEAD"), "MercurePublisherJWT");
  CHECK(ask(stream("topic=a")).subscription.has_value());
}

TEST(Endpoint, P0_DISC_06_noGetWithoutSubscribers) {
  settings.subscribers = {};
  checkContains(checkMethodRefused(stream("topic=a"), "POST"), "MercureSubscriberJWT");
  checkMethodRefused(of("HEAD"), "POST");
  settings.anonymous = true;
  CHECK(ask(stream("topic=a", "")).subscription.has_value());
}

TEST(Endpoint, ANY_40_allowNamesPreflightsWhereTheyAreServed) {
  CHECK(settings.corsOrigins.add("https://app.example").has_value());
  settings.publishers = {};
  checkMethodRefused(of("PUT"), "GET, HEAD, OPTIONS");
}

TEST(Endpoint, P0_DISC_07_otherPathsAre404) {
  for (const char* subpath : {"/", "//", "/subscriptions", "/subscriptions/a/b", "/ui/", "/%2e"}) {
    for (const char* method : {"GET", "POST", "OPTIONS", "PUT"}) {
      const auto answer = ask(of(method, subpath));
      checkContains(checkRefused(answer, 404, Refusal::BadRequest), subpath);
    }
  }
}

TEST(Endpoint, P0_DISC_08_oneLineFor404) {
  STRCMP_EQUAL("Not Found\n", ask(of("GET", "/x")).response.body.c_str());
}

TEST(Endpoint, ANY_27_noMetadataDocument) {
  LONGS_EQUAL(404, ask(of("GET", "/.well-known/oauth-protected-resource")).response.status);
}

TEST(Endpoint, P0_DISC_09_errorsAreOneLineOfText) {
  checkRefused(ask(stream("")), 400, Refusal::BadRequest);
  checkRefused(ask(stream("", "")), 401, Refusal::NoToken);
  checkRefused(ask(form("topic=/.well-known/mercure")), 403, Refusal::ReservedTopic);
}

TEST(Endpoint, P0_DISC_10_securityFieldsOnEveryAnswer) {
  CHECK(settings.corsOrigins.add("https://app.example").has_value());
  checkSecurityFields(ask(stream("topic=a")).response);
  checkSecurityFields(ask(stream("")).response);
  checkSecurityFields(ask(stream("", "")).response);
  checkSecurityFields(ask(form("topic=a")).response);
  checkSecurityFields(ask(of("PUT")).response);
  checkSecurityFields(ask(of("GET", "/x")).response);
  auto preflight = of("OPTIONS");
  preflight.set("Access-Control-Request-Method", "GET");
  checkSecurityFields(ask(preflight).response);
}

TEST(Endpoint, P0_DISC_14_noLinkField) {
  checkNoField(ask(stream("topic=a")).response, "Link");
  checkNoField(ask(form("topic=a")).response, "Link");
}

TEST(Endpoint, P0_PUB_35_ANY_10_everyUnauthorizedAnswerCarriesTheBareChallenge) {
  checkField(ask(stream("topic=a", "")).response, "WWW-Authenticate", "Bearer");
  checkField(ask(form("topic=a", "")).response, "WWW-Authenticate", "Bearer");
  checkField(ask(form("topic=a", test::kP0)).response, "WWW-Authenticate", "Bearer");
  checkField(ask(form("topic=a", test::sign("{}", "wrong"))).response, "WWW-Authenticate", "Bearer");
}

TEST(Endpoint, P0_DISC_09_10_CORS_02_refusalsOfTheFrontCarryTheSameFieldsAndCountNothing) {
  CHECK(settings.corsOrigins.add("https://app.example").has_value());
  auto request = stream("topic=a");
  request.set("Origin", "https://app.example");
  const auto answer = refuse(request, settings, 503, Refusal::Limit, "1000 subscribers\nare here");
  LONGS_EQUAL(503, answer.response.status);
  STRCMP_EQUAL("Service Unavailable\n", answer.response.body.c_str());
  STRCMP_EQUAL("1000 subscribers?are here", answer.refused->explanation.c_str());
  checkOneLine(answer);
  checkSecurityFields(answer.response);
  checkField(answer.response, "Access-Control-Allow-Origin", "https://app.example");
  checkField(answer.response, "Vary", "Origin");
  UNSIGNED_LONGS_EQUAL(0, hub().counters().refused[static_cast<std::size_t>(Refusal::Limit)]);
}

}  // namespace
}  // namespace mercure::endpoint

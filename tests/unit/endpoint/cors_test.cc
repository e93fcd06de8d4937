#include <algorithm>

#include "endpoint/hub_fixture.h"

namespace mercure::endpoint {
namespace {

using hub::Refusal;
using test::checkField;
using test::checkNoField;
using test::FakeRequest;

struct CorsFixture : test::HubFixture {
  void setup() override { allow("https://app.example"); }

  void allow(std::string_view origin) { CHECK(settings.corsOrigins.add(origin).has_value()); }

  static FakeRequest streamFrom(const std::string& origin) {
    auto request = stream("topic=a");
    request.set("Origin", origin);
    return request;
  }

  static FakeRequest preflight(const std::string& origin, const std::string& method = "GET",
                               const std::string& fields = "") {
    FakeRequest request;
    request.methodName = "OPTIONS";
    request.set("Origin", origin);
    request.set("Access-Control-Request-Method", method);
    if (!fields.empty()) request.set("Access-Control-Request-Headers", fields);
    return request;
  }

  static void checkNoCorsField(const Response& response) {
    for (const auto& [name, value] : response.fields) {
      CHECK_TEXT(!name.starts_with("Access-Control-"), name.c_str());
    }
  }

  static void checkPreflight(const Answer& answer) {
    LONGS_EQUAL(204, answer.response.status);
    STRCMP_EQUAL("", answer.response.body.c_str());
    CHECK(!answer.subscription);
    checkField(answer.response, "Vary",
               "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    checkField(answer.response, "X-Frame-Options", "DENY");
    checkNoField(answer.response, "Access-Control-Expose-Headers");
  }

  void checkPermitted(FakeRequest request) {
    const auto answer = ask(request);
    checkPreflight(answer);
    CHECK_TEXT(!answer.refused, answer.refused ? answer.refused->explanation.c_str() : "");
    checkField(answer.response, "Access-Control-Allow-Credentials", "true");
    checkField(answer.response, "Access-Control-Allow-Methods",
               request.fields("Access-Control-Request-Method")[0]);
  }

  void checkNotPermitted(FakeRequest request) {
    const auto answer = ask(request);
    checkPreflight(answer);
    checkNoCorsField(answer.response);
    CHECK(answer.refused.has_value());
    CHECK(answer.refused->reason == Refusal::ForeignOrigin);
  }
};

TEST_GROUP_BASE(Cors, CorsFixture){};

TEST(Cors, P0_CORS_01_nothingWithoutAList) {
  settings.corsOrigins = {};
  const auto answer = ask(streamFrom("https://app.example"));
  CHECK(answer.subscription.has_value());
  checkNoCorsField(answer.response);
  checkNoField(answer.response, "Vary");
}

TEST(Cors, P0_CORS_02_anAllowedOriginIsEchoed) {
  const auto response = ask(streamFrom("https://App.example")).response;
  checkField(response, "Access-Control-Allow-Origin", "https://App.example");
  checkField(response, "Access-Control-Allow-Credentials", "true");
  checkField(response, "Vary", "Origin");
}

TEST(Cors, P0_CORS_02_varyOnEveryAnswer) {
  checkField(ask(stream("topic=a")).response, "Vary", "Origin");
  checkField(ask(stream("", "")).response, "Vary", "Origin");
  checkField(ask(form("topic=a")).response, "Vary", "Origin");
  FakeRequest elsewhere;
  elsewhere.subpathText = "/x";
  checkField(ask(elsewhere).response, "Vary", "Origin");
  FakeRequest put;
  put.methodName = "PUT";
  checkField(ask(put).response, "Vary", "Origin");
  checkNoCorsField(ask(put).response);
}

TEST(Cors, P0_CORS_02_errorsCanBeReadToo) {
  auto request = streamFrom("https://app.example");
  request.queryText.clear();
  const auto response = ask(request).response;
  LONGS_EQUAL(400, response.status);
  checkField(response, "Access-Control-Allow-Origin", "https://app.example");
}

TEST(Cors, P0_CORS_03_anAsteriskIsNotReflected) {
  allow("*");
  allow("null");
  const auto response = ask(streamFrom("https://anybody.example")).response;
  checkField(response, "Access-Control-Allow-Origin", "*");
  checkField(response, "Access-Control-Allow-Credentials", "true");
  checkField(response, "Vary", "Origin");
  checkNoCorsField(ask(stream("topic=a")).response);
  const auto permitted = ask(preflight("https://anybody.example", "POST", "authorization"));
  checkField(permitted.response, "Access-Control-Allow-Origin", "*");
}

TEST(Cors, P0_CORS_04_preflight) {
  const auto answer =
      ask(preflight("https://app.example", "GET", "authorization,cache-control,last-event-id"));
  checkPreflight(answer);
  checkField(answer.response, "Access-Control-Allow-Origin", "https://app.example");
  checkField(answer.response, "Access-Control-Allow-Credentials", "true");
  checkField(answer.response, "Access-Control-Allow-Methods", "GET");
  checkField(answer.response, "Access-Control-Allow-Headers", "authorization,cache-control,last-event-id");
}

TEST(Cors, P0_CORS_05_theAllowedMethods) {
  for (const char* method : {"GET", "POST", "HEAD"}) checkPermitted(preflight("https://app.example", method));
  for (const char* method : {"PUT", "DELETE", "QUERY", "get", "", "GET, POST", "GET\r\nX: y"}) {
    checkNotPermitted(preflight("https://app.example", method));
  }
}

TEST(Cors, ANY_55_theAllowedFields) {
  for (const char* fields :
       {"authorization", "last-event-id", "cache-control", "x-requested-with", "Last-Event-ID, Authorization",
        "x-requested-with,last-event-id,cache-control,authorization", "authorization,,\t ,last-event-id"}) {
    auto request = preflight("https://app.example", "GET", fields);
    checkPermitted(request);
    checkField(ask(request).response, "Access-Control-Allow-Headers", fields);
  }
  for (const char* fields : {"x-other", "authorization,x-other", "authorization;", "content-type", "*",
                             "authorization\r\nx: y", "authorization last-event-id"}) {
    checkNotPermitted(preflight("https://app.example", "GET", fields));
  }
}

TEST(Cors, P0_CORS_04_withoutFieldsNoneIsAllowed) {
  checkNoField(ask(preflight("https://app.example")).response, "Access-Control-Allow-Headers");
}

TEST(Cors, P0_CORS_04_preflightNeedsNoToken) {
  settings.requireTls = true;
  auto request = preflight("https://app.example", "POST", "authorization");
  request.encrypted = false;
  checkPermitted(request);
}

TEST(Cors, P0_CORS_05_aForeignOriginGetsNoPermission) {
  checkNotPermitted(preflight("https://evil.example"));
  checkNotPermitted(preflight("null"));
  checkNotPermitted(preflight(""));
  auto twice = preflight("https://app.example");
  twice.set("Origin", "https://app.example");
  checkNotPermitted(twice);
  auto none = preflight("");
  none.headerFields.erase(none.headerFields.begin());
  checkNotPermitted(none);
}

TEST(Cors, ANY_40_optionsThatIsNoPreflight) {
  FakeRequest request;
  request.methodName = "OPTIONS";
  request.set("Origin", "https://app.example");
  const auto answer = ask(request);
  LONGS_EQUAL(405, answer.response.status);
  checkField(answer.response, "Allow", "GET, HEAD, POST, OPTIONS");
}

TEST(Cors, P0_DISC_08_preflightOfAnotherPath) {
  auto request = preflight("https://app.example");
  request.subpathText = "/subscriptions";
  LONGS_EQUAL(404, ask(request).response.status);
}

TEST(Cors, P0_DISC_04_preflightWithoutAList) {
  settings.corsOrigins = {};
  const auto answer = ask(preflight("https://app.example"));
  LONGS_EQUAL(405, answer.response.status);
  checkField(answer.response, "Allow", "GET, HEAD, POST");
  checkNoCorsField(answer.response);
}

TEST(Cors, P0_CORS_06_aForeignOriginIsServedWithoutTheFields) {
  const auto answer = ask(streamFrom("https://evil.example"));
  CHECK(answer.subscription.has_value());
  checkNoCorsField(answer.response);
  checkField(answer.response, "Vary", "Origin");
}

TEST(Cors, P0_CORS_07_oneWildcard) {
  allow("https://*.example.com");
  checkField(ask(streamFrom("https://a.example.com")).response, "Access-Control-Allow-Origin",
             "https://a.example.com");
  checkNoCorsField(ask(streamFrom("https://evil.com/.example.com")).response);
  checkNoCorsField(ask(streamFrom("https://evil\r\nX-Y: z\r\n.example.com")).response);
}

TEST(Cors, theOwnOriginIsAllowed) {
  checkField(ask(streamFrom("https://hub.example")).response, "Access-Control-Allow-Origin",
             "https://hub.example");
  checkPermitted(preflight("https://hub.example"));
}

TEST(Cors, ANY_04_bothCursorFieldsAreExposed) {
  checkField(ask(streamFrom("https://app.example")).response, "Access-Control-Expose-Headers",
             "Link, Last-Event-ID, Mercure-Last-Event-ID");
}

TEST(Cors, twoOriginsAreNone) {
  auto request = streamFrom("https://app.example");
  request.set("Origin", "https://app.example");
  checkNoCorsField(ask(request).response);
}

TEST(Cors, hostileFieldLists) {
  checkNotPermitted(preflight("https://app.example", "GET", std::string(1'000'000, 'x')));
  checkPermitted(preflight("https://app.example", "GET", std::string(100'000, ',')));
}

}  // namespace
}  // namespace mercure::endpoint

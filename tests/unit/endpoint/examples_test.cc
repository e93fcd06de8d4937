#include "endpoint/hub_fixture.h"

// The rows of protocol-0x, section 16, as far as an endpoint without history and subscription events has
// them, with the corrections of protocol-any. What a stream delivers (rows 22 to 24) is asked of its
// subscription.

namespace mercure::endpoint {
namespace {

using hub::Refusal;
using test::checkContains;
using test::checkField;
using test::checkNoField;
using test::FakeRequest;
using test::kP0;
using test::kPA;
using test::kPB;
using test::kPN;
using test::kSA;
using test::kSB;
using test::kSNone;
using test::sign;

constexpr const char* kBook = "topic=https://example.com/books/1&data=hi&id=e1";

bool anyMatches(const std::vector<hub::Matcher>& matchers, const std::vector<std::string>& topics) {
  for (const auto& selector : matchers) {
    for (const auto& topic : topics) {
      if (selector->matches(topic)) return true;
    }
  }
  return false;
}

struct ExamplesFixture : test::HubFixture {
  void setup() override {
    CHECK(settings.publishOrigins.add("https://app.example").has_value());
    CHECK(settings.corsOrigins.add("https://app.example").has_value());
  }

  void checkStatus(int status, FakeRequest request) {
    LONGS_EQUAL(status, ask(request).response.status);
    if (status != 200) checkNothingPublished();
  }

  hub::Subscription opened(FakeRequest request) {
    auto answer = ask(request);
    CHECK_TEXT(answer.subscription.has_value(), answer.response.body.c_str());
    return *answer.subscription;
  }

  // Routing by one topic, the right to a private update by any (P0-SUB-14).
  static bool gets(const hub::Subscription& subscription, const hub::Record& record) {
    return anyMatches(subscription.matchers, record.topics) &&
           (!record.flags.isPrivate || anyMatches(subscription.rights, record.topics));
  }

  static FakeRequest cookieForm(const char* sourceField, const char* source) {
    auto request = form("topic=a", "");
    request.set("Cookie", "mercureAuthorization=" + kPA);
    if (*sourceField != '\0') request.set(sourceField, source);
    return request;
  }
};

TEST_GROUP_BASE(Examples, ExamplesFixture){};

TEST(Examples, row01_P0_PUB_36_37) {
  auto request = form(kBook);
  const auto answer = ask(request);
  LONGS_EQUAL(200, answer.response.status);
  STRCMP_EQUAL("e1", answer.response.body.c_str());
  checkContains(*test::fieldOf(answer.response, "Content-Type"), "text/plain");
}

TEST(Examples, row02_P0_PUB_11) {
  const auto answer = ask(form("topic=https://example.com/books/1&data=hi"));
  LONGS_EQUAL(200, answer.response.status);
  LONGS_EQUAL(std::string("urn:uuid:01890000-0000-7000-8000-000000000000").size(),
              answer.response.body.size());
}

TEST(Examples, row03_P0_PUB_31_ANY_10) {
  const auto answer = ask(form(kBook, ""));
  LONGS_EQUAL(401, answer.response.status);
  STRCMP_EQUAL("Unauthorized\n", answer.response.body.c_str());
  checkField(answer.response, "WWW-Authenticate", "Bearer");
}

TEST(Examples, row04_P0_PUB_32) {
  checkStatus(401, form(kBook, kPA.substr(0, kPA.size() - 8) + "AAAAAAAA"));
  const auto none = test::base64url(R"({"alg":"none"})") + '.' +
                    test::base64url(R"({"sub":"me-and-more-than-forty-one-characters"})") + '.';
  checkStatus(401, form(kBook, none));
}

TEST(Examples, row05_ANY_11) {
  auto request = form(kBook, "");
  request.set("Authorization", "bearer " + kPA);
  checkStatus(200, request);
}

TEST(Examples, row06_P0_AUTH_05_06) {
  checkStatus(401, form(kBook, "x"));
  auto twice = form(kBook);
  twice.set("Authorization", "Bearer " + kPA);
  checkStatus(401, twice);
}

TEST(Examples, row07_P0_PUB_33_34) {
  checkStatus(401, form(kBook, kP0));
  checkStatus(401, form("topic=https://example.com/books/1&topic=https://example.com/x", kPB));
}

TEST(Examples, row08_P0_TOK_09) {
  checkStatus(200, form("topic=a&data=x", kPN));
}

TEST(Examples, row09_P0_PUB_03) {
  checkStatus(400, form("data=x"));
}

TEST(Examples, row10_P0_PUB_04) {
  auto request = form("data=x");
  request.queryText = "topic=a";
  checkStatus(400, request);
}

TEST(Examples, row11_P0_PUB_22) {
  auto request = form(R"({"topic":"a"})");
  request.headerFields.front().second = "application/json";
  checkContains(ask(request).response.body, "missing \"topic\"");
}

TEST(Examples, row12_P0_PUB_21) {
  auto request = form("topic=a");
  request.headerFields.front().second = "text/plain; boundary=";
  checkStatus(400, request);
}

TEST(Examples, row13_P0_PUB_15) {
  checkContains(ask(form("topic=a&retry=abc")).response.body, "retry");
  checkStatus(400, form("topic=a&retry=-1"));
}

TEST(Examples, row14_P0_PUB_17) {
  checkStatus(400, form("topic=a&id=x%0Aevent:%20y"));
  checkStatus(400, form("topic=a&type=x%0Aevent:%20y"));
}

TEST(Examples, row15_P0_PUB_18) {
  checkStatus(403, form("topic=https://example.com/.well-known/mercure/subscriptions/x"));
}

TEST(Examples, row16_P0_PUB_19) {
  std::string body = "topic=a";
  for (int i = 0; i < 1000; ++i) body += "&topic=a";
  checkStatus(400, form(body));
}

TEST(Examples, row17_P0_CSRF_05) {
  checkStatus(200, cookieForm("Origin", "https://app.example"));
}

TEST(Examples, row18_P0_CSRF_03_05) {
  checkStatus(401, cookieForm("Origin", "https://evil.example"));
  checkStatus(401, cookieForm("", ""));
}

TEST(Examples, row19_P0_CSRF_03) {
  checkStatus(200, cookieForm("Referer", "https://app.example/page"));
}

TEST(Examples, row20_P0_AUTH_07) {
  auto request = form("topic=a", "");
  request.queryText = "authorization=" + kPA;
  checkStatus(200, request);
}

TEST(Examples, row21_P0_SUB_08_09_10) {
  const auto answer = ask(stream("topic=https://example.com/books/{id}", kSNone));
  LONGS_EQUAL(200, answer.response.status);
  checkField(answer.response, "Content-Type", "text/event-stream");
  STRCMP_EQUAL(":\n", answer.response.body.c_str());
  checkNoField(answer.response, "Last-Event-ID");
}

TEST(Examples, row22_P0_EVT_02_03) {
  const auto subscription = opened(stream("topic=https://example.com/books/{id}", kSNone));
  (void)ask(form("topic=https://example.com/books/1&id=e1&data=a%0D%0Ab%0Dc%0Ad&type=t&retry=5"));
  const auto record = published();
  CHECK(gets(subscription, record));
  STRCMP_EQUAL("event: t\nretry: 5\nid: e1\ndata: a\ndata: b\ndata: c\ndata: d\n\n", record.event.c_str());
}

TEST(Examples, row23_P0_PUB_07_P0_SUB_14) {
  const auto publicOnly = opened(stream("topic=https://example.com/books/{id}", kSNone));
  const auto first = opened(stream("topic=https://example.com/books/{id}", kSB));
  (void)ask(form("topic=https://example.com/books/1&private="));
  const auto one = published();
  (void)ask(form("topic=https://example.com/books/2&private="));
  const auto two = published();
  CHECK(!gets(publicOnly, one));
  CHECK(!gets(publicOnly, two));
  CHECK(gets(first, one));
  CHECK(!gets(first, two));
}

TEST(Examples, row24_P0_SUB_14) {
  const auto subscription = opened(stream("topic=https://example.com/z", kSB));
  (void)ask(form("topic=https://example.com/z&topic=https://example.com/books/1&private=on"));
  CHECK(gets(subscription, published()));
}

TEST(Examples, row25_P0_ANON_02_03) {
  checkStatus(401, stream("topic=a", ""));
  settings.anonymous = true;
  checkStatus(200, stream("topic=a", ""));
}

TEST(Examples, row26_P0_ANON_04) {
  settings.anonymous = true;
  checkStatus(401, stream("topic=a", kPA.substr(0, kPA.size() - 8) + "AAAAAAAA"));
}

TEST(Examples, row27_P0_SUB_02) {
  checkContains(ask(stream("")).response.body, "expected at least one \"topic\"");
}

TEST(Examples, row28_P0_TOK_05) {
  const auto answer = ask(stream("topic=a", sign(R"({"exp":1699996400,"mercure":{"subscribe":["*"]}})")));
  checkRefused(answer, 401, Refusal::ExpiredToken);
}

TEST(Examples, row29_P0_TIME_01) {
  const auto subscription =
      opened(stream("topic=a", sign(R"({"exp":1700000010,"mercure":{"subscribe":["*"]}})")));
  CHECK(subscription.expires == now + std::chrono::seconds(10));
}

TEST(Examples, row30_P0_AUTH_02) {
  checkStatus(401, stream("topic=a&authorization=" + kSA, "invalid"));
}

TEST(Examples, row31_to_34_P0_REC_12) {
  auto request = stream("topic=a&lastEventID=e1");
  request.set("Last-Event-ID", "e2");
  checkField(ask(request).response, "Last-Event-ID", "earliest");
  for (const char* cursor : {"e1", "earliest", "nope"}) {
    checkField(ask(stream(std::string("topic=a&lastEventID=") + cursor)).response, "Last-Event-ID",
               "earliest");
  }
}

TEST(Examples, row39_P0_CORS_04_05) {
  FakeRequest request;
  request.methodName = "OPTIONS";
  request.set("Origin", "https://app.example");
  request.set("Access-Control-Request-Method", "GET");
  request.set("Access-Control-Request-Headers", "authorization,cache-control,last-event-id");
  const auto answer = ask(request);
  LONGS_EQUAL(204, answer.response.status);
  checkField(answer.response, "Access-Control-Allow-Origin", "https://app.example");
  checkField(answer.response, "Access-Control-Allow-Credentials", "true");
  checkField(answer.response, "Access-Control-Allow-Methods", "GET");
  checkField(answer.response, "Access-Control-Allow-Headers", "authorization,cache-control,last-event-id");
}

TEST(Examples, row40_P0_DISC_04_07) {
  FakeRequest put;
  put.methodName = "PUT";
  const auto refused = ask(put);
  LONGS_EQUAL(405, refused.response.status);
  STRCMP_EQUAL("", refused.response.body.c_str());
  checkField(refused.response, "Allow", "GET, HEAD, POST, OPTIONS");
  FakeRequest slash;
  slash.subpathText = "/";
  const auto missing = ask(slash);
  LONGS_EQUAL(404, missing.response.status);
  STRCMP_EQUAL("Not Found\n", missing.response.body.c_str());
}

}  // namespace
}  // namespace mercure::endpoint

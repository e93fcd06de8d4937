#include "endpoint/hub_fixture.h"

namespace mercure::endpoint {
namespace {

using hub::Refusal;
using test::checkContains;
using test::checkField;
using test::checkNoField;
using test::FakeRequest;
using test::kSA;
using test::kSB;
using test::kSNone;
using test::sign;

struct SubscribeFixture : test::HubFixture {
  hub::Subscription opened(FakeRequest request) {
    auto answer = ask(request);
    CHECK_TEXT(!answer.refused, answer.refused ? answer.refused->explanation.c_str() : "");
    LONGS_EQUAL(200, answer.response.status);
    CHECK_TEXT(answer.subscription.has_value(), "no subscription");
    return *answer.subscription;
  }
  std::string refused(FakeRequest request, int status, Refusal reason) {
    const auto answer = ask(request);
    return checkRefused(answer, status, reason);
  }
};

TEST_GROUP_BASE(Subscribe, SubscribeFixture){};

TEST(Subscribe, P0_SUB_01_eachTopicIsASelector) {
  const auto subscription = opened(stream("topic=a&topic=https%3A%2F%2Fexample.com/{id}&x=y&topic=*"));
  LONGS_EQUAL(3, subscription.matchers.size());
  STRCMP_EQUAL("a", subscription.matchers[0]->text().c_str());
  STRCMP_EQUAL("https://example.com/{id}", subscription.matchers[1]->text().c_str());
  STRCMP_EQUAL("*", subscription.matchers[2]->text().c_str());
}

TEST(Subscribe, P0_SUB_02_noTopic) {
  const auto answer = ask(stream(""));
  checkRefused(answer, 400, Refusal::BadRequest);
  checkContains(answer.response.body, "expected at least one \"topic\"");
  refused(stream("Topic=a"), 400, Refusal::BadRequest);
}

TEST(Subscribe, P0_SUB_03_anEmptyTopic) {
  STRCMP_EQUAL("", opened(stream("topic=")).matchers.front()->text().c_str());
}

TEST(Subscribe, P0_SUB_04_LIM_01_tooManySelectors) {
  std::string query;
  for (int i = 0; i < 1000; ++i) query += "topic=a&";
  LONGS_EQUAL(1000, opened(stream(query)).matchers.size());
  checkContains(refused(stream(query + "topic=a"), 400, Refusal::BadRequest), "1000");
  settings.maxSelectors = 1;
  refused(stream("topic=a&topic=b"), 400, Refusal::BadRequest);
}

TEST(Subscribe, P0_SUB_05_tokenBeforeParameters) {
  refused(stream("", ""), 401, Refusal::NoToken);
  refused(stream("", sign("{}", "wrong")), 401, Refusal::InvalidToken);
}

TEST(Subscribe, P0_SUB_06_brokenEncodingIsReadAsItStands) {
  STRCMP_EQUAL("a;b%", opened(stream("topic=a;b%")).matchers.front()->text().c_str());
}

TEST(Subscribe, P0_SUB_08_status200AndTheEventStreamType) {
  const auto answer = ask(stream("topic=a"));
  LONGS_EQUAL(200, answer.response.status);
  checkField(answer.response, "Content-Type", "text/event-stream");
}

TEST(Subscribe, P0_SUB_09_AUTH_08_furtherFields) {
  const auto response = ask(stream("topic=a")).response;
  checkField(response, "Cache-Control",
             "private, no-cache, no-store, must-revalidate, max-age=0, no-transform");
  checkField(response, "Pragma", "no-cache");
  checkField(response, "X-Accel-Buffering", "no");
}

TEST(Subscribe, ANY_43_noMisspeltField) {
  const auto response = ask(stream("topic=a")).response;
  checkNoField(response, "Expire");
  checkNoField(response, "Connection");
}

TEST(Subscribe, P0_SUB_10_beginsWithAComment) {
  STRCMP_EQUAL(":\n", ask(stream("topic=a")).response.body.c_str());
}

TEST(Subscribe, P0_SUB_14_TOK_08_theRightsAreTheTokens) {
  const auto subscription = opened(stream("topic=a", kSB));
  LONGS_EQUAL(1, subscription.rights.size());
  STRCMP_EQUAL("https://example.com/books/1", subscription.rights.front()->text().c_str());
  CHECK(subscription.key == settings.subscribers.old.keys.front().key.fingerprint());
}

TEST(Subscribe, P0_SUB_16_aFreshIdEach) {
  const auto first = opened(stream("topic=a")).subscriberId;
  CHECK(first.starts_with("urn:uuid:"));
  CHECK(first != opened(stream("topic=a")).subscriberId);
}

TEST(Subscribe, startsAtTheLogsPosition) {
  const auto before = opened(stream("topic=a")).start.position;
  UNSIGNED_LONGS_EQUAL(hub().end().position, before);
  (void)ask(form("topic=a"));
  UNSIGNED_LONGS_EQUAL(hub().end().position, opened(stream("topic=a")).start.position);
  CHECK(before < hub().end().position);
}

TEST(Subscribe, P0_DISC_03_headGivesTheHeadAlone) {
  auto request = stream("topic=a&lastEventID=x");
  const auto get = ask(request);
  request.methodName = "HEAD";
  const auto head = ask(request);
  LONGS_EQUAL(200, head.response.status);
  CHECK(head.response.fields == get.response.fields);
  CHECK(!head.subscription);
  CHECK(!head.refused);
  STRCMP_EQUAL("", head.response.body.c_str());
  auto anonymous = stream("topic=a", "");
  anonymous.methodName = "HEAD";
  refused(anonymous, 401, Refusal::NoToken);
}

TEST(Subscribe, P0_DISC_13_acceptIsNotLookedAt) {
  auto request = stream("topic=a");
  request.set("Accept", "application/json");
  (void)opened(request);
  auto update = form("topic=a");
  update.set("Accept", "application/json");
  LONGS_EQUAL(200, ask(update).response.status);
}

TEST(Subscribe, P0_TOK_12_aTokenWithoutAClaimReadsPublicUpdates) {
  const auto subscription = opened(stream("topic=a", kSNone));
  CHECK(subscription.rights.empty());
  CHECK(subscription.key.has_value());
}

TEST(Subscribe, P0_TOK_05_expired) {
  refused(stream("topic=a", sign(R"({"exp":1699996400,"mercure":{"subscribe":["*"]}})")), 401,
          Refusal::ExpiredToken);
}

TEST(Subscribe, P0_TIME_01_theStreamKnowsWhenItsTokenExpires) {
  CHECK(!opened(stream("topic=a")).expires);
  const auto subscription = opened(stream("topic=a", sign(R"({"exp":1700000010})")));
  CHECK(subscription.expires == now + std::chrono::seconds(10));
}

TEST(Subscribe, P0_TOK_01_thePublishersKeyDoesNotSubscribe) {
  settings.publishers.old.keys = {secretKey("another secret of the publishers")};
  const auto token = sign(R"({"mercure":{"publish":["*"]}})", "another secret of the publishers");
  refused(stream("topic=a", token), 401, Refusal::InvalidToken);
  LONGS_EQUAL(200, ask(form("topic=a", token)).response.status);
  refused(stream("topic=a", token), 401, Refusal::InvalidToken);
}

TEST(Subscribe, P0_TOK_14_aListTooLong) {
  std::string list = "\"*\"";
  for (int i = 0; i < 1000; ++i) list += ",\"x\"";
  refused(stream("topic=a", sign(R"({"mercure":{"subscribe":[)" + list + "]}}")), 401, Refusal::InvalidToken);
}

TEST(Subscribe, P0_AUTH_07_tokenInTheQuery) {
  LONGS_EQUAL(1, opened(stream("topic=a&authorization=" + kSA, "")).rights.size());
}

TEST(Subscribe, P0_AUTH_09_tokenInTheCookie) {
  auto request = stream("topic=a", "");
  request.set("Cookie", "mercureAuthorization=" + kSA);
  LONGS_EQUAL(1, opened(request).rights.size());
}

TEST(Subscribe, P0_AUTH_02_theFieldWins) {
  refused(stream("topic=a&authorization=" + kSA, sign("{}", "wrong")), 401, Refusal::InvalidToken);
}

TEST(Subscribe, P0_DISC_12_tokensOverClearTextWhereTlsIsRequired) {
  settings.requireTls = true;
  settings.anonymous = true;
  auto request = stream("topic=a");
  request.encrypted = false;
  refused(request, 401, Refusal::NotEncrypted);
  auto anonymous = stream("topic=a", "");
  anonymous.encrypted = false;
  CHECK(!opened(anonymous).key);
}

TEST(Subscribe, P0_ANON_02_noTokenAndNoAnonymity) {
  checkContains(refused(stream("topic=a", ""), 401, Refusal::NoToken), "no token");
}

TEST(Subscribe, P0_ANON_03_publicUpdatesOnly) {
  settings.anonymous = true;
  const auto subscription = opened(stream("topic=a", ""));
  CHECK(subscription.rights.empty());
  CHECK(!subscription.key);
  CHECK(!subscription.expires);
  LONGS_EQUAL(1, opened(stream("topic=a")).rights.size());
}

TEST(Subscribe, P0_ANON_04_anInvalidTokenDoesNotFallBack) {
  settings.anonymous = true;
  refused(stream("topic=a", sign("{}", "wrong")), 401, Refusal::InvalidToken);
  auto request = stream("topic=a", "");
  request.set("Authorization", "Bearer x");
  refused(request, 401, Refusal::InvalidToken);
  refused(stream("topic=a&authorization=", ""), 401, Refusal::InvalidToken);
}

TEST(Subscribe, P0_ANON_05_withoutAKeyTokensAreNotLookedAt) {
  settings.anonymous = true;
  settings.requireTls = true;
  settings.subscribers = {};
  for (const auto& token : {kSA, std::string("x"), std::string()}) {
    auto request = stream("topic=a", token);
    request.encrypted = false;
    const auto subscription = opened(request);
    CHECK(subscription.rights.empty());
    CHECK(!subscription.key);
  }
}

TEST(Subscribe, P0_REC_08_anUnknownCursorGivesNothingOfThePast) {
  publish("a", "e2");
  auto byField = stream("topic=a");
  byField.set("Last-Event-ID", "e1");
  checkField(ask(byField).response, "Last-Event-ID", "earliest");
  UNSIGNED_LONGS_EQUAL(hub().end().sequence, opened(byField).start.sequence);
  checkField(ask(stream("topic=a&lastEventID=e1")).response, "Last-Event-ID", "earliest");
}

TEST(Subscribe, P0_REC_04_07_earliestIsTheBeginning) {
  publish("a", "e1");
  checkField(ask(stream("topic=a&lastEventID=earliest")).response, "Last-Event-ID", "earliest");
  UNSIGNED_LONGS_EQUAL(0, opened(stream("topic=a&lastEventID=earliest")).start.sequence);
}

TEST(Subscribe, P0_REC_03_07_aKnownCursorIsEchoedAndGoneOnFrom) {
  publish("a", "e1");
  publish("b", "e2");
  checkField(ask(stream("topic=a&lastEventID=e1")).response, "Last-Event-ID", "e1");
  UNSIGNED_LONGS_EQUAL(1, opened(stream("topic=a&lastEventID=e1")).start.sequence);
  UNSIGNED_LONGS_EQUAL(2, opened(stream("topic=a&last_event_id=e2")).start.sequence);
}

TEST(Subscribe, ANY_04_theNewCursorParameterToo) {
  const auto response = ask(stream("topic=a&last_event_id=e1")).response;
  checkField(response, "Last-Event-ID", "earliest");
  checkField(response, "Mercure-Last-Event-ID", "earliest");
  checkNoField(ask(stream("topic=a&lastEventID=e1")).response, "Mercure-Last-Event-ID");
}

TEST(Subscribe, P0_REC_02_anEmptyCursorIsNone) {
  auto request = stream("topic=a&lastEventID=&last_event_id=");
  request.set("Last-Event-ID", "");
  checkNoField(ask(request).response, "Last-Event-ID");
  checkField(ask(request).response, "Mercure-Last-Event-ID", "earliest");
  request.queryText += "&lastEventID=e1";
  checkField(ask(request).response, "Last-Event-ID", "earliest");
}

TEST(Subscribe, P0_REC_06_nothingAskedNothingAnswered) {
  checkNoField(ask(stream("topic=a&Last-Event-ID=e1")).response, "Last-Event-ID");
}

TEST(Subscribe, ANY_02_newMatchersAreUnknown) {
  LONGS_EQUAL(1, opened(stream("topic=a&match=b&matchURLPattern=c")).matchers.size());
  refused(stream("match=b"), 400, Refusal::BadRequest);
}

TEST(Subscribe, aSelectorTooComplexIsA400) {
  std::string templates;
  for (int i = 0; i < 300; ++i) templates += "{/a,b,c,d,e,f}";
  checkContains(refused(stream("topic=" + templates), 400, Refusal::BadRequest), "too complex");
  const auto token = sign(R"({"mercure":{"subscribe":[")" + templates + "\"]}}");
  checkContains(refused(stream("topic=a", token), 401, Refusal::InvalidToken), "too complex");
}

TEST(Subscribe, noMemoryForSelectorsIsA503) {
  matchers.emplace(1);
  const auto answer = ask(stream("topic=/{a}"));
  checkRefused(answer, 503, Refusal::Limit);
  STRCMP_EQUAL("Service Unavailable\n", answer.response.body.c_str());
}

TEST(Subscribe, equalSelectorsShareOneObject) {
  const auto first = opened(stream("topic=/{a}&topic=/{a}"));
  CHECK(first.matchers[0] == first.matchers[1]);
}

TEST(Subscribe, hostileQueries) {
  const std::string many(100'000, '&');
  (void)opened(stream(many + "topic=a" + many));
  refused(stream(many), 400, Refusal::BadRequest);
  refused(stream(std::string(100'000, '=')), 400, Refusal::BadRequest);
  refused(stream(std::string(100'000, '%')), 400, Refusal::BadRequest);
  refused(stream(std::string("\0\xff\r\n", 4)), 400, Refusal::BadRequest);
  (void)opened(stream("topic=%00%ff%0D%0A{{{"));
}

}  // namespace
}  // namespace mercure::endpoint

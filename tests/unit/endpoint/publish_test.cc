#include "endpoint/hub_fixture.h"

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
using test::sign;

constexpr const char* kBook = "topic=https://example.com/books/1&data=hi&id=e1";

struct PublishFixture : test::HubFixture {
  void checkPublished(const Answer& answer, const std::string& id) {
    LONGS_EQUAL(200, answer.response.status);
    CHECK_TEXT(!answer.refused, answer.refused ? answer.refused->explanation.c_str() : "");
    STRCMP_EQUAL(id.c_str(), answer.response.body.c_str());
    STRCMP_EQUAL(id.c_str(), published().id.c_str());
  }

  // A refused publish leaves nothing behind.
  std::string refused(FakeRequest request, int status, Refusal reason) {
    const Answer answer = ask(request);
    auto explanation = checkRefused(answer, status, reason);
    checkNothingPublished();
    UNSIGNED_LONGS_EQUAL(0, hub().counters().published);
    return explanation;
  }
};

TEST_GROUP_BASE(Publish, PublishFixture){};

TEST(Publish, P0_PUB_36_answersWithTheBareId) {
  const auto answer = ask(form(kBook));
  LONGS_EQUAL(200, answer.response.status);
  STRCMP_EQUAL("e1", answer.response.body.c_str());
  CHECK(!answer.subscription);
  CHECK(!answer.refused);
}

TEST(Publish, P0_PUB_37_asPlainText) {
  for (const char* const body : {kBook, "topic=a&id=<html>"})
    checkField(ask(form(body)).response, "Content-Type", "text/plain; charset=utf-8");
}

TEST(Publish, P0_PUB_39_theUpdateIsInTheLogBeforeTheAnswer) {
  (void)ask(form("topic=a&topic=b&data=x%0Ay&id=e1&type=t&retry=5&private"));
  const auto record = published();
  LONGS_EQUAL(2, record.topics.size());
  STRCMP_EQUAL("a", record.topics[0].c_str());
  STRCMP_EQUAL("b", record.topics[1].c_str());
  STRCMP_EQUAL("event: t\nretry: 5\nid: e1\ndata: x\ndata: y\n\n", record.event.c_str());
  CHECK(record.flags.isPrivate);
  CHECK(!record.flags.madeByHub);
  LONGS_EQUAL(0, record.flags.generation);
  checkNothingPublished();
}

TEST(Publish, P0_PUB_07_privateWithAnyValue) {
  for (const char* field : {"private", "private=", "private=0", "private=false", "private=on"}) {
    (void)ask(form(std::string("topic=a&") + field));
    CHECK_TEXT(published().flags.isPrivate, field);
  }
  (void)ask(form("topic=a"));
  CHECK(!published().flags.isPrivate);
}

TEST(Publish, P0_PUB_11_makesAnId) {
  const auto answer = ask(form("topic=a"));
  CHECK(answer.response.body.starts_with("urn:uuid:"));
  STRCMP_EQUAL(answer.response.body.c_str(), published().id.c_str());
}

TEST(Publish, P0_PUB_40_countsOnce) {
  (void)ask(form(std::string(kBook) + "&topic=b"));
  UNSIGNED_LONGS_EQUAL(1, hub().counters().published);
}

TEST(Publish, P0_PUB_03_missingTopic) {
  const auto answer = ask(form("data=x"));
  checkRefused(answer, 400, Refusal::BadRequest);
  checkContains(answer.response.body, "topic");
  checkNothingPublished();
}

TEST(Publish, P0_PUB_04_theQueryIsNoForm) {
  auto request = form("data=x");
  request.queryText = "topic=a";
  checkContains(refused(request, 400, Refusal::BadRequest), "topic");

  auto more = form("topic=a");
  more.queryText = "topic=b&data=x&id=e1&type=t&retry=5&private=on";
  const std::string id = ask(more).response.body;
  const auto record = published();
  LONGS_EQUAL(1, record.topics.size());
  STRCMP_EQUAL(("id: " + id + "\ndata: \n\n").c_str(), record.event.c_str());
  CHECK(id != "e1");
  CHECK(!record.flags.isPrivate);
}

TEST(Publish, P0_PUB_15_invalidRetry) {
  checkContains(refused(form("topic=a&retry=abc"), 400, Refusal::BadRequest), "retry");
  checkContains(refused(form("topic=a&retry=-1"), 400, Refusal::BadRequest), "retry");
}

TEST(Publish, P0_PUB_17_controlCharactersInIdAndType) {
  refused(form("topic=a&id=x%0Aevent:%20y"), 400, Refusal::BadRequest);
  refused(form("topic=a&type=x%0D"), 400, Refusal::BadRequest);
}

TEST(Publish, ANY_20_idThatBeginsWithAHash) {
  refused(form("topic=a&id=%23x"), 400, Refusal::BadRequest);
}

TEST(Publish, P0_PUB_18_reservedTopic) {
  const auto answer = ask(form("topic=https://example.com/.well-known/mercure/subscriptions/x"));
  checkRefused(answer, 403, Refusal::ReservedTopic);
  checkContains(answer.response.body, "https://example.com/.well-known/mercure/subscriptions/x");
  checkNothingPublished();
}

TEST(Publish, P0_PUB_18_theReservedTopicIsTheHubsOwnPath) {
  settings.path = "/hub";
  refused(form("topic=/hub/subscriptions"), 403, Refusal::ReservedTopic);
}

TEST(Publish, ANY_44_inputRulesBeforeRights) {
  refused(form("topic=https://example.com/.well-known/mercure/x", kP0), 403, Refusal::ReservedTopic);
  refused(form("data=x", kP0), 400, Refusal::BadRequest);
  refused(form("topic=a&retry=x", kP0), 400, Refusal::BadRequest);
  refused(form("topic=a&id=%23", kP0), 400, Refusal::BadRequest);
}

TEST(Publish, P0_PUB_19_tooManyTopics) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "topic=a&";
  LONGS_EQUAL(200, ask(form(body)).response.status);
  (void)published();
  hub().counters().published = 0;
  refused(form(body + "topic=a"), 400, Refusal::BadRequest);
  settings.maxTopics = 1;
  refused(form("topic=a&topic=b"), 400, Refusal::BadRequest);
}

TEST(Publish, P0_PUB_21_unparsableContentType) {
  for (const char* type : {"text/plain; boundary=", "", "form", "a/b, c/d"}) {
    auto request = form("topic=a");
    request.headerFields.front().second = type;
    checkContains(refused(request, 400, Refusal::BadRequest), "Content-Type");
    LONGS_EQUAL(0, request.bodyReads);
  }
}

TEST(Publish, P0_PUB_21_twoContentTypes) {
  auto request = form("topic=a");
  request.set("content-type", "application/x-www-form-urlencoded");
  checkContains(refused(request, 400, Refusal::BadRequest), "Content-Type");
}

TEST(Publish, P0_PUB_01_P0_PUB_22_anotherTypeIsNotReadAsAForm) {
  for (const char* type : {"application/json", "multipart/form-data; boundary=x", "text/plain"}) {
    auto request = form("topic=a");
    request.headerFields.front().second = type;
    const auto answer = ask(request);
    checkContains(checkRefused(answer, 400, Refusal::BadRequest), "topic");
    checkContains(answer.response.body, std::string(type).substr(0, 10));
    checkContains(answer.response.body, "application/x-www-form-urlencoded");
    LONGS_EQUAL(0, request.bodyReads);
  }
  auto request = form("topic=a");
  request.headerFields.erase(request.headerFields.begin());
  checkContains(refused(request, 400, Refusal::BadRequest), "topic");
}

TEST(Publish, P0_PUB_01_typeInAnyCaseAndWithACharset) {
  auto request = form(kBook);
  request.headerFields.front().second = "Application/X-WWW-form-urlencoded; charset=UTF-8";
  checkPublished(ask(request), "e1");
}

TEST(Publish, ANY_24_brokenEncodingIsAccepted) {
  (void)ask(form("topic=a;b&data=100%&id=e"));
  const auto record = published();
  STRCMP_EQUAL("a;b", record.topics.front().c_str());
  STRCMP_EQUAL("id: e\ndata: 100%\n\n", record.event.c_str());
}

TEST(Publish, ANY_46_bodyOverTheLimit) {
  settings.maxUpdateSize = 100;
  checkContains(refused(form("topic=a&data=" + std::string(88, 'x')), 413, Refusal::TooLarge), "100");
  LONGS_EQUAL(200, ask(form("topic=a&data=" + std::string(87, 'x'))).response.status);
}

TEST(Publish, ANY_46_updateThatTheLogCannotTake) {
  checkContains(refused(form("topic=a&data=" + std::string(kLogSize / 2, 'x')), 413, Refusal::TooLarge),
                "MercureLogSize");
}

TEST(Publish, ANY_51_bodyThatEndsEarly) {
  auto request = form("topic=a");
  request.bodyFault = BodyFault::Incomplete;
  refused(request, 400, Refusal::BadRequest);
  request.bodyFault = BodyFault::Malformed;
  refused(request, 400, Refusal::BadRequest);
}

TEST(Publish, bodyThatDoesNotArriveInTime) {
  auto request = form("topic=a");
  request.bodyFault = BodyFault::TimedOut;
  refused(request, 408, Refusal::BadRequest);
}

TEST(Publish, P0_PUB_30_tokenBeforeBody) {
  auto request = form("data=x", "");
  const auto answer = ask(request);
  checkRefused(answer, 401, Refusal::NoToken);
  LONGS_EQUAL(0, request.bodyReads);
}

TEST(Publish, P0_PUB_31_noToken) {
  const auto explanation = refused(form(kBook, ""), 401, Refusal::NoToken);
  checkContains(explanation, "mercureAuthorization");
  checkContains(explanation, "Authorization field");
}

TEST(Publish, P0_ANON_06_neverAnonymous) {
  settings.anonymous = true;
  refused(form(kBook, ""), 401, Refusal::NoToken);
}

TEST(Publish, P0_PUB_32_badSignatureAndNoAlgorithm) {
  auto bad = kPA;
  bad[bad.size() - 10] = bad[bad.size() - 10] == 'A' ? 'B' : 'A';
  refused(form(kBook, bad), 401, Refusal::InvalidToken);
  refused(form(kBook, sign(R"({"mercure":{"publish":["*"]}})", "wrong")), 401, Refusal::InvalidToken);
  const auto none =
      test::base64url(R"({"alg":"none"})") + '.' + test::base64url(R"({"mercure":{"publish":["*"]}})") + '.';
  refused(form(kBook, none), 401, Refusal::InvalidToken);
}

TEST(Publish, P0_TOK_01_theSubscribersKeyDoesNotPublish) {
  settings.subscribers.old.keys = {secretKey("another secret of the subscribers")};
  const auto token = sign(R"({"mercure":{"publish":["*"]}})", "another secret of the subscribers");
  refused(form(kBook, token), 401, Refusal::InvalidToken);
  // Nor when it has just been verified for the other role.
  CHECK(ask(stream("topic=a", token)).subscription.has_value());
  refused(form(kBook, token), 401, Refusal::InvalidToken);
}

TEST(Publish, P0_TOK_05_expired) {
  refused(form(kBook, sign(R"({"exp":1699999999,"mercure":{"publish":["*"]}})")), 401, Refusal::ExpiredToken);
  checkPublished(ask(form(kBook, sign(R"({"exp":1700000001,"mercure":{"publish":["*"]}})"))), "e1");
}

TEST(Publish, P0_TOK_06_notYetValid) {
  refused(form(kBook, sign(R"({"nbf":1700000100,"mercure":{"publish":["*"]}})")), 401, Refusal::ExpiredToken);
}

TEST(Publish, P0_TOK_09_namespacedClaim) {
  checkPublished(ask(form(kBook, test::kPN)), "e1");
}

TEST(Publish, P0_TOK_08_10_anEmptyOrMissingListGrantsNothing) {
  checkContains(refused(form(kBook, kP0), 401, Refusal::MissingGrant), "nothing");
  refused(form(kBook, sign(R"({"mercure":{}})")), 401, Refusal::MissingGrant);
  refused(form(kBook, sign(R"({"mercure":{"publish":null}})")), 401, Refusal::MissingGrant);
  refused(form(kBook, sign(R"({"sub":"nobody in particular"})")), 401, Refusal::MissingGrant);
  refused(form(kBook, test::kSA), 401, Refusal::MissingGrant);
}

TEST(Publish, P0_TOK_11_everyTopicMustBeCovered) {
  const auto explanation = refused(form("topic=https://example.com/books/1&topic=https://example.com/x", kPB),
                                   401, Refusal::MissingGrant);
  checkContains(explanation, "\"https://example.com/books/{id}\"");
  checkContains(explanation, "not to \"https://example.com/x\"");
  checkPublished(ask(form("topic=https://example.com/books/1&topic=https://example.com/books/2&id=e", kPB)),
                 "e");
}

TEST(Publish, P0_PUB_34_missingRightIs401PrivateOrNot) {
  refused(form("topic=x&private=1", kPB), 401, Refusal::MissingGrant);
}

TEST(Publish, P0_TOK_14_aListTooLong) {
  std::string list = "\"*\"";
  for (int i = 0; i < 1000; ++i) list += ",\"x\"";
  refused(form(kBook, sign(R"({"mercure":{"publish":[)" + list + "]}}")), 401, Refusal::InvalidToken);
}

TEST(Publish, P0_TOK_15_everyTokenFailureLooksTheSame) {
  const auto first = ask(form(kBook, ""));
  for (const auto& token : {kP0, sign(R"({"exp":1})"), sign("{}", "wrong")}) {
    const auto answer = ask(form(kBook, token));
    STRCMP_EQUAL(first.response.body.c_str(), answer.response.body.c_str());
    CHECK(first.response.fields == answer.response.fields);
    CHECK(answer.refused->explanation.find(token) == std::string::npos);
  }
}

TEST(Publish, P0_AUTH_07_tokenInTheQuery) {
  auto request = form(kBook, "");
  request.queryText = "authorization=" + kPA;
  checkPublished(ask(request), "e1");
}

TEST(Publish, P0_AUTH_08_privateWhereATokenWas) {
  auto request = form(kBook, "");
  request.queryText = "authorization=" + kPA;
  checkField(ask(request).response, "Cache-Control", "private");
}

TEST(Publish, ANY_53_privateWhateverCarriedTheToken) {
  checkField(ask(form(kBook)).response, "Cache-Control", "private");
  checkField(ask(form("data=x")).response, "Cache-Control", "private");
  checkField(ask(form(kBook, kP0)).response, "Cache-Control", "private");
}

TEST(Publish, P0_AUTH_02_anInvalidFieldHidesAValidParameter) {
  auto request = form(kBook, kP0);
  request.queryText = "authorization=" + kPA;
  refused(request, 401, Refusal::MissingGrant);
}

TEST(Publish, P0_DISC_12_tokensOverClearTextWhereTlsIsRequired) {
  settings.requireTls = true;
  checkPublished(ask(form(kBook)), "e1");
  hub().counters().published = 0;
  auto request = form(kBook);
  request.encrypted = false;
  const auto explanation = refused(request, 401, Refusal::NotEncrypted);
  checkContains(explanation, "MercureRequireTLS");
  checkContains(explanation, "https");
  auto anonymous = form(kBook, "");
  anonymous.encrypted = false;
  refused(anonymous, 401, Refusal::NoToken);
}

TEST(Publish, tokensOverClearTextAreTakenWhereTlsIsNotRequired) {
  auto request = form(kBook);
  request.encrypted = false;
  checkPublished(ask(request), "e1");
}

TEST(Publish, aGrantTooComplexIsAnInvalidToken) {
  std::string templates;
  for (int i = 0; i < 300; ++i) templates += "{/a,b,c,d,e,f}";
  const auto token = sign(R"({"mercure":{"publish":[")" + templates + "\"]}}");
  checkContains(refused(form(kBook, token), 401, Refusal::InvalidToken), "too complex");
}

TEST(Publish, noMemoryForSelectorsIsA503) {
  matchers.emplace(1);
  refused(form(kBook, kPB), 503, Refusal::Limit);
}

TEST(Publish, P0_PUB_38_anUnusableLogIsA500) {
  auto& lock = hub().segment().log().lock;
  std::fill_n(reinterpret_cast<unsigned char*>(&lock), sizeof lock, static_cast<unsigned char>(0xff));
  const auto answer = ask(form(kBook));
  checkRefused(answer, 500, Refusal::Unavailable);
  STRCMP_EQUAL("Internal Server Error\n", answer.response.body.c_str());
}

TEST(Publish, P0_TIME_07_aRetiredHubTakesNoUpdate) {
  hub().retire();
  refused(form(kBook), 500, Refusal::Unavailable);
}

TEST(Publish, hostileTopicsStayOutOfTheExplanation) {
  const auto explanation = refused(form("topic=%0D%0Aerror%1b%5B31m%ff%C2%85" + std::string(4'000, 'x'), kPB),
                                   401, Refusal::MissingGrant);
  CHECK(explanation.size() < 400);
}

TEST(Publish, aGrantWithManySelectorsIsCutShort) {
  std::string list = "\"a\"";
  for (int i = 0; i < 99; ++i) list += ",\"" + std::string(100, 'b') + std::to_string(i) + "\"";
  const auto explanation =
      refused(form("topic=c", sign(R"({"mercure":{"publish":[)" + list + "]}}")), 401, Refusal::MissingGrant);
  checkContains(explanation, "and 97 more");
}

}  // namespace
}  // namespace mercure::endpoint

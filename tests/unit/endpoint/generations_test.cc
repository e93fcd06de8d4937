#include <string>
#include <vector>

#include "endpoint/hub_fixture.h"

namespace mercure::endpoint::test {

using hub::Refusal;
using protocol::Protocol;

namespace {

constexpr std::string_view kMetadata =
    "https://hub.example/.well-known/oauth-protected-resource/.well-known/mercure";

std::string challengeOf(const Answer& answer) {
  return fieldOf(answer.response, "WWW-Authenticate").value_or("none");
}

std::string newChallenge(std::string_view code) {
  std::string text = "Bearer ";
  if (!code.empty()) text.append("error=\"").append(code).append("\", ");
  return text.append("resource_metadata=\"").append(kMetadata).append("\"");
}

/// How a request is answered under 0.x, 1.0 and any.
struct Row {
  const char* name;
  FakeRequest request;
  int statuses[3];
  const char* codes[3];  ///< "bare": a bare challenge; "": 1.0's without a code; "-": none
};

class GenerationsFixture : public HubFixture {
 public:
  GenerationsFixture() {
    settings.protocol = Protocol::Any;
    settings.identity.url = kAudience;
    settings.identity.names = {"hub.example"};
    const KeyRing ring{{secretKey(kSecret)}, {}};
    settings.publishers.issuers = {{std::string(kIssuer), ring}};
    settings.subscribers.issuers = {{std::string(kIssuer), ring}};
  }

  /// The keys that a hub of one generation has, and no others.
  void serve(Protocol served) {
    settings.protocol = served;
    if (served == Protocol::V0) settings.publishers.issuers.clear();
    if (served == Protocol::V0) settings.subscribers.issuers.clear();
    if (served == Protocol::V1) settings.publishers.old = {};
    if (served == Protocol::V1) settings.subscribers.old = {};
    // What was verified under one mode is not to be taken for valid under another.
    settings.publisherTokens = std::make_shared<TokenCache>();
    settings.subscriberTokens = std::make_shared<TokenCache>();
  }

  void check(const Row& row) {
    static constexpr Protocol kModes[] = {Protocol::V0, Protocol::V1, Protocol::Any};
    for (int i = 0; i < 3; ++i) {
      const Settings all = settings;
      serve(kModes[i]);
      FakeRequest request = row.request;
      const Answer answer = ask(request);
      const std::string where = std::string(row.name) + ", mode " + std::to_string(i);
      CHECK_EQUAL_TEXT(row.statuses[i], answer.response.status, where.c_str());
      const std::string code = row.codes[i];
      const std::string expected = code == "-" ? "none" : code == "bare" ? "Bearer" : newChallenge(code);
      STRCMP_EQUAL_TEXT(expected.c_str(), challengeOf(answer).c_str(), where.c_str());
      settings = all;
    }
  }

  static FakeRequest with(const char* name, std::string value, FakeRequest request) {
    request.set(name, std::move(value));
    return request;
  }

  static FakeRequest cookie(const std::string& name, const std::string& token, FakeRequest request) {
    request.set("Origin", "https://hub.example");
    request.set("Cookie", name + "=" + token);
    return request;
  }

  static FakeRequest query(std::string body, const std::string& token = kSA1) {
    FakeRequest request = form(std::move(body), token);
    request.methodName = "QUERY";
    return request;
  }

  hub::Subscription opened(FakeRequest request) {
    auto answer = ask(request);
    CHECK_TEXT(answer.subscription.has_value(), answer.response.body.c_str());
    return std::move(*answer.subscription);
  }
};

}  // namespace

TEST_GROUP_BASE(Generations, GenerationsFixture){};

TEST(Generations, ANY_10_P1_ERR_01_noToken) {
  check({"no token", form("topic=a", ""), {401, 401, 401}, {"bare", "", ""}});
  serve(Protocol::Any);
  settings.publishers.issuers.clear();
  settings.subscribers.issuers.clear();
  STRCMP_EQUAL("Bearer", challengeOf(ask(form("topic=a", ""))).c_str());
}

TEST(Generations, ANY_12_P1_AUTH_07_malformedPresentation) {
  check({"short token",
         form("topic=a", "short"),
         {401, 400, 400},
         {"bare", "invalid_request", "invalid_request"}});
  check({"Basic",
         with("Authorization", "Basic YWRtaW46c2VjcmV0", form("topic=a", "")),
         {401, 400, 400},
         {"bare", "invalid_request", "invalid_request"}});
  check({"two fields",
         with("Authorization", "Bearer " + kPA, form("topic=a")),
         {401, 400, 400},
         {"bare", "invalid_request", "invalid_request"}});
}

TEST(Generations, ANY_14_P1_AUTH_04_theParameterIsOf0x) {
  FakeRequest old = form("topic=a", "");
  old.queryText = "authorization=" + kPA;
  check({"0.x in the parameter", old, {200, 401, 200}, {"-", "", "-"}});
  FakeRequest fresh = form("topic=a", "");
  fresh.queryText = "authorization=" + kPA1;
  check({"1.0 in the parameter", fresh, {401, 401, 401}, {"bare", "", ""}});
}

TEST(Generations, ANY_15_cookies) {
  check({"old cookie",
         cookie("mercureAuthorization", kPA, form("topic=a", "")),
         {200, 401, 200},
         {"-", "", "-"}});
  check({"new cookie",
         cookie("__Secure-mercure_access_token", kPA1, form("topic=a", "")),
         {401, 200, 200},
         {"bare", "-", "-"}});
  FakeRequest both = cookie("mercureAuthorization", kPA, form("topic=a", ""));
  both.set("Cookie", "__Secure-mercure_access_token=rubbish");
  check({"the new one first", both, {200, 401, 401}, {"-", "invalid_token", "invalid_token"}});
}

TEST(Generations, ANY_16_P1_ERR_02_invalidTokens) {
  std::string broken = kPA1;
  broken[broken.size() - 5] = broken[broken.size() - 5] == 'A' ? 'B' : 'A';
  check({"1.0, bad signature",
         form("topic=a", broken),
         {401, 401, 401},
         {"bare", "invalid_token", "invalid_token"}});
  broken = kPA;
  broken[broken.size() - 5] = broken[broken.size() - 5] == 'A' ? 'B' : 'A';
  check({"0.x, bad signature", form("topic=a", broken), {401, 401, 401}, {"bare", "invalid_token", "bare"}});
  check({"no JWS",
         form("topic=a", std::string(60, 'x')),
         {401, 401, 401},
         {"bare", "invalid_token", "invalid_token"}});
}

TEST(Generations, ANY_16_aBrokenTokenIsJudgedByItsHeader) {
  check({"0.x, a claim twice",
         form("topic=a", sign(R"({"mercure":{},"mercure":{}})")),
         {401, 401, 401},
         {"bare", "invalid_token", "bare"}});
  check({"1.0, claims of another kind",
         form("topic=a", sign("[1]", kSecret, R"({"alg":"HS256","typ":"at+jwt"})")),
         {401, 401, 401},
         {"bare", "invalid_token", "invalid_token"}});
}

TEST(Generations, ANY_12_fieldsThatAServerHasJoined) {
  check({"joined",
         with("Authorization", "Bearer " + kPA + ", Bearer " + kPA, form("topic=a", "")),
         {401, 400, 400},
         {"bare", "invalid_request", "invalid_request"}});
}

TEST(Generations, P1_CORS_02_03_forEverybodyThereAreNoCredentials) {
  (void)settings.corsOrigins.add("*");
  FakeRequest request = stream("match=a", kSA1);
  request.set("Origin", "https://app.example");
  checkNoField(ask(request).response, "Access-Control-Allow-Credentials");
  checkField(ask(request).response, "Access-Control-Allow-Origin", "*");
}

TEST(Generations, ANY_01_P1_TOK_01_typDecides) {
  check({"0.x token", form("topic=a", kPA), {200, 401, 200}, {"-", "invalid_token", "-"}});
  check({"1.0 token", form("topic=a", kPA1), {401, 200, 200}, {"bare", "-", "-"}});
  // Under 0.x typ is not looked at; this one has both kinds of rights.
  const std::string mixed = signAccess(detailOf("publish", R"([{"match":"x"}])"),
                                       R"(,"exp":4102444800,"mercure":{"publish":["a"]})");
  check({"both kinds of rights",
         form("topic=a", mixed),
         {200, 403, 403},
         {"-", "insufficient_scope", "insufficient_scope"}});
  check({"both kinds of rights", form("topic=x", mixed), {401, 200, 200}, {"bare", "-", "-"}});
}

TEST(Generations, ANY_17_P1_PUB_30_31_missingRights) {
  check(
      {"0.x", form("topic=https://example.com/x", kPB), {401, 401, 401}, {"bare", "invalid_token", "bare"}});
  check({"1.0",
         form("topic=https://example.com/x", kPB1),
         {401, 403, 403},
         {"bare", "insufficient_scope", "insufficient_scope"}});
  check({"1.0, no details",
         form("topic=a", kN01),
         {401, 403, 403},
         {"bare", "insufficient_scope", "insufficient_scope"}});
  check({"1.0, other role",
         form("topic=a", kSA1),
         {401, 403, 403},
         {"bare", "insufficient_scope", "insufficient_scope"}});
  checkNothingPublished();
}

TEST(Generations, ANY_18_to_25_inputRulesByTheToken) {
  const auto of0x = [&](const char* name, const std::string& body, int old, int any) {
    check({name, form(body, kPA), {old, 401, any}, {"-", "invalid_token", "-"}});
  };
  // Under 0.x such a token has no rights, which are looked at last.
  const auto of1 = [&](const char* name, const std::string& body, int old, int status) {
    check({name, form(body, kPA1), {old, status, status}, {old == 401 ? "bare" : "-", "-", "-"}});
  };
  of0x("reserved", "topic=/.well-known/mercure/x", 403, 403);
  of1("reserved", "topic=/.well-known/mercure/x", 403, 400);
  of0x("relative", "topic=mercure", 200, 200);
  of1("relative", "topic=mercure", 401, 400);
  of0x("star", "topic=*", 200, 200);
  of1("star", "topic=*", 401, 400);
  of0x("control", "topic=a%00", 200, 200);
  of1("format", "topic=a%E2%80%8Bb", 401, 400);
  of0x("id", "topic=a&id=earliest", 400, 400);
  of1("id", "topic=a&id=%23x", 400, 400);
  of0x("type mercure", "topic=a&type=mercure", 200, 400);
  of1("type mercure", "topic=a&type=mercure", 401, 400);
  of0x("format in id", "topic=a&id=x%E2%80%8B", 200, 200);
  of1("format in id", "topic=a&id=x%E2%80%8B", 401, 400);
  of0x("long topic", "topic=" + std::string(33000, 'x'), 400, 400);
  of1("long topic", "topic=" + std::string(33000, 'x'), 400, 413);
  of0x("stray signs", "topic=a;b%&data=%", 200, 200);
  of1("stray signs", "topic=a;b%&data=%", 401, 200);
  of0x("broken data", "topic=a&data=%FF", 200, 200);
  of1("broken data", "topic=a&data=%FF", 401, 400);
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "topic=a&";
  of0x("many topics", many, 400, 400);
  of1("many topics", many, 400, 413);
}

TEST(Generations, P1_ERR_07_problemDetailsForWhatAPersonCanMend) {
  const Answer answer = ask(form("topic=*", kPA1));
  checkField(answer.response, "Content-Type", "application/problem+json");
  checkContains(answer.response.body, R"("title":"Bad Request")");
  checkContains(answer.response.body, R"("status":400)");
  checkContains(answer.response.body, R"("detail":"\"*\" is no topic)");
  checkField(ask(form("topic=a&id=earliest", kPA)).response, "Content-Type", "text/plain; charset=utf-8");
}

TEST(Generations, ANY_26_P1_QRY_01_02_queryAndBodyAreOne) {
  FakeRequest request = query("match=b&match_urlpattern=/c/:id");
  request.queryText = "match=a";
  const auto subscription = opened(request);
  LONGS_EQUAL(3, subscription.matchers.size());
  CHECK_TRUE(subscription.matchers[2]->kind() == protocol::TopicMatcher::Kind::UrlPattern);
  CHECK_TRUE(subscription.matchers[2]->matches("https://hub.example/c/1"));
  check({"QUERY", query("match=a"), {405, 200, 200}, {"-", "-", "-"}});
}

TEST(Generations, P1_QRY_04_aBodyThatIsNoForm) {
  FakeRequest json = query("{}");
  json.headerFields.front().second = "application/json";
  LONGS_EQUAL(415, ask(json).response.status);
  FakeRequest large = query("match=a");
  large.bodyFault = BodyFault::TooLarge;
  LONGS_EQUAL(413, ask(large).response.status);
  FakeRequest cut = query("match=a", "");
  cut.bodyFault = BodyFault::Incomplete;
  LONGS_EQUAL(400, ask(cut).response.status);
  FakeRequest bare;
  bare.methodName = "QUERY";
  bare.queryText = "match=a";
  bare.set("Authorization", "Bearer " + kSA1);
  CHECK_TRUE(ask(bare).subscription.has_value());
}

TEST(Generations, P1_QRY_03_P1_REC_01_theFieldThenTheQueryThenTheBody) {
  publish("a", "e1");
  publish("a", "e2");
  publish("a", "e3");
  FakeRequest request = query("match=a&last_event_id=e3");
  request.queryText = "last_event_id=e2";
  checkField(ask(request).response, "Mercure-Last-Event-ID", "e2");
  request.set("Last-Event-ID", "e1");
  checkField(ask(request).response, "Mercure-Last-Event-ID", "e1");
  checkField(ask(query("match=a&last_event_id=e3")).response, "Mercure-Last-Event-ID", "e3");
}

TEST(Generations, ANY_03_rightsComeFromTheTokenAlone) {
  CHECK_TRUE(opened(stream("match=a", kSA)).rights.front()->matches("anything"));
  CHECK_TRUE(opened(stream("topic=a&match=b", kSA1)).rights.front()->matches("anything"));
  CHECK_TRUE(opened(stream("match=a", kN01)).rights.empty());
}

TEST(Generations, ANY_27_P1_PRM_01_to_08_theMetadataDocument) {
  settings.authorizationServers = {"https://issuer.example"};
  FakeRequest request;
  request.isForMetadata = true;
  const Answer answer = ask(request);
  LONGS_EQUAL(200, answer.response.status);
  checkField(answer.response, "Content-Type", "application/json");
  STRCMP_EQUAL(R"({"resource":"https://hub.example/.well-known/mercure",)"
               R"("authorization_servers":["https://issuer.example"],"bearer_methods_supported":["header"],)"
               R"("authorization_details_types_supported":["https://mercure.rocks/authorization-detail"],)"
               R"("mercure_cookie":"__Secure-mercure_access_token",)"
               R"("mercure_matcher_types_supported":["exact","urlpattern"]})",
               answer.response.body.c_str());
  request.methodName = "POST";
  checkField(ask(request).response, "Allow", "GET, HEAD");
  LONGS_EQUAL(405, ask(request).response.status);
}

TEST(Generations, P1_AD_06_MAT_12_ANY_45_onePatternThatDoesNotCompileMakesTheTokenInvalid) {
  const std::string other = signAccess(
      R"([{"type":"https://mercure.rocks/authorization-detail","actions":["publish"],"topics":[{"match":"*"}]},)"
      R"({"type":"https://mercure.rocks/authorization-detail","actions":["subscribe"],)"
      R"("topics":[{"match":"{x","match_type":"urlpattern"}]}])");
  const Answer answer = ask(form("topic=a", other));
  LONGS_EQUAL(401, answer.response.status);
  STRCMP_EQUAL(newChallenge("invalid_token").c_str(), challengeOf(answer).c_str());
  checkContains(answer.refused->explanation, "URL pattern \"{x\"");
}

TEST(Generations, P1_SUB_05_aPatternThatDoesNotCompileIsA400WithoutInternals) {
  const Answer answer = ask(stream("match_urlpattern=%7Bx", kSA1));
  LONGS_EQUAL(400, answer.response.status);
  checkField(answer.response, "Content-Type", "application/problem+json");
  CHECK_TRUE(answer.response.body.find("RE2") == std::string::npos);
  CHECK_TRUE(answer.response.body.find("re2") == std::string::npos);
}

TEST(Generations, P1_ID_04_aMisdirectedRequestIsRefusedBeforeAnythingElse) {
  settings.identity.publicOrigins = {"https://public.example"};
  LONGS_EQUAL(421, ask(form("topic=a", "")).response.status);
  FakeRequest request;
  request.isForMetadata = true;
  LONGS_EQUAL(421, ask(request).response.status);
  request.origin = "https://public.example";
  LONGS_EQUAL(200, ask(request).response.status);
}

TEST(Generations, P1_CSRF_02_P1_ERR_08_aForeignPageCannotPublishWithTheCookie) {
  FakeRequest foreign = form("topic=a", "");
  foreign.set("Origin", "https://evil.example");
  foreign.set("Cookie", "__Secure-mercure_access_token=" + kPA1);
  const Answer answer = ask(foreign);
  LONGS_EQUAL(400, answer.response.status);
  STRCMP_EQUAL(newChallenge("invalid_request").c_str(), challengeOf(answer).c_str());
  checkNothingPublished();
}

TEST(Generations, P1_TOK_11_anIssuerWithoutAKeyForTheRole) {
  settings.publishers.issuers.front().ring = {};
  LONGS_EQUAL(401, ask(form("topic=a", kPA1)).response.status);
  LONGS_EQUAL(200, ask(stream("match=a", kSA1)).response.status);
}

}  // namespace mercure::endpoint::test

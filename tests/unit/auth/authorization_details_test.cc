#include "auth/authorization_details.h"

#include "auth/json.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;

namespace {

using Details = tl::expected<std::vector<AuthorizationDetail>, TokenError>;

Details readClaims(const std::string& claims) {
  const auto json = readJsonObject(claims);
  CHECK_TEXT(json.has_value(), claims.substr(0, 200).c_str());
  return readAuthorizationDetails(**json);
}

Details readList(const std::string& list) {
  return readClaims(R"({"authorization_details":)" + list + '}');
}

/// One Mercure detail with these members after its type.
std::string detailOf(const std::string& members) {
  return R"({"type":"https://mercure.rocks/authorization-detail",)" + members + '}';
}

Details readTopics(const std::string& topics) {
  return readList('[' + detailOf(R"("actions":["publish"],"topics":)" + topics) + ']');
}

void checkInvalid(const char* explanation, const Details& details, const std::string& what) {
  CHECK_FALSE_TEXT(details.has_value(), what.substr(0, 200).c_str());
  STRCMP_CONTAINS_TEXT(explanation, details.error().explanation.c_str(), what.substr(0, 200).c_str());
  CHECK(details.error().fault == TokenFault::InvalidClaims);
}

std::string repeated(const std::string& entry, std::size_t times) {
  std::string list;
  for (std::size_t time = 0; time < times; ++time) list += (time == 0 ? "" : ",") + entry;
  return '[' + list + ']';
}

constexpr const char* kRight = R"("actions":["publish"],"topics":[{"match":"a"}])";

}  // namespace

TEST_GROUP(AuthorizationDetails){};

TEST(AuthorizationDetails, P1_AD_01_ReadsMercuresEntriesInOrder) {
  const auto details = readList(
      '[' +
      detailOf(R"("actions":["publish","subscribe"],"topics":[{"match":"*"},)"
               R"({"match":"https://example.com/:id","match_type":"urlpattern"}])") +
      ',' +
      detailOf(
          R"("actions":["subscribe"],"topics":[{"match":"b","match_type":"exact"}],"payload":{ "u": 1 })") +
      ']');
  CHECK(details.has_value());
  LONGS_EQUAL(2, details->size());
  const AuthorizationDetail& first = details->front();
  CHECK(first.publish && first.subscribe);
  LONGS_EQUAL(2, first.topics.size());
  STRCMP_EQUAL("*", first.topics[0].text.c_str());
  CHECK(first.topics[0].type == mercure::protocol::MatcherType::Exact);
  STRCMP_EQUAL("https://example.com/:id", first.topics[1].text.c_str());
  CHECK(first.topics[1].type == mercure::protocol::MatcherType::UrlPattern);
  STRCMP_EQUAL("", first.payload.c_str());
  const AuthorizationDetail& second = details->back();
  CHECK(!second.publish && second.subscribe);
  CHECK(second.topics[0].type == mercure::protocol::MatcherType::Exact);
  STRCMP_EQUAL(R"({"u":1})", second.payload.c_str());
}

TEST(AuthorizationDetails, P1_AD_01_TheClaimIsAnArray) {
  for (const char* const list : {"{}", "7", "true", "\"[]\"", R"({"0":{}})"}) {
    checkInvalid("the claim authorization_details is not an array", readList(list), list);
  }
}

TEST(AuthorizationDetails, P1_AD_02_WithoutAMercureEntryNothingIsGranted) {
  for (const char* const claims :
       {"{}", R"({"authorization_details":null})", R"({"authorization_details":[]})",
        R"({"authorization_details":[{"type":"payment"}]})"}) {
    const auto details = readClaims(claims);
    CHECK_TEXT(details.has_value(), claims);
    LONGS_EQUAL(0, details->size());
  }
}

TEST(AuthorizationDetails, P1_AD_01_TheTypeIsExact) {
  for (const char* const type :
       {"https://mercure.rocks/authorization-detail/", "https://mercure.rocks/Authorization-Detail",
        "mercure", "", "http://mercure.rocks/authorization-detail",
        " https://mercure.rocks/authorization-detail"}) {
    const auto details = readList(R"([{"type":")" + std::string(type) + R"(","actions":7}])");
    CHECK_TEXT(details.has_value(), type);
    LONGS_EQUAL(0, details->size());
  }
}

TEST(AuthorizationDetails, P1_AD_03_ForeignEntriesAreIgnoredWhateverTheyHold) {
  const auto details = readList(R"([{"type":"other","actions":7,"topics":null,"payload":[1]},null,)" +
                                detailOf(kRight) + R"(,{"type":"other","topics":["bare"]},null])");
  CHECK(details.has_value());
  LONGS_EQUAL(1, details->size());
}

TEST(AuthorizationDetails, P1_AD_03_AnEntryWithoutATypeMakesTheTokenInvalid) {
  for (const char* const entry : {"7", "true", "[]", "\"https://mercure.rocks/authorization-detail\""}) {
    checkInvalid("authorization_details[1] is not an object",
                 readList('[' + detailOf(kRight) + ',' + entry + ']'), entry);
  }
  for (const char* const entry :
       {"{}", R"({"type":null})", R"({"type":7})",
        R"({"type":["https://mercure.rocks/authorization-detail"]})", R"({"Type":"a"})"}) {
    checkInvalid("authorization_details[0] has no type that is a string",
                 readList('[' + std::string(entry) + ']'), entry);
  }
}

TEST(AuthorizationDetails, P1_AD_04_ActionsAreAnArrayWithEntries) {
  for (const char* const actions : {"[]", "{}", "null", "7", "\"publish\""}) {
    checkInvalid(
        "[0] has no actions that is an array with entries",
        readList('[' + detailOf(R"("topics":[{"match":"a"}],"actions":)" + std::string(actions)) + ']'),
        actions);
  }
  checkInvalid("no actions", readList('[' + detailOf(R"("topics":[{"match":"a"}])") + ']'), "none");
}

TEST(AuthorizationDetails, P1_AD_04_UnknownActionsAreIgnored) {
  const auto details = readList(
      '[' +
      detailOf(R"("topics":[{"match":"a"}],"actions":["Publish","","delete","subscribe","subscribe"])") +
      ',' + detailOf(R"("topics":[{"match":"a"}],"actions":["delete"])") + ']');
  CHECK(details.has_value());
  CHECK(!(*details)[0].publish && (*details)[0].subscribe);
  CHECK(!(*details)[1].publish && !(*details)[1].subscribe);
}

TEST(AuthorizationDetails, ANY_45_AForeignEntryInActionsMakesTheTokenInvalid) {
  for (const char* const action : {"null", "7", "true", "[]", "{}", R"(["publish"])"}) {
    checkInvalid(
        "authorization_details[0].actions[1] is not a string",
        readList('[' +
                 detailOf(R"("topics":[{"match":"a"}],"actions":["publish",)" + std::string(action) + ']') +
                 ']'),
        action);
  }
}

TEST(AuthorizationDetails, P1_AD_05_TopicsAreAnArrayWithEntries) {
  for (const char* const topics : {"[]", "{}", "null", "7", "\"*\"", R"({"match":"*"})"}) {
    checkInvalid("[0] has no topics that is an array with entries", readTopics(topics), topics);
  }
  checkInvalid("no topics", readList('[' + detailOf(R"("actions":["publish"])") + ']'), "none");
}

TEST(AuthorizationDetails, P1_AD_06_ANY_45_ABareStringOrNullTopicMakesTheTokenInvalid) {
  for (const char* const topic : {"\"*\"", "null", "7", "[]", R"(["*"])"}) {
    checkInvalid("authorization_details[0].topics[1] is not an object",
                 readTopics(R"([{"match":"a"},)" + std::string(topic) + ']'), topic);
  }
}

TEST(AuthorizationDetails, P1_AD_06_ATopicHasAMatch) {
  for (const char* const topic : {"{}", R"({"match":null})", R"({"match":7})", R"({"match":["a"]})",
                                  R"({"Match":"a"})", R"({"match_type":"exact"})", R"({"topic":"a"})"}) {
    checkInvalid("topics[0] has no match that is a string", readTopics('[' + std::string(topic) + ']'),
                 topic);
  }
}

TEST(AuthorizationDetails, P1_AD_05_07_TheMatchTypeIsExactlyOneOfTwo) {
  for (const char* const type : {"\"\"", "\"Exact\"", "\"EXACT\"", "\"URLPattern\"", "\"urlpattern \"",
                                 "\"regexp\"", "\"uritemplate\"", "7", "true", R"(["exact"])"}) {
    for (const char* const match : {"a", "*"}) {
      checkInvalid("topics[0] has a match_type that is neither exact nor urlpattern",
                   readTopics(R"([{"match":")" + std::string(match) + R"(","match_type":)" + type + "}]"),
                   type);
    }
  }
  CHECK(readTopics(R"([{"match":"a","match_type":null}])")->front().topics[0].type ==
        mercure::protocol::MatcherType::Exact);
}

TEST(AuthorizationDetails, P1_AD_07_AnEmptyMatchMakesTheTokenInvalid) {
  checkInvalid("has an empty match", readTopics(R"([{"match":""}])"), "exact");
  checkInvalid("has an empty match", readTopics(R"([{"match":"","match_type":"urlpattern"}])"), "urlpattern");
}

TEST(AuthorizationDetails, P1_AD_07_ForbiddenCharactersMakeTheTokenInvalid) {
  for (const char* const character :
       {"\\u0001", "\\n", "\\u001f", "\\u007f", "\\u0080", "\\u009f", "\\u00ad", "\\u200b", "\\u200d",
        "\\u202e", "\\u2066", "\\ufeff", "\\ud834\\udd73", "\\udb40\\udc41"}) {
    for (const char* const type : {"exact", "urlpattern"}) {
      checkInvalid(
          "control or format characters",
          readTopics(R"([{"match":"a)" + std::string(character) + R"(b","match_type":")" + type + "\"}]"),
          character);
    }
  }
  for (const char* const character : {" ", "\\u00a0", "\\u00e9", "\\u2028", "\\ud83d\\ude00", "~"}) {
    CHECK_TEXT(readTopics(R"([{"match":")" + std::string(character) + "\"}]").has_value(), character);
  }
}

TEST(AuthorizationDetails, P1_AD_08_OneBadEntryRejectsAll) {
  const std::string right = detailOf(kRight);
  CHECK(readList('[' + right + ',' + right + ']').has_value());
  checkInvalid(
      "authorization_details[1].topics[0]",
      readList('[' + right + ',' + detailOf(R"("actions":["other"],"topics":["*"])") + ',' + right + ']'),
      "topics");
}

TEST(AuthorizationDetails, P1_AD_09_P1_LIM_01_AHundredDetailsAreTheMost) {
  const std::string right = detailOf(kRight);
  LONGS_EQUAL(100, readList(repeated(right, 100))->size());
  checkInvalid("more than 100 details", readList(repeated(right, 101)), "101");
  const auto details = readList('[' + right + R"(,{"type":"other"},null,)" + repeated(right, 99).substr(1));
  LONGS_EQUAL(100, details->size());
}

TEST(AuthorizationDetails, P1_AD_09_P1_LIM_01_AHundredTopicsInAllAreTheMost) {
  const auto withTopics = [](std::size_t first, std::size_t second) {
    const auto detail = [](std::size_t topics) {
      return detailOf(R"("actions":["publish"],"topics":)" + repeated(R"({"match":"a"})", topics));
    };
    return readList('[' + detail(first) + ',' + detail(second) + ']');
  };
  CHECK(withTopics(60, 40).has_value());
  CHECK(withTopics(99, 1).has_value());
  checkInvalid("more than 100 topics", withTopics(60, 41), "60 and 41");
  checkInvalid("more than 100 topics", withTopics(1, 100), "1 and 100");
  checkInvalid("more than 100 topics", withTopics(3000, 1), "3000");
}

TEST(AuthorizationDetails, P1_AD_09_AMatchHas4096BytesAtMost) {
  const auto withMatch = [](const std::string& match) {
    return readTopics(R"([{"match":")" + match + "\"}]");
  };
  CHECK(withMatch(std::string(4096, 'a')).has_value());
  checkInvalid("a match of 4097 bytes, at most 4096", withMatch(std::string(4097, 'a')), "4097");
  checkInvalid("a match of 4098 bytes", withMatch(std::string(4096, 'a') + "\xC3\xA9"),
               "bytes, not characters");
}

TEST(AuthorizationDetails, P1_PAY_01_APayloadIsAnObject) {
  const auto withPayload = [](const std::string& payload) {
    return readList('[' + detailOf(std::string(kRight) + R"(,"payload":)" + payload) + ']');
  };
  for (const char* const payload : {"{}", R"({"a":[1,2.5,null,"\n"],"b":{}})"}) {
    STRCMP_EQUAL(payload, withPayload(payload)->front().payload.c_str());
  }
  STRCMP_EQUAL("", withPayload("null")->front().payload.c_str());
  for (const char* const payload : {"[]", "7", "\"{}\"", "true", "[{}]"}) {
    checkInvalid("[0] has a payload that is not an object", withPayload(payload), payload);
  }
}

TEST(AuthorizationDetails, ExplanationsNeverHoldTheClaimsText) {
  for (const char* const members :
       {R"("actions":["leak"],"topics":["leak"])", R"("actions":"leak","topics":[])",
        R"("actions":["leak"],"topics":[{"match":"leak\n"}])",
        R"("actions":["a"],"topics":[{"match":"leak","match_type":"leak"}])",
        R"("actions":["a"],"topics":[{"match":"a"}],"payload":"leak")"}) {
    const auto details = readList('[' + detailOf(members) + ']');
    CHECK_FALSE_TEXT(details.has_value(), members);
    CHECK_TEXT(details.error().explanation.find("leak") == std::string::npos, members);
  }
}

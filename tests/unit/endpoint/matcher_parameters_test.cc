#include "endpoint/matcher_parameters.h"

#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint::test {

using protocol::MatcherType;
using protocol::Protocol;

TEST_GROUP(MatcherParameters) {
  Settings settings;

  auto read(const std::string& query) const {
    return readMatcherParameters(protocol::decodeForm(query), settings);
  }

  void checkRefused(const std::vector<std::string>& queries) const {
    for (const std::string& query : queries) {
      const auto parameters = read(query);
      CHECK_TRUE_TEXT(!parameters && !parameters.error().empty(), query.substr(0, 200).c_str());
    }
  }

  static std::string many(const std::string& parameter, int times) {
    std::string query;
    for (int i = 0; i < times; ++i) query += (i > 0 ? "&" : "") + parameter;
    return query;
  }
};

TEST(MatcherParameters, P1_SUB_01_09_eachNameAndEachOccurrence) {
  const auto parameters = read("match=a&match_exact=b&match_urlpattern=/c/:id&match=a&match=%2A");
  CHECK_TRUE(parameters.has_value());
  CHECK_TRUE(parameters->hasMatchers && !parameters->hasTopics);
  LONGS_EQUAL(5, parameters->matchers.size());
  CHECK_TRUE(parameters->matchers[0].type == MatcherType::Exact);
  CHECK_TRUE(parameters->matchers[1].type == MatcherType::Exact);
  CHECK_TRUE(parameters->matchers[2].type == MatcherType::UrlPattern);
  STRCMP_EQUAL("/c/:id", parameters->matchers[2].text.c_str());
  STRCMP_EQUAL("*", parameters->matchers[4].text.c_str());
}

TEST(MatcherParameters, P1_SUB_02_03_theWholeMatchNamespaceIsReserved) {
  checkRefused({"Match=a", "MATCH=a", "match_Exact=a", "matches=a", "match_exactly=a", "matchurlpattern=a",
                "match_regexp=a", "match_=a", "match%5B%5D=a", "match=a&mAtCh_x=b", "match_urlpattern2"});
  CHECK_TRUE(read("match=a&mat=x&xmatch=y&Topics=z&=&last_event_id=1").has_value());
}

TEST(MatcherParameters, P1_SUB_04_whatAValueMayHold) {
  checkRefused({"match=a%00", "match=a%1F", "match=%7F", "match=%C2%80", "match=a%E2%80%8Bb",
                "match=%EF%BB%BF", "match=%FF", "match=%C3", "match_urlpattern=/%E2%80%8D", "match%FF=a"});
  CHECK_TRUE(read("match=%C2%A0%C3%A9%F0%9F%98%80%EF%BF%BD").has_value());
}

TEST(MatcherParameters, P1_SUB_07_12_formRulesAndEmptyValues) {
  const auto parameters = read("match&match=a;b&match=100%&match=x+y");
  CHECK_TRUE(parameters.has_value());
  STRCMP_EQUAL("", parameters->matchers[0].text.c_str());
  STRCMP_EQUAL("a;b", parameters->matchers[1].text.c_str());
  STRCMP_EQUAL("100%", parameters->matchers[2].text.c_str());
  STRCMP_EQUAL("x y", parameters->matchers[3].text.c_str());
}

TEST(MatcherParameters, P1_SUB_08_limits) {
  CHECK_TRUE(read(many("match=a", 100)).has_value());
  checkRefused({many("match=a", 101), many("match=a", 50) + "&" + many("match_urlpattern=/b", 51)});
  CHECK_TRUE(read("match=" + std::string(4096, 'x')).has_value());
  checkRefused({"match=" + std::string(4097, 'x'), "match_urlpattern=" + std::string(4097, 'x')});
  settings.maxMatchers = 1;
  settings.maxMatcherLength = 3;
  checkRefused({"match=a&match=b", "match=abcd"});
  CHECK_TRUE(read("match=abc").has_value());
}

TEST(MatcherParameters, ANY_02_topicsAreOf0xAndLimitedApart) {
  const auto both = read(many("topic=a", 1000) + "&" + many("match=b", 100));
  CHECK_TRUE(both && both->hasTopics && both->hasMatchers);
  CHECK_TRUE(both->matchers[0].type == MatcherType::Selector);
  CHECK_TRUE(read("topic=" + std::string(100'000, 'x') + "%00").has_value());
  checkRefused({many("topic=a", 1001)});
}

TEST(MatcherParameters, ANY_02_under0xMatchersAreUnknown) {
  settings.protocol = Protocol::V0;
  const auto parameters = read("topic=a&match=b&Match=c&match_regexp=d&match=%00");
  CHECK_TRUE(parameters && parameters->matchers.size() == 1 && !parameters->hasMatchers);
  checkRefused({"match=b", ""});
}

TEST(MatcherParameters, ANY_02_P1_SUB_11_under1_0ATopicIsRefusedAndItsReplacementNamed) {
  settings.protocol = Protocol::V1;
  const auto parameters = read("match=a&topic=b");
  CHECK_TRUE(!parameters && parameters.error().find("match_urlpattern") != std::string::npos);
}

TEST(MatcherParameters, P1_SUB_06_nothingToSubscribeTo) {
  for (const Protocol served : {Protocol::V0, Protocol::V1, Protocol::Any}) {
    settings.protocol = served;
    checkRefused({"", "x=y", "last_event_id=earliest"});
  }
}

}  // namespace mercure::endpoint::test

#include "mercurectl/match.h"

#include <string>
#include <string_view>

#include "protocol/field_text.h"
#include "protocol/matcher_text.h"

#include <CppUTest/TestHarness.h>

namespace mercure::mercurectl::test {

namespace {

using protocol::MatcherType;

constexpr std::string_view kHub = "https://www.example.com/.well-known/mercure";

tl::expected<bool, std::string> ask(MatcherType type, std::string_view pattern, std::string_view topic) {
  return judge({type, pattern, topic}, *readHubUrl(kHub));
}

void checkMatch(bool expected, MatcherType type, std::string_view pattern, std::string_view topic) {
  const std::string what = std::string(pattern.substr(0, 80)) + " and " + std::string(topic.substr(0, 80));
  const auto matches = ask(type, pattern, topic);
  CHECK_TRUE_TEXT(matches.has_value(), what.c_str());
  CHECK_EQUAL_TEXT(expected, *matches, what.c_str());
}

void checkRefused(const char* words, MatcherType type, std::string_view pattern, std::string_view topic) {
  const auto matches = ask(type, pattern, topic);
  CHECK_FALSE_TEXT(matches.has_value(), words);
  STRCMP_CONTAINS(words, matches.error().c_str());
  CHECK_TRUE_TEXT(matches.error().find('\n') == std::string::npos, words);
}

}  // namespace

TEST_GROUP(Match){};

TEST(Match, exactIsByteForByteWhateverBracesItHolds) {
  checkMatch(true, MatcherType::Exact, "https://example.com/{id}", "https://example.com/{id}");
  checkMatch(false, MatcherType::Exact, "https://example.com/{id}", "https://example.com/1");
  checkMatch(false, MatcherType::Exact, "https://example.com", "https://example.com/");
  checkMatch(true, MatcherType::Exact, "*", "whatever");
  checkMatch(false, MatcherType::Exact, "", "whatever");
}

TEST(Match, urlPatternsAreReadRelativeToTheHub) {
  checkMatch(true, MatcherType::UrlPattern, "/books/:id", "https://www.example.com/books/1");
  checkMatch(true, MatcherType::UrlPattern, "https://example.com/:id", "https://example.com/1");
  checkMatch(false, MatcherType::UrlPattern, "/books/:id", "https://example.org/books/1");
  checkMatch(true, MatcherType::UrlPattern, "/books/:id", "/books/1");
  checkMatch(true, MatcherType::UrlPattern, "*", "whatever");
}

TEST(Match, templatesAreSelectorsOfTheOldProtocol) {
  checkMatch(true, MatcherType::Selector, "https://example.com/{id}", "https://example.com/1");
  checkMatch(true, MatcherType::Selector, "https://example.com/{id}", "https://example.com/{id}");
  checkMatch(false, MatcherType::Selector, "https://example.com/{id}", "https://example.com/1/2");
  checkMatch(true, MatcherType::Selector, "no{template", "no{template");
}

TEST(Match, patternsThatAHubRefuses) {
  for (const MatcherType type : {MatcherType::Exact, MatcherType::UrlPattern}) {
    checkRefused("the pattern is not UTF-8", type, "a\xFF", "t");
    checkRefused("control or format character", type, "a\x1F", "t");
    checkRefused("control or format character", type, "a\u200B\u2060", "t");
    checkRefused("control or format character", type, std::string_view("\0", 1), "t");
    const std::string longest(protocol::kDefaultMaxMatcherLength, 'a');
    CHECK_TRUE(ask(type, longest, "t").has_value());
    checkRefused("has 4097 bytes, at most 4096 are expected", type, longest + "a", "t");
  }
  checkRefused("the pattern is refused: ", MatcherType::UrlPattern, "https://example.com/(", "t");
  checkRefused("the pattern is refused: ", MatcherType::UrlPattern, "https://[", "t");
}

TEST(Match, selectorsHaveNoSuchRules) {
  const std::string longText(100'000, 'a');
  checkMatch(false, MatcherType::Selector, longText, "t");
  checkMatch(false, MatcherType::Selector, "a\x1F\u2060", "t");
  // A form turns what is broken into U+FFFD.
  checkMatch(true, MatcherType::Selector, "a\xFF", "a\xFE");
  checkMatch(true, MatcherType::Selector, "a\xFF", "a\uFFFD");
  std::string complex;
  for (int i = 0; i < 200; ++i) complex += "{a,b,c,d}/";
  checkRefused("the pattern is refused: the URI Template is too complex", MatcherType::Selector, complex,
               "t");
}

TEST(Match, topicsThatOnlyTheNewProtocolRefuses) {
  for (const MatcherType type : {MatcherType::Exact, MatcherType::UrlPattern}) {
    checkRefused("the topic is refused: the \"topic\" parameter is not UTF-8", type, "*", "t\xFF");
    checkRefused("the topic is refused: \"*\" is no topic", type, "*", "*");
    checkRefused("the topic is refused: invalid topic", type, "*", "t\u200E");
    checkRefused("reserved namespace \"/.well-known/mercure\"", type, "*", "");
  }
  checkMatch(true, MatcherType::Selector, "*", "t\xFF");
  checkMatch(true, MatcherType::Selector, "*", "*");
  checkMatch(true, MatcherType::Selector, "*", "t\u200E\x07");
  checkMatch(true, MatcherType::Selector, "*", "");
}

TEST(Match, topicsThatBothProtocolsRefuse) {
  for (const MatcherType type : {MatcherType::Exact, MatcherType::UrlPattern, MatcherType::Selector}) {
    checkRefused("reserved namespace", type, "*", "/.well-known/mercure/subscriptions");
    checkRefused("reserved namespace", type, "*", "https://elsewhere.example/.well-known/%6Dercure");
    const std::string longest(protocol::kMaxFieldLength, 'a');
    checkMatch(true, type, "*", longest);
    checkRefused("has 32769 bytes, at most 32768", type, "*", longest + "a");
  }
}

TEST(Match, aBadPatternIsToldBeforeABadTopic) {
  checkRefused("the pattern is not UTF-8", MatcherType::Exact, "\xFF", "*");
}

TEST(Match, theHubsPathIsThatOfItsUrl) {
  const auto hub = readHubUrl("http://localhost:3000/hub");
  CHECK_TRUE(hub.has_value());
  STRCMP_EQUAL("/hub", hub->path.c_str());
  STRCMP_EQUAL("http://localhost:3000/hub", hub->text.c_str());
  CHECK_FALSE(judge({MatcherType::Exact, "*", "/hub/x"}, *hub).has_value());
  CHECK_TRUE(judge({MatcherType::Exact, "*", "/.well-known/mercure"}, *hub).has_value());
}

TEST(Match, aSitesHubIsWhereHubsUsuallyAre) {
  for (const char* const site : {"https://example.com", "https://example.com/", "https://example.com?a#b"}) {
    const auto hub = readHubUrl(site);
    CHECK_TRUE(hub.has_value());
    STRCMP_EQUAL("/.well-known/mercure", hub->path.c_str());
    CHECK_TRUE(
        judge({MatcherType::UrlPattern, "/books/:id", "https://example.com/books/1"}, *hub).value_or(false));
    CHECK_TRUE(judge({MatcherType::Exact, "/", "/"}, *hub).value_or(false));
  }
}

TEST(Match, whatIsNoHubsUrl) {
  for (const char* const text : {"", "/hub", "www.example.com/hub", "ftp://example.com/hub", "https://",
                                 "mailto:a@b", "https://exa mple.com/hub"}) {
    CHECK_FALSE_TEXT(readHubUrl(text).has_value(), text);
  }
}

TEST(Match, typesByName) {
  CHECK_TRUE(readMatcherType("exact") == MatcherType::Exact);
  CHECK_TRUE(readMatcherType("urlpattern") == MatcherType::UrlPattern);
  CHECK_TRUE(readMatcherType("template") == MatcherType::Selector);
  for (const char* const name : {"", "Exact", "exact ", "selector"})
    CHECK_FALSE_TEXT(readMatcherType(name).has_value(), name);
}

}  // namespace mercure::mercurectl::test

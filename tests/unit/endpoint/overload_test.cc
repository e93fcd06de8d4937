#include "endpoint/overload.h"

#include <charconv>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "endpoint/hub_fixture.h"

namespace mercure::endpoint {
namespace {

using hub::Refusal;
using test::checkContains;
using test::checkField;
using test::checkNoField;
using test::FakeRequest;
using test::fieldOf;

/// The whole of `text` as a number; -1 when it is none.
int numberIn(std::string_view text) {
  int number = -1;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() ? number : -1;
}

FakeRequest accepting(FakeRequest request, std::string accept) {
  request.set("Accept", std::move(accept));
  return request;
}

struct OverloadFixture : test::HubFixture {
  /// From here on there is no memory for any selector.
  void fillUp() { matchers.emplace(1); }

  FakeRequest browsers() const { return accepting(stream("topic=/{a}"), "text/event-stream"); }

  Answer refusedByFront(const FakeRequest& request, int status = 429) const {
    return refuse(request, settings, status, Refusal::Limit, "10 streams\nof this client");
  }

  /// That `answer` is a stream that only says when to come back; in how many milliseconds.
  static int checkStream(const Answer& answer) {
    LONGS_EQUAL(200, answer.response.status);
    CHECK(answer.isCut);
    CHECK(!answer.subscription);
    checkNoField(answer.response, "Retry-After");
    CHECK(answer.refused.has_value());
    LONGS_EQUAL(static_cast<int>(Refusal::Limit), static_cast<int>(answer.refused->reason));
    const std::string_view body = answer.response.body;
    CHECK(body.starts_with("retry: ") && body.ends_with("\n\n"));
    const int wait = numberIn(body.substr(7, body.size() - 9));
    CHECK(wait >= 5'000 && wait <= 20'000);
    return wait;
  }

  /// That `answer` is an error that says when to come back; in how many seconds.
  static int checkStatus(const Answer& answer, int status) {
    LONGS_EQUAL(status, answer.response.status);
    STRCMP_EQUAL(status == 429 ? "Too Many Requests\n" : "Service Unavailable\n",
                 answer.response.body.c_str());
    CHECK(!answer.isCut);
    CHECK(!answer.subscription);
    CHECK(answer.refused.has_value());
    LONGS_EQUAL(static_cast<int>(Refusal::Limit), static_cast<int>(answer.refused->reason));
    checkOneLine(answer);
    checkField(answer.response, "Cache-Control", "private");
    const int wait = numberIn(fieldOf(answer.response, "Retry-After").value_or(""));
    CHECK(wait >= 5 && wait <= 20);
    return wait;
  }

  /// In the room, and when the front refuses.
  void checkStreamFor(FakeRequest request) {
    checkStream(ask(request));
    checkStream(refusedByFront(request));
  }
  void checkStatusFor(FakeRequest request) {
    checkStatus(ask(request), 503);
    checkStatus(refusedByFront(request, 503), 503);
    checkStatus(refusedByFront(request, 429), 429);
  }

  std::uint64_t counted(Refusal reason) { return hub().counters().refused[static_cast<std::size_t>(reason)]; }
};

TEST_GROUP_BASE(Overload, OverloadFixture){};

TEST(Overload, whoAsksForAnEventStreamGetsOneThatSaysWhenToComeBack) {
  fillUp();
  checkStreamFor(browsers());
}

TEST(Overload, theStreamsHeadIsThatOfAnyStream) {
  CHECK(settings.corsOrigins.add("https://app.example").has_value());
  auto request = browsers();
  request.set("Origin", "https://app.example");
  const auto open = ask(request);
  CHECK(open.subscription.has_value());
  fillUp();
  CHECK(ask(request).response.fields == open.response.fields);
  CHECK(refusedByFront(request).response.fields == open.response.fields);
  checkField(open.response, "Content-Type", "text/event-stream");
  checkField(open.response, "Cache-Control",
             "private, no-cache, no-store, must-revalidate, max-age=0, no-transform");
}

TEST(Overload, anotherOriginsPageMayReadIt) {
  CHECK(settings.corsOrigins.add("https://app.example").has_value());
  fillUp();
  auto browser = browsers();
  browser.set("Origin", "https://app.example");
  auto tool = accepting(stream("topic=/{a}"), "*/*");
  tool.set("Origin", "https://app.example");
  for (const auto& answer : {ask(browser), refusedByFront(browser), ask(tool), refusedByFront(tool)}) {
    checkField(answer.response, "Access-Control-Allow-Origin", "https://app.example");
    checkField(answer.response, "Access-Control-Allow-Credentials", "true");
    checkField(answer.response, "Vary", "Origin");
    checkField(answer.response, "X-Content-Type-Options", "nosniff");
  }
  auto foreign = browsers();
  foreign.set("Origin", "https://other.example");
  checkNoField(ask(foreign).response, "Access-Control-Allow-Origin");
}

TEST(Overload, isCountedInTheRoomAndLeftToTheFrontOtherwise) {
  fillUp();
  checkContains(ask(browsers()).refused->explanation, "no memory left for the topic selector");
  UNSIGNED_LONGS_EQUAL(1, counted(Refusal::Limit));
  (void)ask(stream("topic=/{a}"));
  UNSIGNED_LONGS_EQUAL(2, counted(Refusal::Limit));
  STRCMP_EQUAL("10 streams?of this client", refusedByFront(browsers()).refused->explanation.c_str());
  UNSIGNED_LONGS_EQUAL(2, counted(Refusal::Limit));
}

TEST(Overload, whoWasTurnedAwayTogetherDoesNotComeBackTogether) {
  fillUp();
  std::set<int> inRoom;
  std::set<int> byFront;
  std::set<int> seconds;
  for (int i = 0; i < 200; ++i) {
    inRoom.insert(checkStream(ask(browsers())));
    byFront.insert(checkStream(refusedByFront(browsers())));
    seconds.insert(checkStatus(refusedByFront(stream("topic=a")), 429));
  }
  CHECK(inRoom.size() > 150);
  CHECK(byFront.size() > 150);
  CHECK(seconds.size() > 10);
  // From all of the range.
  CHECK(*inRoom.begin() < 8'000 && *inRoom.rbegin() > 17'000);
  CHECK(*seconds.begin() < 8 && *seconds.rbegin() > 17);
}

TEST(Overload, anEventStreamMayBeNamedAmongOthers) {
  fillUp();
  for (const char* accept :
       {"text/html, Text/Event-Stream;q=0.9", "text/event-stream, */*", "*/*,text/event-stream",
        " text/event-stream\t", "TEXT/EVENT-STREAM", "text/event-stream;charset=utf-8",
        "text/html;x=\"y\" , text/event-stream ; q=0.5", ",,text/event-stream,,", "???,text/event-stream"}) {
    checkStreamFor(accepting(stream("topic=/{a}"), accept));
  }
  auto inAnotherField = accepting(stream("topic=/{a}"), "text/html");
  inAnotherField.set("accept", "text/event-stream");
  checkStreamFor(inAnotherField);
}

TEST(Overload, whoDoesNotAskForAnEventStreamGetsTheStatus) {
  fillUp();
  checkStatusFor(stream("topic=/{a}"));
  for (const char* accept : {"*/*",
                             "text/*",
                             "text/html",
                             "application/json, text/plain;q=0.5, */*;q=0.1",
                             "",
                             " ",
                             ",",
                             ",,;,",
                             "text/event-streams",
                             "xtext/event-stream",
                             "text/event-stream x",
                             "text /event-stream",
                             "text/ event-stream",
                             "text/event-stream;q",
                             "event-stream",
                             "text/event-stream;x=\"",
                             "\"text/event-stream\"",
                             "text/html;x=\"text/event-stream\"",
                             "text/event-stream/x",
                             "text/event-stream\r\n",
                             "text/\xff, \x01",
                             "text"}) {
    checkStatusFor(accepting(stream("topic=/{a}"), accept));
  }
}

TEST(Overload, hostileLengthsOfAccept) {
  fillUp();
  for (const char piece : {',', ';', ' ', 'x', '"', '/', '\\', '='}) {
    const std::string many(1'000'000, piece);
    checkStatusFor(accepting(stream("topic=/{a}"), many));
    checkStatusFor(accepting(stream("topic=/{a}"), "text/html" + many + "x"));
  }
  checkStreamFor(accepting(stream("topic=/{a}"), std::string(1'000'000, ',') + "text/event-stream"));
  std::string list;
  for (int i = 0; i < 100'000; ++i) list += "text/html,";
  checkStatusFor(accepting(stream("topic=/{a}"), list));
  checkStreamFor(accepting(stream("topic=/{a}"), list + "text/event-stream"));
}

TEST(Overload, onlyAGetOpensAStream) {
  fillUp();
  auto head = browsers();
  head.methodName = "HEAD";
  checkStatusFor(head);
  // A publisher's token is granted selectors too.
  checkStatusFor(accepting(form("topic=https://example.com/books/1", test::kPB), "text/event-stream"));
}

TEST(Overload, statusIsForEverybody) {
  settings.overload = Overload::Status;
  fillUp();
  checkStatusFor(browsers());
  checkStatusFor(stream("topic=/{a}"));
  auto head = browsers();
  head.methodName = "HEAD";
  checkStatusFor(head);
}

TEST(Overload, otherRefusalsStayAsTheyAre) {
  for (const auto& answer : {ask(accepting(stream("topic=a", ""), "text/event-stream")),
                             ask(accepting(stream(""), "text/event-stream")),
                             refuse(browsers(), settings, 401, Refusal::NoToken, "why")}) {
    CHECK(answer.response.status >= 400);
    CHECK(!answer.isCut);
    checkNoField(answer.response, "Retry-After");
    checkField(answer.response, "Content-Type", "text/plain; charset=utf-8");
  }
}

TEST(Overload, aHubThatCannotServeSaysSoToEverybody) {
  for (const auto overload : {Overload::Retry, Overload::Status}) {
    settings.overload = overload;
    for (const auto& request : {browsers(), stream("topic=a"), form("topic=a")}) {
      const auto answer = refuse(request, settings, 503, Refusal::Unavailable, "a key is missing");
      LONGS_EQUAL(503, answer.response.status);
      checkField(answer.response, "Retry-After", "10");
      checkOneLine(answer);
      CHECK(!answer.isCut);
      LONGS_EQUAL(static_cast<int>(Refusal::Unavailable), static_cast<int>(answer.refused->reason));
    }
  }
}

TEST(Overload, streamsThatOpenAreNotCut) {
  const auto answer = ask(browsers());
  CHECK(answer.subscription.has_value());
  CHECK(!answer.isCut);
  STRCMP_EQUAL(":\n", answer.response.body.c_str());
}

}  // namespace
}  // namespace mercure::endpoint

#include <algorithm>
#include <array>
#include <random>

#include "endpoint/hub_fixture.h"

// Requests put together at random from the pieces that parsers stumble over: whatever comes, the answer is
// one that may go on the wire and into the log.

namespace mercure::endpoint {
namespace {

using test::FakeRequest;

constexpr int kRequests = 5'000;

struct HostileFixture : test::HubFixture {
  std::mt19937 random{42};  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same requests at every run

  void setup() override {
    CHECK(settings.corsOrigins.add("https://*.example.com").has_value());
    CHECK(settings.publishOrigins.add("https://*.example.com").has_value());
  }

  std::size_t below(std::size_t limit) { return random() % limit; }

  template <std::size_t Size>
  const std::string& oneOf(const std::array<std::string, Size>& pieces) {
    return pieces[below(Size)];
  }

  std::string text(std::size_t most) {
    static const std::array<std::string, 32> kPieces{"topic=",
                                                     "&",
                                                     "=",
                                                     "%",
                                                     "%0d%0a",
                                                     "%00",
                                                     "a",
                                                     "https://example.com/",
                                                     "{id}",
                                                     "{/x*}",
                                                     "authorization=",
                                                     test::kPA,
                                                     test::kSA,
                                                     "Bearer ",
                                                     "Basic ",
                                                     ";",
                                                     ",",
                                                     " ",
                                                     "\"",
                                                     "mercureAuthorization=",
                                                     "\r\n",
                                                     "\xc3\xa9",
                                                     "\xff",
                                                     std::string(1, '\0'),
                                                     "https://a.example.com",
                                                     "/.well-known/mercure",
                                                     "@",
                                                     ":",
                                                     "*",
                                                     "\\",
                                                     "private",
                                                     "application/x-www-form-urlencoded"};
    std::string made;
    for (auto count = below(most); count > 0; --count) made += oneOf(kPieces);
    return made;
  }

  FakeRequest request() {
    static const std::array<std::string, 6> kMethods{"GET", "POST", "HEAD", "OPTIONS", "POST", "\r\n"};
    static const std::array<std::string, 9> kFields{"Authorization",
                                                    "Cookie",
                                                    "Origin",
                                                    "Referer",
                                                    "Content-Type",
                                                    "Last-Event-ID",
                                                    "Access-Control-Request-Method",
                                                    "Access-Control-Request-Headers",
                                                    "Accept"};
    FakeRequest made;
    made.methodName = oneOf(kMethods);
    made.subpathText = below(8) == 0 ? "/" + text(4) : "";
    made.queryText = text(8);
    made.encrypted = below(2) == 0;
    made.serversPassword = below(4) == 0;
    if (below(2) == 0) made.set("Accept", "text/event-stream");
    if (below(2) == 0) made.set("Content-Type", "application/x-www-form-urlencoded");
    if (below(2) == 0) made.set("Authorization", "Bearer " + (below(2) == 0 ? test::kPA : test::kSA));
    for (auto count = below(4); count > 0; --count) made.set(oneOf(kFields), text(6));
    made.body = text(12);
    if (below(8) == 0) made.bodyFault = static_cast<BodyFault>(below(4));
    return made;
  }

  static bool isPlain(const std::string& line) {
    return std::none_of(line.begin(), line.end(),
                        [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  }

  static void checkSafe(const Answer& answer) {
    const auto& [status, fields, body] = answer.response;
    static const std::array kStatuses{200, 204, 400, 401, 403, 404, 405, 408, 413, 503};
    CHECK(std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end());
    for (const auto& [name, value] : fields) CHECK_TEXT(isPlain(value), value.c_str());
    CHECK_EQUAL(status >= 400 || answer.isCut, answer.refused.has_value() && status != 204);
    if (answer.subscription) CHECK_EQUAL(200, status);
    if (!answer.refused) return;
    CHECK_TEXT(isPlain(answer.refused->explanation), answer.refused->explanation.c_str());
    CHECK(answer.refused->explanation.size() < 600);
    const std::string_view end = answer.isCut ? "\n\n" : "\n";
    CHECK(body.empty() || (body.ends_with(end) && isPlain(body.substr(0, body.size() - end.size()))));
  }
};

TEST_GROUP_BASE(Hostile, HostileFixture){};

TEST(Hostile, everyAnswerIsSafe) {
  for (int i = 0; i < kRequests; ++i) checkSafe(ask(request()));
}

TEST(Hostile, everyAnswerOfAnOpenHubIsSafe) {
  settings.anonymous = true;
  CHECK(settings.corsOrigins.add("null").has_value());
  for (int i = 0; i < kRequests; ++i) checkSafe(ask(request()));
}

TEST(Hostile, everyAnswerOfAFullHubIsSafe) {
  settings.anonymous = true;
  matchers.emplace(1);
  int turnedAway = 0;
  for (int i = 0; i < kRequests; ++i) {
    const auto answer = ask(request());
    checkSafe(answer);
    CHECK(!answer.subscription);
    turnedAway += answer.isCut ? 1 : 0;
  }
  CHECK(turnedAway > 20);
}

TEST(Hostile, publishedUpdatesAreWholeEvents) {
  std::size_t updates = 0;
  for (int i = 0; i < kRequests; ++i) {
    auto made = form(text(12));
    if (ask(made).response.status != 200) continue;
    const auto record = published();
    CHECK(record.event.ends_with("\n\n"));
    CHECK(record.event.find("\n\n") == record.event.size() - 2);
    CHECK(record.event.find('\r') == std::string::npos);
    ++updates;
  }
  CHECK(updates > 100);
}

}  // namespace
}  // namespace mercure::endpoint

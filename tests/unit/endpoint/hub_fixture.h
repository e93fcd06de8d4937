#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <apr_general.h>

#include "endpoint/endpoint.h"
#include "endpoint/fake_request.h"
#include "endpoint/tokens.h"

// Last, because it redefines `new`.
#include <CppUTest/TestHarness.h>

namespace mercure::endpoint::test {

inline std::optional<std::string> fieldOf(const Response& response, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [fieldName, value] : response.fields) {
    if (fieldName != name) continue;
    if (found) FAIL(("twice in one answer: " + fieldName).c_str());
    found = value;
  }
  return found;
}

inline void checkField(const Response& response, std::string_view name, std::string_view expected) {
  const auto value = fieldOf(response, name);
  CHECK_TEXT(value.has_value(), ("missing field: " + std::string(name)).c_str());
  STRCMP_EQUAL(std::string(expected).c_str(), value.value_or("").c_str());
}

inline void checkNoField(const Response& response, std::string_view name) {
  CHECK_TEXT(!fieldOf(response, name), ("unwanted field: " + std::string(name)).c_str());
}

inline void checkContains(const std::string& text, std::string_view part) {
  CHECK_TEXT(text.find(part) != std::string::npos, (std::string(part) + " is not in: " + text).c_str());
}

/// One hub on the heap, and an endpoint in front of it.
class HubFixture : public Utest {
 public:
  static constexpr std::size_t kLogSize = std::size_t{256} * 1024;

  Settings settings;
  std::chrono::system_clock::time_point now =
      std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  std::optional<hub::MatcherCache> matchers{std::in_place, std::size_t{64} << 20U};

  HubFixture() {
    apr_initialize();
    apr_pool_create(&pool_, nullptr);
    apr_file_t* readEnd = nullptr;
    apr_file_t* writeEnd = nullptr;
    if (hub::BroadcastPipe::create(pool_, &readEnd, &writeEnd) != APR_SUCCESS)
      throw std::runtime_error("pipe");
    pipe_.emplace(readEnd, writeEnd);
    pages_.resize(hub::Segment::requiredSize(kLogSize, 4) / sizeof(Page) + 1);
    const auto memory = std::as_writable_bytes(std::span(pages_));
    if (!hub::Segment::create(memory, kLogSize, 4)) throw std::runtime_error("segment");
    hub_.emplace("hub.example", memory, *pipe_);
    reader_.emplace(hub_->segment(), hub_->end().position);
    settings.protocol = protocol::Protocol::V0;
    settings.publishers.old.keys = {secretKey(kSecret)};
    settings.subscribers = settings.publishers;
  }

  ~HubFixture() override {
    hub_.reset();
    apr_pool_destroy(pool_);
    apr_terminate();
  }

  HubFixture(const HubFixture&) = delete;
  HubFixture& operator=(const HubFixture&) = delete;

  [[nodiscard]] hub::Hub& hub() { return *hub_; }

  [[nodiscard]] Answer ask(FakeRequest& request) {
    return answer(request, {settings, *hub_, *matchers, now});
  }
  [[nodiscard]] Answer ask(FakeRequest&& request) { return ask(request); }

  [[nodiscard]] static auth::IdentifiedKey secretKey(std::string_view secret) {
    return {*auth::Key::read(secret, auth::Algorithm::HS256), std::nullopt};
  }

  /// A form as a publisher posts it, its token in the field.
  [[nodiscard]] static FakeRequest form(std::string body, const std::string& token = kPA) {
    FakeRequest request;
    request.methodName = "POST";
    request.set("Content-Type", "application/x-www-form-urlencoded");
    if (!token.empty()) request.set("Authorization", "Bearer " + token);
    request.body = std::move(body);
    return request;
  }

  /// A subscription, its token in the field.
  [[nodiscard]] static FakeRequest stream(std::string query, const std::string& token = kSA) {
    FakeRequest request;
    request.queryText = std::move(query);
    if (!token.empty()) request.set("Authorization", "Bearer " + token);
    return request;
  }

  /// Publishes as another process does.
  void publish(const std::string& topic, std::string_view id) {
    const std::vector<std::string> topics{topic};
    CHECK_TEXT(hub_->publish({topics, id, "data: x\n\n", {}}).has_value(), "nothing was published");
  }

  /// The next update in the log; fails when there is none.
  [[nodiscard]] hub::Record published() {
    hub::Record record;
    CHECK_TEXT(reader_->next(record) == hub::LogReader::Outcome::Read, "nothing was published");
    return record;
  }

  void checkNothingPublished() {
    hub::Record record;
    CHECK_TEXT(reader_->next(record) == hub::LogReader::Outcome::NothingNew, "something was published");
  }

  /// That `answer` is this refusal, counted once, with the fields of every refusal; its explanation.
  std::string checkRefused(const Answer& answer, int status, hub::Refusal reason) {
    LONGS_EQUAL(status, answer.response.status);
    CHECK_TEXT(answer.refused.has_value(), "no refusal");
    CHECK(!answer.subscription.has_value());
    LONGS_EQUAL(static_cast<int>(reason), static_cast<int>(answer.refused->reason));
    UNSIGNED_LONGS_EQUAL(1, hub_->counters().refused[static_cast<std::size_t>(reason)].exchange(0));
    checkOneLine(answer);
    if (status == 401) {
      checkField(answer.response, "WWW-Authenticate", "Bearer");
      STRCMP_EQUAL("Unauthorized\n", answer.response.body.c_str());
    } else {
      checkNoField(answer.response, "WWW-Authenticate");
    }
    return answer.refused->explanation;
  }

  static void checkOneLine(const Answer& answer) {
    checkField(answer.response, "Content-Type", "text/plain; charset=utf-8");
    checkField(answer.response, "X-Content-Type-Options", "nosniff");
    const auto& body = answer.response.body;
    CHECK(body.size() > 1);
    CHECK(body.find('\n') == body.size() - 1);
    for (const char c : answer.refused->explanation)
      CHECK(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
    CHECK(answer.refused->explanation.size() < 600);
    CHECK(!answer.refused->explanation.empty());
  }

 private:
  struct alignas(4096) Page {
    std::byte bytes[4096];
  };

  apr_pool_t* pool_ = nullptr;
  std::optional<hub::BroadcastPipe> pipe_;
  std::vector<Page> pages_;
  std::optional<hub::Hub> hub_;
  std::optional<hub::LogReader> reader_;
};

}  // namespace mercure::endpoint::test

#include "protocol/event_stream.h"

#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::encodeEvent;
using mercure::protocol::encodeRetry;
using mercure::protocol::kHeartbeat;
using mercure::protocol::Publication;
using namespace mercure::protocol::test;
using namespace std::chrono_literals;

namespace {

Publication updateWith(std::string data, std::string type = {}) {
  Publication update;
  update.topics = {"https://example.com/books/1"};
  update.data = std::move(data);
  update.id = {'e', '1'};
  update.type = std::move(type);
  return update;
}

// The data of an event as a browser reads it (HTML, "Interpreting an event stream").
std::string readData(const std::string& event) {
  std::string data;
  for (std::size_t at = 0; at < event.size();) {
    const std::size_t end = event.find('\n', at);
    const std::string line = event.substr(at, end - at);
    if (line.starts_with("data: ")) data += line.substr(6) + "\n";
    at = end + 1;
  }
  if (!data.empty()) data.pop_back();
  return data;
}

}  // namespace

TEST_GROUP(EventStream){};

TEST(EventStream, P0_EVT_02_fields_in_order_with_LF_and_one_space) {
  Publication update = updateWith("hi", "t");
  update.retry = 5;
  STRCMP_EQUAL("event: t\nretry: 5\nid: e1\ndata: hi\n\n", encodeEvent(update).c_str());
}

TEST(EventStream, P0_EVT_01_every_event_has_an_id) {
  STRCMP_EQUAL("id: e1\ndata: hi\n\n", encodeEvent(updateWith("hi")).c_str());
}

TEST(EventStream, P0_PUB_16_retry_0_makes_no_line) {
  Publication update = updateWith("hi");
  update.retry = 0;
  STRCMP_EQUAL("id: e1\ndata: hi\n\n", encodeEvent(update).c_str());
  update.retry = std::numeric_limits<std::uint64_t>::max();
  STRCMP_EQUAL("retry: 18446744073709551615\nid: e1\ndata: hi\n\n", encodeEvent(update).c_str());
}

TEST(EventStream, P0_EVT_03_data_is_split_at_CRLF_CR_and_LF) {
  STRCMP_EQUAL("id: e1\ndata: a\ndata: b\ndata: c\ndata: d\n\n",
               encodeEvent(updateWith("a\r\nb\rc\nd")).c_str());
  STRCMP_EQUAL("id: e1\ndata: a\ndata: \n\n", encodeEvent(updateWith("a\n")).c_str());
  STRCMP_EQUAL("id: e1\ndata: a\ndata: \n\n", encodeEvent(updateWith("a\r")).c_str());
  STRCMP_EQUAL("id: e1\ndata: a\ndata: \n\n", encodeEvent(updateWith("a\r\n")).c_str());
  STRCMP_EQUAL("id: e1\ndata: \ndata: \ndata: \n\n", encodeEvent(updateWith("\n\r")).c_str());
  STRCMP_EQUAL("id: e1\ndata: \ndata: \ndata: \n\n", encodeEvent(updateWith("\r\r\n")).c_str());
  STRCMP_EQUAL("id: e1\ndata:  a\ndata: data: b\n\n", encodeEvent(updateWith(" a\ndata: b")).c_str());
}

TEST(EventStream, P0_EVT_04_empty_data_is_one_line) {
  STRCMP_EQUAL("id: e1\ndata: \n\n", encodeEvent(updateWith("")).c_str());
}

TEST(EventStream, P0_EVT_05_topics_and_privacy_are_not_sent) {
  Publication update = updateWith("hi");
  const std::string before = encodeEvent(update);
  update.topics.emplace_back("https://example.com/other");
  update.isPrivate = true;
  STRCMP_EQUAL(before.c_str(), encodeEvent(update).c_str());
}

TEST(EventStream, P0_SUB_11_the_heartbeat_is_a_comment_line) {
  CHECK_TRUE(kHeartbeat == ":\n");
}

TEST(EventStream, retry_of_the_hubs_own) {
  STRCMP_EQUAL("retry: 1500\n\n", encodeRetry(1500ms).c_str());
  STRCMP_EQUAL("retry: 0\n\n", encodeRetry(0ms).c_str());
  STRCMP_EQUAL("retry: 0\n\n", encodeRetry(-1ms).c_str());
}

TEST(EventStream, no_data_breaks_out_of_its_field) {
  Dice dice(4);
  const std::vector<std::string> pieces = {
      "\r", "\n", "a", ":", " ", "id: x", "\u2028", "\u0085", std::string(1, '\0')};
  for (int i = 0; i < 3000; ++i) {
    const std::string data = dice.chance(2) ? dice.bytes(30) : dice.join(pieces, 12);
    const std::string event = encodeEvent(updateWith(data));
    CHECK_TRUE(event.starts_with("id: e1\ndata: "));
    CHECK_TRUE(event.ends_with("\n\n"));
    LONGS_EQUAL(event.size() - 2, event.find("\n\n"));
    LONGS_EQUAL(std::string::npos, event.find('\r'));

    std::string expected;
    for (std::size_t at = 0; at < data.size(); ++at) {
      if (data[at] == '\r' && at + 1 < data.size() && data[at + 1] == '\n') continue;
      expected += data[at] == '\r' ? '\n' : data[at];
    }
    CHECK_TRUE(readData(event) == expected);
  }
}

TEST(EventStream, ANY_46_a_mebibyte_of_line_ends_becomes_seven) {
  const std::string event = encodeEvent(updateWith(std::string(kMebibyte, '\n')));
  LONGS_EQUAL(7 * (kMebibyte + 1) + std::string("id: e1\n\n").size(), event.size());
}

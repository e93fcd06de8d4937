#include "hub/send_queue.h"

#include <array>
#include <random>
#include <string>

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::size_t kNoLimit = 1U << 30U;

SharedFrame frame(std::string_view text, Frame::Kind kind = Frame::Kind::Event) {
  return std::make_shared<const Frame>(text, kind);
}

/// What gather() offers, as one string.
std::string offered(const SendQueue& queue) {
  std::array<iovec, 64> parts{};
  const std::size_t count = queue.gather(parts);
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return result;
}

}  // namespace

TEST_GROUP(Frame){};

TEST(Frame, hasTheFramingOfAChunkAroundIt) {
  const Frame small("data: a\n\n", Frame::Kind::Event);
  STRCMP_EQUAL("9\r\ndata: a\n\n\r\n", std::string(small.bytes(true)).c_str());
  STRCMP_EQUAL("data: a\n\n", std::string(small.bytes(false)).c_str());
  STRCMP_EQUAL("data: a\n\n", small.text()->c_str());
  POINTERS_EQUAL(small.text().get(), small.text().get());
  const Frame large(std::string(0x1abcd, 'x'), Frame::Kind::Event);
  CHECK_TRUE(large.bytes(true).starts_with("1abcd\r\nxxx"));
  CHECK_TRUE(large.bytes(true).ends_with("xxx\r\n"));
  UNSIGNED_LONGS_EQUAL(0x1abcd, large.bytes(false).size());
}

TEST_GROUP(SendQueue){};

TEST(SendQueue, offersWhatWaitsInOrder) {
  SendQueue queue(false);
  CHECK_TRUE(queue.empty());
  CHECK_TRUE(queue.push(frame("one"), kNoLimit));
  CHECK_TRUE(queue.push(frame("two"), kNoLimit));
  STRCMP_EQUAL("onetwo", offered(queue).c_str());
  std::array<iovec, 1> onlyOne{};
  UNSIGNED_LONGS_EQUAL(1, queue.gather(onlyOne));
  UNSIGNED_LONGS_EQUAL(3, onlyOne[0].iov_len);
}

TEST(SendQueue, countsEventsOnceTheyAreWrittenWhole) {
  SendQueue queue(false);
  CHECK_TRUE(queue.push(frame("one"), kNoLimit));
  CHECK_TRUE(queue.push(frame(":\n", Frame::Kind::Control), kNoLimit));
  CHECK_TRUE(queue.push(frame("two"), kNoLimit));
  auto progress = queue.advance(2);
  UNSIGNED_LONGS_EQUAL(0, progress.events);
  CHECK_FALSE(progress.newHead);
  STRCMP_EQUAL("e:\ntwo", offered(queue).c_str());
  progress = queue.advance(4);
  UNSIGNED_LONGS_EQUAL(1, progress.events);
  CHECK_TRUE(progress.newHead);
  STRCMP_EQUAL("wo", offered(queue).c_str());
  progress = queue.advance(2);
  UNSIGNED_LONGS_EQUAL(1, progress.events);
  CHECK_TRUE(queue.empty());
}

TEST(SendQueue, ANY_46_emptyItTakesAnyOneFrameAndThenSoMuchBehindIt) {
  SendQueue queue(false);
  CHECK_TRUE(queue.push(frame(std::string(1000, 'a')), 10));
  CHECK_TRUE(queue.push(frame(std::string(6, 'b')), 10));
  CHECK_FALSE(queue.push(frame(std::string(5, 'c')), 10));
  CHECK_TRUE(queue.push(frame(std::string(4, 'd')), 10));
  CHECK_FALSE(queue.push(frame("e"), 10));
  UNSIGNED_LONGS_EQUAL(1, queue.advance(1000).events);
  STRCMP_EQUAL("bbbbbbdddd", offered(queue).c_str());
  CHECK_TRUE(queue.push(frame(std::string(6, 'e')), 10));
  CHECK_FALSE(queue.push(frame("f"), 10));
}

TEST(SendQueue, giveSoManyBytesAsWereTakenInWhateverPieces) {
  for (const bool chunked : {false, true}) {
    SendQueue queue(chunked);
    std::minstd_rand random(7);
    std::string expected;
    std::string written;
    std::size_t events = 0;
    for (int i = 0; i < 2000; ++i) {
      if (random() % 3 != 0) {
        const auto added = frame(std::string(1 + random() % 50, static_cast<char>('a' + i % 26)));
        CHECK_TRUE(queue.push(added, kNoLimit));
        expected.append(added->bytes(chunked));
      }
      const std::string now = offered(queue);
      const std::size_t taken = now.empty() ? 0 : random() % (now.size() + 1);
      written.append(now, 0, taken);
      events += queue.advance(taken).events;
    }
    while (!queue.empty()) {
      const std::string now = offered(queue);
      written += now;
      events += queue.advance(now.size()).events;
    }
    CHECK_TRUE(written == expected);
    CHECK_TRUE(events > 0);
  }
}

}  // namespace mercure::hub::test

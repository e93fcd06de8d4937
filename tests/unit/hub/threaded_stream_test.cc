#include "hub/threaded_stream.h"

#include <string>
#include <thread>

#include "hub/hub_fixture.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

/// Takes from `stream` until it has ended, or `wanted` events came, and notes both.
struct Reader {
  std::string text;
  std::optional<EndReason> ended;

  bool readUntil(ThreadedStream& stream, std::string_view expected) {
    while (text.size() < expected.size() && !ended) takeOnce(stream);
    return text == expected;
  }
  bool readUntilEnd(ThreadedStream& stream) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!ended && std::chrono::steady_clock::now() < end) takeOnce(stream);
    return ended.has_value();
  }

 private:
  void takeOnce(ThreadedStream& stream) {
    const auto taken = stream.take(kPatience);
    for (const auto& event : taken.events) text += *event;
    stream.wrote(taken.events.size(), 0);
    ended = taken.ended;
  }
};

}  // namespace

TEST_GROUP(ThreadedStream) {
  HubFixture fixture;
  Reader reader;
};

TEST(ThreadedStream, getsUnchunkedEventsInOrderSinceItsStart) {
  auto subscription = fixture.subscription({"a"}, {"a"});
  fixture.publish({"a"}, "data: 1\n\n");
  fixture.publish({"b"}, "data: no\n\n");
  const auto stream = fixture.addThreaded(std::move(subscription));
  fixture.publish({"a"}, "data: 2\n\n", true);
  CHECK_TRUE(reader.readUntil(*stream, "data: 1\n\ndata: 2\n\n"));
  CHECK_TRUE(fixture.awaitDelivered(2));
  LONGS_EQUAL(1, fixture.hub().gauges().threadedStreams);
}

TEST(ThreadedStream, waitsInVainWhenNothingComes) {
  const auto stream = fixture.addThreaded(fixture.subscription({"a"}));
  const auto taken = stream->take(std::chrono::milliseconds(1));
  CHECK_TRUE(taken.events.empty());
  CHECK_FALSE(taken.ended.has_value());
}

TEST(ThreadedStream, itsThreadEndsIt) {
  const auto stream = fixture.addThreaded(fixture.subscription({"a"}));
  stream->wrote(3, 40);
  stream->finish(EndReason::ClientGone);
  stream->finish(EndReason::WriteFailed);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::ClientGone);
  UNSIGNED_LONGS_EQUAL(3, fixture.ends()[0].events);
  UNSIGNED_LONGS_EQUAL(40, fixture.ends()[0].bytes);
  CHECK_TRUE(await([&] { return fixture.hub().gauges().streams == 0; }));
  LONGS_EQUAL(0, fixture.hub().gauges().threadedStreams);
}

TEST(ThreadedStream, P0_TIME_05_endsWhenItsBufferIsFull) {
  StreamClient beside;
  fixture.add(beside, fixture.subscription({"a"}));
  fixture.limits().sendBuffer = 20;
  const auto stream = fixture.addThreaded(fixture.subscription({"a"}));
  const std::string first = "data: 1\n\n";
  fixture.publish({"a"}, first);
  CHECK_TRUE(reader.readUntil(*stream, first));  // the dispatcher has it, and no longer reads for it alone
  const std::string large = "data: " + std::string(100, 'x') + "\n\n";
  fixture.publish({"a"}, large);  // an empty queue takes any one
  fixture.publish({"a"}, "data: more\n\n");
  CHECK_TRUE(
      beside.awaitText(first + large + "data: more\n\n"));  // written after all queues have been filled
  CHECK_TRUE(reader.readUntilEnd(*stream));
  CHECK_TRUE(reader.ended == EndReason::SendBufferFull);
  STRCMP_EQUAL((first + large).c_str(), reader.text.c_str());
  stream->finish(EndReason::ClientGone);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::SendBufferFull);
}

TEST(ThreadedStream, keepsItsSeatUntilItsThreadIsBack) {
  const auto stream = fixture.addThreaded(fixture.subscription({"a"}), std::chrono::steady_clock::now());
  CHECK_TRUE(reader.readUntilEnd(*stream));
  CHECK_TRUE(reader.ended == EndReason::DurationReached);
  CHECK_TRUE(reader.text.empty());
  LONGS_EQUAL(1, fixture.hub().gauges().threadedStreams);
  CHECK_TRUE(fixture.ends().empty());
  stream->finish(EndReason::ClientGone);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::DurationReached);
  CHECK_TRUE(await([&] { return fixture.hub().gauges().threadedStreams == 0; }));
}

TEST(ThreadedStream, P0_TIME_01_endsWhenItsTokenExpires) {
  auto subscription = fixture.subscription({"a"});
  subscription.expires = std::chrono::system_clock::now() + std::chrono::milliseconds(20);
  const auto stream = fixture.addThreaded(std::move(subscription));
  CHECK_TRUE(reader.readUntilEnd(*stream));
  CHECK_TRUE(reader.ended == EndReason::TokenExpired);
}

TEST(ThreadedStream, threadedOnesCanBeEndedAlone) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  const auto stream = fixture.addThreaded(fixture.subscription({"a"}));
  fixture.dispatchers().endThreadedStreams();
  CHECK_TRUE(reader.readUntilEnd(*stream));
  CHECK_TRUE(reader.ended == EndReason::ServerStopping);
  STRNCMP_EQUAL("retry: ", reader.text.c_str(), 7);
  stream->finish(EndReason::ServerStopping);
  CHECK_TRUE(fixture.awaitEnds(1));
  // Later ones end at once, the others go on.
  const auto later = fixture.addThreaded(fixture.subscription({"a"}));
  Reader laterReader;
  CHECK_TRUE(laterReader.readUntilEnd(*later));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
}

TEST(ThreadedStream, anEndOfAllEndsItToo) {
  const auto stream = fixture.addThreaded(fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(reader.readUntil(*stream, "data: a\n\n"));
  fixture.dispatchers().stop();
  CHECK_TRUE(reader.readUntilEnd(*stream));
  CHECK_TRUE(reader.ended == EndReason::ServerStopping);
  STRNCMP_EQUAL("data: a\n\nretry: ", reader.text.c_str(), 16);
  LONGS_EQUAL(1, fixture.ends().size());
  fixture.destroyDispatchers();
  // Its thread may take its time.
  CHECK_TRUE(stream->take({}).ended.has_value());
  stream->wrote(1, 1);
  stream->finish(EndReason::ServerStopping);
}

TEST(ThreadedStream, afterAnEndItIsBornEnded) {
  Seat seat = fixture.seat();
  fixture.dispatchers().stop();
  const auto stream = fixture.dispatchers().addThreaded(std::move(seat), fixture.subscription({"a"}),
                                                        std::make_shared<const StreamLimits>(), std::nullopt);
  CHECK_TRUE(stream->take({}).ended == EndReason::ServerStopping);
  stream->finish(EndReason::ClientGone);
}

TEST(ThreadedStream, manyThreadsTakeWhatManyPublish) {
  constexpr int kStreams = 6;
  constexpr int kEach = 300;
  std::vector<std::string> texts(kStreams);
  std::vector<std::thread> threads;
  for (std::string& text : texts) {
    threads.emplace_back([&text, stream = fixture.addThreaded(fixture.subscription({"*"}))] {
      Reader own;
      own.readUntil(*stream, std::string(2 * kEach * 9, ' '));
      text = own.text;
      stream->finish(EndReason::ClientGone);
    });
  }
  for (const char* const event : {"data: a\n\n", "data: b\n\n"}) {
    threads.emplace_back([this, event] {
      for (int i = 0; i < kEach; ++i) fixture.publish({"a"}, event);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const std::string& text : texts) {
    LONGS_EQUAL(2 * kEach * 9, text.size());
    CHECK_TRUE(text == texts.front());
  }
  CHECK_TRUE(fixture.awaitEnds(kStreams));
}

}  // namespace mercure::hub::test

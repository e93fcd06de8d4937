#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>

#include "hub/hub_fixture.h"
#include "hub/socket_stream.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

MonotonicTime soon() {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
}

/// More than a socket pair takes without a reader.
const std::string kHuge = "data: " + std::string(4U << 20U, 'x') + "\n\n";

}  // namespace

TEST_GROUP(StreamLimits) {
  HubFixture fixture{1U << 26U};
};

TEST(StreamLimits, aParkedStreamIsSmall) {
  CHECK_TRUE(sizeof(SocketStream) <= 512);
}

TEST(StreamLimits, P0_SUB_11_anIdleStreamGetsAHeartbeat) {
  fixture.limits().heartbeat = std::chrono::milliseconds(10);
  StreamClient plain;
  StreamClient chunked(StreamClient::Wire::Clear, true);
  fixture.add(plain, fixture.subscription({"a"}));
  fixture.add(chunked, fixture.subscription({"a"}));
  CHECK_TRUE(plain.awaitPart(":\n:\n:\n"));
  CHECK_TRUE(chunked.awaitPart("2\r\n:\n\r\n2\r\n:\n\r\n"));
  UNSIGNED_LONGS_EQUAL(0, fixture.counters().delivered);
}

TEST(StreamLimits, P0_SUB_12_aBusyStreamGetsNoHeartbeat) {
  fixture.limits().heartbeat = kPatience * 10;
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
}

TEST(StreamLimits, P0_TIME_02_theStreamEndsWhenItsDurationIsReached) {
  StreamClient client(StreamClient::Wire::Clear, true);
  fixture.publish({"a"}, "data: never\n\n");
  fixture.add(client, fixture.subscription({"a"}), soon());
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(fixture.awaitEnd() == EndReason::DurationReached);
  CHECK_TRUE(client.received().empty());  // a cut: not the last chunk, nor anything else
}

TEST(StreamLimits, P0_TIME_01_theStreamEndsWhenTheTokenExpires) {
  StreamClient client;
  auto subscription = fixture.subscription({"a"});
  subscription.expires = std::chrono::system_clock::now() + std::chrono::milliseconds(50);
  const auto expires = *subscription.expires;
  fixture.add(client, std::move(subscription), std::chrono::steady_clock::now() + kPatience * 10);
  CHECK_TRUE(client.awaitEnd());
  CHECK_TRUE(std::chrono::system_clock::now() >= expires);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::TokenExpired);
}

TEST(StreamLimits, P0_TIME_01_anExpiredTokenOpensNothing) {
  for (const auto expires : {WallTime::min(), std::chrono::system_clock::now() - std::chrono::seconds(1)}) {
    HubFixture fresh;
    StreamClient client;
    auto subscription = fresh.subscription({"a"});
    subscription.expires = expires;
    fresh.add(client, std::move(subscription));
    CHECK_TRUE(client.awaitEnd());
    CHECK_TRUE(fresh.awaitEnd() == EndReason::TokenExpired);
  }
}

TEST(StreamLimits, aTokenThatNeverExpiresInPracticeKeepsItsStream) {
  StreamClient client;
  auto subscription = fixture.subscription({"a"});
  subscription.expires = WallTime::max();
  fixture.add(client, std::move(subscription));
  fixture.publish({"a"}, "data: a\n\n");
  CHECK_TRUE(client.awaitText("data: a\n\n"));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(StreamLimits, P0_TIME_05_aSlowReaderDelaysNobodyAndIsCutWhenItsBufferIsFull) {
  fixture.limits().sendBuffer = 100'000;
  StreamClient slow;
  StreamClient quick;
  fixture.add(slow, fixture.subscription({"a"}));
  fixture.add(quick, fixture.subscription({"a"}));
  const std::string event = "data: " + std::string(10'000, 'x') + "\n\n";
  std::string expected;
  while (fixture.ends().empty()) {
    fixture.publish({"a"}, event);
    expected += event;
    CHECK_TRUE(quick.awaitText(expected));
  }
  CHECK_TRUE(fixture.awaitEnd() == EndReason::SendBufferFull);
  fixture.publish({"a"}, "data: on\n\n");
  CHECK_TRUE(quick.awaitText(expected + "data: on\n\n"));
  CHECK_TRUE(slow.awaitEnd());
  CHECK_TRUE(expected.starts_with(slow.received()));
}

TEST(StreamLimits, ANY_46_anEmptyQueueTakesAnUpdateOfAnySize) {
  fixture.limits().sendBuffer = 10;
  StreamClient client(StreamClient::Wire::Clear, true);
  fixture.add(client, fixture.subscription({"a"}));
  fixture.publish({"a"}, kHuge);
  CHECK_TRUE(client.awaitText("400008\r\n" + kHuge + "\r\n"));
  fixture.publish({"a"}, kHuge);
  CHECK_TRUE(fixture.ends().empty());
  fixture.publish({"a"}, "data: b\n\n");  // fourteen bytes on the wire, where ten may wait
  CHECK_TRUE(fixture.awaitEnd() == EndReason::SendBufferFull);
}

TEST(StreamLimits, P0_TIME_04_anEventThatIsNotTakenInTimeEndsTheStream) {
  fixture.limits().sendTimeout = std::chrono::milliseconds(30);
  StreamClient slow;
  StreamClient quick;
  fixture.add(slow, fixture.subscription({"a"}));
  fixture.add(quick, fixture.subscription({"b"}));
  fixture.publish({"a"}, kHuge);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::SendTimeout);
  CHECK_TRUE(slow.awaitEnd());
  CHECK_TRUE(kHuge.starts_with(slow.received()));
  CHECK_TRUE(slow.received().size() < kHuge.size());
  fixture.publish({"b"}, "data: b\n\n");
  CHECK_TRUE(quick.awaitText("data: b\n\n"));
}

TEST(StreamLimits, P0_TIME_04_aReaderThatTakesALittleOfAnEventNowAndThenIsTooSlowToo) {
  fixture.limits().sendTimeout = std::chrono::milliseconds(200);
  StreamClient slow;
  fixture.add(slow, fixture.subscription({"a"}));
  fixture.publish({"a"}, "data: " + std::string(16U << 20U, 'x') + "\n\n");
  CHECK_TRUE(await([&] {
    // Often enough that something is written within the limit, and little enough that all of it takes longer.
    std::array<char, 16384> little{};
    (void)recv(slow.socket(), little.data(), little.size(), MSG_DONTWAIT);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return !fixture.ends().empty();
  }));
  CHECK_TRUE(fixture.awaitEnd() == EndReason::SendTimeout);
}

TEST(StreamLimits, P0_TIME_04_withoutALimitAnEventIsWaitedFor) {
  fixture.limits().sendTimeout = std::chrono::milliseconds(0);
  StreamClient slow;
  StreamClient quick;
  fixture.add(slow, fixture.subscription({"a"}));
  fixture.add(quick, fixture.subscription({"b"}));
  fixture.publish({"a"}, kHuge);
  fixture.publish({"b"}, "data: b\n\n");
  CHECK_TRUE(quick.awaitText("data: b\n\n"));
  CHECK_TRUE(slow.awaitText(kHuge));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(StreamLimits, P0_TIME_04_noEventIsWaitedForLongerThanTheStreamMayLast) {
  fixture.limits().sendTimeout = kPatience * 10;
  StreamClient slow;
  fixture.add(slow, fixture.subscription({"a"}),
              std::chrono::steady_clock::now() + std::chrono::milliseconds(200));
  fixture.publish({"a"}, kHuge);
  CHECK_TRUE(fixture.awaitEnd() == EndReason::DurationReached);
  CHECK_TRUE(slow.awaitEnd());
  CHECK_TRUE(slow.received().size() < kHuge.size());
}

TEST(StreamLimits, aReaderThatCatchesUpGetsItAll) {
  StreamClient client;
  fixture.add(client, fixture.subscription({"a"}));
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string event = "data: " + std::to_string(i) + std::string(2000, 'x') + "\n\n";
    fixture.publish({"a"}, event);
    expected += event;
  }
  CHECK_TRUE(client.awaitText(expected));
  CHECK_TRUE(fixture.awaitDelivered(300));
  client.close();
  CHECK_TRUE(fixture.awaitEnds(1));
  UNSIGNED_LONGS_EQUAL(300, fixture.ends()[0].events);
  UNSIGNED_LONGS_EQUAL(expected.size(), fixture.ends()[0].bytes);
}

TEST(StreamLimits, P0_SUB_18_aClientThatGoesIsFreedAtOnce) {
  StreamClient closing;
  StreamClient halfClosing;
  fixture.add(closing, fixture.subscription({"a"}));
  fixture.add(halfClosing, fixture.subscription({"a"}));
  LONGS_EQUAL(2, fixture.hub().gauges().streams);
  closing.close();
  CHECK_TRUE(fixture.awaitEnd() == EndReason::ClientGone);
  CHECK_TRUE(await([&] { return fixture.hub().gauges().streams == 1; }));
  shutdown(halfClosing.socket(), SHUT_WR);
  CHECK_TRUE(halfClosing.awaitEnd());
  CHECK_TRUE(fixture.awaitEnds(2));
  CHECK_TRUE(fixture.ends()[1].reason == EndReason::ClientGone);
  CHECK_TRUE(await([&] { return fixture.hub().gauges().streams == 0; }));
  UNSIGNED_LONGS_EQUAL(2, fixture.counters().streamsOpened);
  UNSIGNED_LONGS_EQUAL(2, fixture.counters().streamsClosed);
}

TEST(StreamLimits, aClientThatFloodsItsStreamDelaysNobody) {
  StreamClient flooding;
  StreamClient other;
  fixture.add(flooding, fixture.subscription({"a"}));
  fixture.add(other, fixture.subscription({"a"}));
  std::atomic<bool> enough{false};
  std::thread flood([&] {
    const std::string junk(1U << 16U, 'j');
    while (!enough) flooding.write(junk);
  });
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    fixture.publish({"a"}, "data: a\n\n");
    expected += "data: a\n\n";
    if (!other.awaitText(expected)) break;
  }
  enough = true;
  flood.join();
  CHECK_TRUE(other.received() == expected);
  CHECK_TRUE(flooding.awaitText(expected));
  CHECK_TRUE(fixture.ends().empty());
}

}  // namespace mercure::hub::test

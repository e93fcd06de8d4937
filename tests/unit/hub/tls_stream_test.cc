#include <functional>
#include <string>

#include "hub/frame.h"
#include "hub/hub_fixture.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::initializer_list<StreamClient::Wire> kVersions{StreamClient::Wire::Tls12,
                                                              StreamClient::Wire::Tls13};

}  // namespace

TEST_GROUP(TlsStream){};

TEST(TlsStream, deliversInBothFramings) {
  for (const auto version : kVersions) {
    HubFixture fixture;
    StreamClient plain(version);
    StreamClient chunked(version, true);
    fixture.add(plain, fixture.subscription({"a"}));
    fixture.add(chunked, fixture.subscription({"a"}));
    fixture.publish({"a"}, "data: a\n\n");
    fixture.publish({"a"}, "data: b\n\n");
    CHECK_TRUE(plain.awaitText("data: a\n\ndata: b\n\n"));
    CHECK_TRUE(chunked.awaitText("9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n"));
    LONGS_EQUAL(2, fixture.hub().gauges().tlsStreams);
    plain.close();
    CHECK_TRUE(fixture.awaitEnd() == EndReason::ClientGone);
    CHECK_TRUE(await([&] { return fixture.hub().gauges().tlsStreams == 1; }));
  }
}

TEST(TlsStream, whatWaitedForASlowReaderArrivesWholeAndInOrder) {
  for (const auto version : kVersions) {
    HubFixture fixture(1U << 24U);
    fixture.limits().sendBuffer = 1U << 23U;
    StreamClient client(version, true);
    fixture.add(client, fixture.subscription({"a"}));
    std::string expected;
    // Short ones that share a record, long ones that take many, and a socket that fills up in between.
    for (int i = 0; i < 400; ++i) {
      const std::string event =
          "data: " + std::to_string(i) + std::string(i % 7 == 0 ? 30'000 : 50, 'x') + "\n\n";
      fixture.publish({"a"}, event);
      const Frame frame(event, Frame::Kind::Event);
      expected += frame.bytes(true);
      if (i % 100 == 50) CHECK_TRUE(client.awaitBytes(expected.size() / 3));
    }
    CHECK_TRUE(client.awaitText(expected));
    CHECK_TRUE(fixture.awaitDelivered(400));
  }
}

TEST(TlsStream, ANY_46_anUpdateOfAnySizePassesOnce) {
  for (const auto version : kVersions) {
    HubFixture fixture(1U << 26U);
    fixture.limits().sendBuffer = 10;
    StreamClient client(version);
    fixture.add(client, fixture.subscription({"a"}));
    const std::string event = "data: " + std::string(7U << 20U, 'x') + "\n\n";
    fixture.publish({"a"}, event);
    CHECK_TRUE(client.awaitText(event));
  }
}

TEST(TlsStream, aClientMayChangeItsKeys) {
  HubFixture fixture;
  StreamClient client(StreamClient::Wire::Tls13);
  fixture.add(client, fixture.subscription({"a"}));
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const int update = i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
    CHECK_TRUE(SSL_key_update(client.tls(), update) == 1);
    CHECK_TRUE(client.write("ignored") > 0);
    fixture.publish({"a"}, "data: a\n\n");
    expected += "data: a\n\n";
    CHECK_TRUE(client.awaitText(expected));
  }
  CHECK_TRUE(fixture.ends().empty());
}

TEST(TlsStream, aCloseNotifyEndsTheStreamAndIsAnswered) {
  for (const auto version : kVersions) {
    HubFixture fixture;
    StreamClient client(version);
    fixture.add(client, fixture.subscription({"a"}));
    SSL_shutdown(client.tls());
    CHECK_TRUE(client.awaitEnd());
    CHECK_TRUE(client.sawCloseNotify());
    CHECK_TRUE(fixture.awaitEnd() == EndReason::ClientGone);
  }
}

TEST(TlsStream, aPlannedEndIsACutWithCloseNotify) {
  for (const auto version : kVersions) {
    HubFixture fixture;
    StreamClient client(version, true);
    fixture.add(client, fixture.subscription({"a"}),
                std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
    CHECK_TRUE(client.awaitEnd());
    CHECK_TRUE(client.sawCloseNotify());
    CHECK_TRUE(client.received().empty());
    CHECK_TRUE(fixture.awaitEnd() == EndReason::DurationReached);
  }
}

TEST(TlsStream, anEndLeavesTheSessionInTheServersCache) {
  const auto sessionsAfter = [](const std::function<void(HubFixture&, StreamClient&)>& end) {
    HubFixture fixture;
    StreamClient client(StreamClient::Wire::Tls12);
    HandedOverConnection connection = client.takeServerEnd();
    SSL_CTX* const context = SSL_get_SSL_CTX(connection.tls);
    SSL_CTX_up_ref(context);
    fixture.dispatchers().add(fixture.seat(), std::move(connection), fixture.subscription({"a"}),
                              std::make_shared<const StreamLimits>(fixture.limits()), std::nullopt);
    const long before = SSL_CTX_sess_number(context);
    end(fixture, client);
    const bool ended = fixture.awaitEnds(1);
    fixture.destroyDispatchers();
    const long after = SSL_CTX_sess_number(context);
    SSL_CTX_free(context);
    return ended && before == 1 ? after : -1;
  };
  LONGS_EQUAL(1, sessionsAfter([](HubFixture&, StreamClient& client) { client.close(); }));
  LONGS_EQUAL(1, sessionsAfter([](HubFixture& fixture, StreamClient&) { fixture.dispatchers().stop(); }));
}

TEST(TlsStream, whatIsNoTlsEndsTheStream) {
  for (const auto version : kVersions) {
    HubFixture fixture;
    StreamClient client(version);
    fixture.add(client, fixture.subscription({"a"}));
    const std::string record = std::string("\x17\x03\x03\x4e\x20", 5) + std::string(20'000, 'x');
    const auto size = static_cast<ssize_t>(record.size());
    LONGS_EQUAL(size, send(client.socket(), record.data(), record.size(), MSG_NOSIGNAL));
    CHECK_TRUE(fixture.awaitEnd() == EndReason::ClientGone);
  }
}

TEST(TlsStream, aSlowReaderIsCutInTime) {
  for (const auto version : kVersions) {
    HubFixture fixture(1U << 25U);
    fixture.limits().sendTimeout = std::chrono::milliseconds(30);
    StreamClient client(version);
    fixture.add(client, fixture.subscription({"a"}));
    fixture.publish({"a"}, "data: " + std::string(4U << 20U, 'x') + "\n\n");
    CHECK_TRUE(fixture.awaitEnd() == EndReason::SendTimeout);
    CHECK_TRUE(client.awaitEnd());
  }
}

}  // namespace mercure::hub::test

#include <string>
#include <vector>

#include "hub/hub_fixture.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

TEST_GROUP(Delivery) {
  HubFixture fixture;
};

TEST(Delivery, P0_SUB_13_anUpdateReachesWhoeverWantsOneOfItsTopics) {
  StreamClient exact;
  StreamClient pattern;
  StreamClient everything;
  StreamClient other;
  fixture.add(exact, fixture.subscription({"https://example.com/books/1"}));
  fixture.add(pattern, fixture.subscription({"https://example.com/books/{id}"}));
  fixture.add(everything, fixture.subscription({"*"}));
  fixture.add(other, fixture.subscription({"https://example.com/books/2", "https://example.com/{a}/x"}));
  fixture.publish({"https://example.com/alternate", "https://example.com/books/1"}, "data: a\n\n");
  fixture.publish({"https://example.com/books/2"}, "data: b\n\n");
  CHECK_TRUE(exact.awaitText("data: a\n\n"));
  CHECK_TRUE(pattern.awaitText("data: a\n\ndata: b\n\n"));
  CHECK_TRUE(everything.awaitText("data: a\n\ndata: b\n\n"));
  CHECK_TRUE(other.awaitText("data: b\n\n"));
  CHECK_TRUE(fixture.awaitDelivered(6));
}

}  // namespace mercure::hub::test

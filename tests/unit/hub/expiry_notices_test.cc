#include "hub/expiry_notices.h"

#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

using std::chrono::seconds;

TEST_GROUP(ExpiryNotices) {
  const ExpiryNotices::WallTime issued{seconds(1'700'000'000)};

  ExpiryNotices of(int life) const {
    return {issued, issued + seconds(life)};
  }
  /// How long after the token was issued, one after the other.
  std::vector<long> dueTimes(ExpiryNotices notices) const {
    std::vector<long> times;
    while (const auto next = notices.next()) {
      times.push_back(std::chrono::duration_cast<seconds>(*next - issued).count());
      CHECK_FALSE(notices.take(*next - seconds(1)));
      CHECK_TRUE(notices.take(*next));
    }
    return times;
  }
};

TEST(ExpiryNotices, thereAreNoneUnlessTheyAreWanted) {
  ExpiryNotices none(ExpiryNotices::kUnwanted, issued);
  CHECK_FALSE(none.next().has_value());
  CHECK_FALSE(none.take(issued + seconds(1)));
}

TEST(ExpiryNotices, goesOnWhereItWas) {
  ExpiryNotices first = of(3600);
  CHECK_TRUE(first.take(issued + seconds(2880)));
  CHECK_TRUE(ExpiryNotices(issued, issued + seconds(3600), first.told()).next() == issued + seconds(3570));
}

TEST(ExpiryNotices, areDueAfterFourFifthsAndHalfAMinuteBeforeTheEnd) {
  CHECK_TRUE(dueTimes(of(3600)) == std::vector({2880L, 3570L}));
  CHECK_TRUE(dueTimes(of(100)) == std::vector({70L, 80L}));
  CHECK_TRUE(dueTimes(of(40)) == std::vector({10L, 32L}));
}

TEST(ExpiryNotices, aShortLifeHasOneAlone) {
  CHECK_TRUE(dueTimes(of(30)) == std::vector({24L}));
  CHECK_TRUE(dueTimes(of(5)) == std::vector({4L}));
}

TEST(ExpiryNotices, thoseThatHavePassedAreToldOnce) {
  ExpiryNotices notices = of(3600);
  CHECK_TRUE(notices.take(issued + seconds(3580)));
  CHECK_FALSE(notices.next().has_value());
}

TEST(ExpiryNotices, aClockThatGoesBackRepeatsNothing) {
  ExpiryNotices notices = of(3600);
  CHECK_TRUE(notices.take(issued + seconds(3000)));
  CHECK_FALSE(notices.take(issued + seconds(10)));
  CHECK_TRUE(notices.next() == issued + seconds(3570));
}

}  // namespace mercure::hub::test

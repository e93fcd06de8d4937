#include "hub/history_size.h"

#include <unistd.h>

#include "history/limits.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

TEST_GROUP(HistorySize) {
  const std::uint64_t pageSize = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
};

TEST(HistorySize, theLeastTakesTheLargestUpdateAsAnEvent) {
  for (std::uint64_t update = 1; update <= 256U << 20U; update = update * 5 / 4 + 1) {
    const history::Limits limits(leastHistorySize(update), pageSize);
    CHECK_TRUE(limits.largestRecord() >= 7 * update);
  }
}

TEST(HistorySize, withPagesOfFourKilobytesItIsSixteenUpdates) {
  if (pageSize != 4096) return;
  for (const std::uint64_t update : {1000UL, 1UL << 20U, 256UL << 20U})
    UNSIGNED_LONGS_EQUAL(16 * update, leastHistorySize(update));
}

}  // namespace mercure::hub::test

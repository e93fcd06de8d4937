#include "history/limits.h"

#include <cstdint>

#include "history/record_format.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

TEST_GROUP(Limits){template <typename Check> static void forManySizes(Check check){
    for (const std::uint64_t pageSize
         : {4096U, 16'384U, 32'768U}){for (std::uint64_t size = 0; size < std::uint64_t{1} << 40U;
                                           size = size * 5 / 3 + 100'000){check(Limits(size, pageSize), size);
}
}
}
}
;

TEST(Limits, aFileIsAsLargeAsItMayBe) {
  forManySizes([](const Limits& limits, std::uint64_t size) {
    CHECK_TRUE(limits.fileSize() <= std::max(size, kFewestPages * limits.pageSize));
    CHECK_TRUE(limits.fileSize() + limits.pageSize > size);
  });
}

// What is freed comes back two transactions later: until then the reserve must do.
TEST(Limits, theReserveIsWhatTwoTransactionsHaveUnderWay) {
  forManySizes([](const Limits& limits, std::uint64_t) {
    const std::uint64_t pruned = limits.pagesAStep + limits.recordsAStep;
    const std::uint64_t stored = 2 * limits.budget.records + kPagesOfATransaction;
    CHECK_TRUE(pruned + stored <= limits.reserve);
    CHECK_TRUE(limits.pruneAbove() >= limits.pages / 2);
  });
}

TEST(Limits, aBudgetAlwaysFits) {
  forManySizes([](const Limits& limits, std::uint64_t) {
    const Budget& budget = limits.budget;
    CHECK_TRUE(budget.records >= 8 && budget.bytes >= 1U << 20U);
    const std::uint64_t each = budget.bytes / budget.records;
    CHECK_TRUE(kPagesOfATransaction + budget.records * limits.pagesFor(each) <= limits.largestAppend);
    CHECK_TRUE(kPagesOfATransaction + limits.pagesFor(budget.bytes) + budget.records * 4 <=
               limits.largestAppend);
  });
}

TEST(Limits, theLargestRecordFits) {
  forManySizes([](const Limits& limits, std::uint64_t) {
    const std::uint64_t needed = kPagesOfATransaction + limits.pagesFor(limits.largestRecord());
    CHECK_TRUE(needed <= limits.largestAppend);
    CHECK_TRUE(kPagesOfATransaction + limits.pagesFor(limits.largestRecord() + 16 * kPartSize) >
               limits.largestAppend);
    // Once everything else is pruned.
    CHECK_TRUE(limits.fits(kPagesOfATransaction, limits.largestAppend));
  });
}

}  // namespace mercure::history::test

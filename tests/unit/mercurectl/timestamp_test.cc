#include "mercurectl/timestamp.h"

#include <cstdint>
#include <limits>

#include <CppUTest/TestHarness.h>

namespace mercure::mercurectl::test {

TEST_GROUP(Timestamp){static void check(const char* expected, std::int64_t microseconds){
    STRCMP_EQUAL(expected, timestampOf(microseconds).c_str());
}
}
;

TEST(Timestamp, isUtcWithMicroseconds) {
  check("1970-01-01T00:00:00.000000Z", 0);
  check("2023-11-14T22:13:20.000001Z", 1'700'000'000'000'001);
  check("2024-02-29T23:59:59.999999Z", 1'709'251'199'999'999);
  check("1969-12-31T23:59:59.999999Z", -1);
  check("9999-12-31T23:59:59.000000Z", 253'402'300'799'000'000);
}

TEST(Timestamp, anyNumberIsWritten) {
  CHECK_FALSE(timestampOf(std::numeric_limits<std::int64_t>::max()).empty());
  CHECK_FALSE(timestampOf(std::numeric_limits<std::int64_t>::min()).empty());
}

}  // namespace mercure::mercurectl::test

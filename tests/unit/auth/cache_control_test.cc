#include "auth/cache_control.h"

#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;

namespace {

struct Sample {
  const char* field;
  long seconds;  // -1: nothing is said
};

}  // namespace

TEST_GROUP(CacheControl){};

TEST(CacheControl, saysHowLongAnAnswerMayBeUsed) {
  constexpr std::array samples{Sample{"max-age=3600", 3600},
                               Sample{"public, max-age=19000, must-revalidate, no-transform", 19000},
                               Sample{"Max-Age=5", 5},
                               Sample{"  max-age=0\t", 0},
                               Sample{"max-age=\"60\"", 60},
                               Sample{",,max-age=7,", 7},
                               Sample{"max-age=1, max-age=2", 1},
                               Sample{"no-store", 0},
                               Sample{"max-age=60, No-Cache", 0},
                               Sample{"no-cache=\"Set-Cookie\", max-age=60", 0},
                               Sample{"max-age=2147483648", 2147483648},
                               Sample{"max-age=2147483649", 2147483648},
                               Sample{"max-age=99999999999999999999999999", 2147483648},
                               Sample{"", -1},
                               Sample{",", -1},
                               Sample{"public", -1},
                               Sample{"s-maxage=60", -1},
                               Sample{"max-age", -1},
                               Sample{"max-age=", -1},
                               Sample{"max-age=\"", -1},
                               Sample{"max-age=-1", -1},
                               Sample{"max-age=+1", -1},
                               Sample{"max-age=1.5", -1},
                               Sample{"max-age=1h", -1},
                               Sample{"max-age = 60", -1},
                               Sample{"x-max-age=60", -1},
                               Sample{"no-storey", -1}};
  for (const auto& [field, seconds] : samples) {
    const std::string exact(field);  // so that a sanitizer sees who reads too far
    const auto age = maxAgeIn(exact);
    CHECK_EQUAL_TEXT(seconds, age ? age->count() : -1, field);
  }
}

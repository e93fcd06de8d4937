#include "protocol/notice.h"

#include <CppUTest/TestHarness.h>

namespace mercure::protocol::test {

TEST_GROUP(Notice){void check(const std::string& notice, const std::string& data){
    CHECK_TRUE(notice == "event: mercure-notice\ndata: " + data + "\n\n");
}
}
;

// Without an id: a client's last event id stays that of an update.
TEST(Notice, isAnEventOfItsOwnTypeWithoutAnId) {
  check(encodeGapNotice(), R"({"notice":"gap"})");
  check(encodeAnonymousNotice(), R"({"notice":"anonymous"})");
  check(encodeExpiryNotice(std::chrono::seconds(30)), R"({"notice":"expires","seconds":30})");
}

}  // namespace mercure::protocol::test

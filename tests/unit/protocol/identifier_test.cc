#include "protocol/identifier.h"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include <CppUTest/TestHarness.h>

using mercure::protocol::makeEventId;
using mercure::protocol::makeSubscriberId;

namespace {

// RFC 9562, section 4: hex digits in lower case, the version and the variant in their places.
bool isUuidUrn(const std::string& id, char version) {
  const std::string shape = "urn:uuid:xxxxxxxx-xxxx-Vxxx-Yxxx-xxxxxxxxxxxx";
  if (id.size() != shape.size()) return false;
  for (std::size_t i = 0; i < 9; ++i) {
    if (id[i] != shape[i]) return false;
  }
  for (std::size_t i = 9; i < id.size(); ++i) {
    const std::string allowed = shape[i] == 'x'   ? "0123456789abcdef"
                                : shape[i] == 'Y' ? "89ab"
                                : shape[i] == 'V' ? std::string(1, version)
                                                  : "-";
    if (allowed.find(id[i]) == std::string::npos) return false;
  }
  return true;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int64_t timeOf(const std::string& id) {
  return std::stoll(id.substr(9, 8) + id.substr(18, 4), nullptr, 16);
}

}  // namespace

TEST_GROUP(Identifier){};

TEST(Identifier, P0_PUB_11_an_event_id_is_a_version_7_UUID) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = makeEventId();
    CHECK_TRUE_TEXT(isUuidUrn(id, '7'), id.c_str());
  }
}

TEST(Identifier, P0_PUB_11_an_event_id_begins_with_the_time) {
  const std::int64_t before = now();
  const std::int64_t time = timeOf(makeEventId());
  const std::int64_t after = now();
  CHECK_TRUE(before <= time && time <= after);
}

TEST(Identifier, P0_SUB_16_a_subscriber_id_is_a_version_4_UUID) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = makeSubscriberId();
    CHECK_TRUE_TEXT(isUuidUrn(id, '4'), id.c_str());
  }
}

TEST(Identifier, no_two_are_equal) {
  std::set<std::string> ids;
  for (int i = 0; i < 2000; ++i) {
    ids.insert(makeEventId());
    ids.insert(makeSubscriberId());
  }
  LONGS_EQUAL(4000, ids.size());
}

#include "hub/ring.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::size_t kWords = 5;

}  // namespace

TEST_GROUP(Ring) {
  std::vector<std::atomic<std::uint64_t>> words =
      std::vector<std::atomic<std::uint64_t>>(kWords);  // exactly: a sanitizer sees what lies beyond
  Ring ring{words};
};

TEST(Ring, positionsAreTakenModuloItsSize) {
  UNSIGNED_LONGS_EQUAL(kWords * 8, ring.size());
  for (std::uint64_t i = 0; i < 3 * kWords; ++i) {
    ring.at(i * 8).put(i);
    UNSIGNED_LONGS_EQUAL(i, words[i % kWords]);
    UNSIGNED_LONGS_EQUAL(i, ring.at((i + 7 * kWords) * 8).get());
  }
}

TEST(Ring, cursorsGoRoundItsEnd) {
  for (std::uint64_t start = 0; start < kWords; ++start) {
    Ring::Cursor writing = ring.at(start * 8);
    for (std::uint64_t i = 0; i < kWords; ++i) writing.put(100 * start + i);
    for (std::uint64_t i = 0; i < kWords; ++i)
      UNSIGNED_LONGS_EQUAL(100 * start + i, words[(start + i) % kWords]);
    std::vector<std::uint64_t> copy(2 * kWords);
    ring.at(start * 8).get(copy);
    for (std::uint64_t i = 0; i < copy.size(); ++i) UNSIGNED_LONGS_EQUAL(100 * start + i % kWords, copy[i]);
  }
}

TEST(Ring, bytesArePaddedWithZeros) {
  for (std::size_t length = 0; length <= (kWords - 1) * 8; ++length) {
    for (auto& word : words) word = ~0ULL;
    const std::string bytes(length, 'b');
    ring.at(16).put(std::string_view(bytes));
    std::vector<std::uint64_t> copy(kWords);
    ring.at(16).get(copy);
    const std::size_t padded = (length + 7) / 8 * 8;
    const std::string expected =
        bytes + std::string(padded - length, '\0') + std::string(40 - padded, '\xFF');
    CHECK_TRUE(expected == std::string_view(reinterpret_cast<const char*>(copy.data()), 40));
  }
}

}  // namespace mercure::hub::test

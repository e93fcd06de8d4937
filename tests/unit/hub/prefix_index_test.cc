#include "hub/prefix_index.h"

#include <chrono>
#include <string>
#include <vector>

#include "hub/subscription_index.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

TEST_GROUP(PrefixIndex) {
  static constexpr std::size_t kLongest = PrefixIndex::kLongestPrefix;
  PrefixIndex index;
  MatcherNode one;
  MatcherNode other;

  std::size_t found(const std::string& text, const MatcherNode& node) {
    std::size_t times = 0;
    index.visit(text, [&](MatcherNode& each) { times += &each == &node ? 1 : 0; });
    return times;
  }
};

TEST(PrefixIndex, findsWhatATextBeginsWith) {
  index.add("", one);
  index.add("ab", other);
  for (const char* text : {"", "a", "ba", "abc"}) LONGS_EQUAL(1, found(text, one));
  for (const char* text : {"ab", "abc"}) LONGS_EQUAL(1, found(text, other));
  for (const char* text : {"", "a", "ba", "Ab"}) LONGS_EQUAL(0, found(text, other));
  index.remove("", one);
  LONGS_EQUAL(0, found("abc", one));
  LONGS_EQUAL(1, found("abc", other));
  index.remove("ab", other);
  CHECK_TRUE(index.isEmpty());
}

TEST(PrefixIndex, oneOfALongPrefixIsNeverMissed) {
  const std::string most(kLongest, 'x');
  index.add(most + "a", one);
  index.add(most + "b", other);
  LONGS_EQUAL(1, found(most + "a", one));
  LONGS_EQUAL(1, found(most + "bc", other));
  LONGS_EQUAL(0, found(most.substr(1) + "a", one));
  index.remove(most + "a", one);
  LONGS_EQUAL(0, found(most + "a", one));
  LONGS_EQUAL(1, found(most + "b", other));
  index.remove(most + "b", other);
  CHECK_TRUE(index.isEmpty());
}

TEST(PrefixIndex, aLongTextCostsNoMoreThanItsLength) {
  constexpr std::size_t kLengths = 8192;
  std::vector<MatcherNode> nodes(kLengths);
  for (std::size_t length = 0; length < kLengths; ++length)
    index.add(std::string(length, 'x'), nodes[length]);
  const std::string text(2 * kLengths, 'x');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 500; ++i) LONGS_EQUAL(1, found(text, nodes.back()));
  CHECK_TRUE(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

}  // namespace mercure::hub::test

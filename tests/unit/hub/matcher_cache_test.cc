#include "hub/selector_cache.h"

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

std::size_t chargeOf(std::string_view text) {
  return protocol::TopicSelector::compile(text)->memory();
}

}  // namespace

TEST_GROUP(SelectorCache){};

TEST(SelectorCache, equalTextsShareOneSelector) {
  SelectorCache cache(1U << 20U);
  const auto one = cache.get("https://example.com/{id}");
  const auto two = cache.get("https://example.com/{id}");
  const auto other = cache.get("https://example.com/{other}");
  CHECK_TRUE(one && two && other);
  POINTERS_EQUAL(one->get(), two->get());
  CHECK_TRUE(one->get() != other->get());
  UNSIGNED_LONGS_EQUAL(2, cache.size());
  UNSIGNED_LONGS_EQUAL(chargeOf("https://example.com/{id}") + chargeOf("https://example.com/{other}"),
                       cache.memory());
  CHECK_TRUE((*one)->matches("https://example.com/1"));
}

TEST(SelectorCache, forgetsASelectorWithItsLastUser) {
  SelectorCache cache(1U << 20U);
  auto one = *cache.get("a");
  auto two = *cache.get("a");
  one.reset();
  UNSIGNED_LONGS_EQUAL(1, cache.size());
  two.reset();
  UNSIGNED_LONGS_EQUAL(0, cache.size());
  UNSIGNED_LONGS_EQUAL(0, cache.memory());
}

TEST(SelectorCache, refusesWhatGoesBeyondItsCapacity) {
  SelectorCache cache(2 * chargeOf("{a}") - 1);
  const auto first = *cache.get("{a}");
  const auto refused = cache.get("{b}");
  CHECK_TRUE(!refused && refused.error() == SelectorRefusal::OutOfMemory);
  UNSIGNED_LONGS_EQUAL(1, cache.size());
  UNSIGNED_LONGS_EQUAL(chargeOf("{a}"), cache.memory());
  POINTERS_EQUAL(first.get(), cache.get("{a}")->get());  // what is in use is still served
}

TEST(SelectorCache, roomComesBackWithTheLastUser) {
  SelectorCache cache(chargeOf("a{b}"));
  auto held = *cache.get("a{b}");
  CHECK_FALSE(cache.get("a{c}").has_value());
  held.reset();
  CHECK_TRUE(cache.get("a{c}").has_value());
}

TEST(SelectorCache, saysWhatIsTooComplex) {
  SelectorCache cache(1U << 30U);
  std::string huge = "{a*}";
  while (protocol::TopicSelector::compile(huge)) huge += huge;
  const auto refused = cache.get(huge);
  CHECK_TRUE(!refused && refused.error() == SelectorRefusal::TooComplex);
  UNSIGNED_LONGS_EQUAL(0, cache.size());
}

TEST(SelectorCache, selectorsMayOutliveIt) {
  Selector selector;
  {
    SelectorCache cache(1U << 20U);
    selector = *cache.get("a");
  }
  CHECK_TRUE(selector->matches("a"));
}

TEST(SelectorCache, threadsComeAndGo) {
  SelectorCache cache(1U << 24U);
  std::atomic<bool> wrong{false};
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&cache, &wrong, seed] {
      std::minstd_rand random(seed + 1);
      std::vector<Selector> held(4);
      for (int i = 0; i < 3000; ++i) {
        // Few texts, so that one is often let go of by one thread while another asks for it.
        const std::string text = "https://example.com/{id}/" + std::to_string(random() % 3);
        auto got = cache.get(text);
        if (!got || (*got)->text() != text) wrong = true;
        held[random() % held.size()] = std::move(*got);
        held[random() % held.size()].reset();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_FALSE(wrong);
  UNSIGNED_LONGS_EQUAL(0, cache.size());
  UNSIGNED_LONGS_EQUAL(0, cache.memory());
}

}  // namespace mercure::hub::test

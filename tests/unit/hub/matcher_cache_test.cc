#include "hub/matcher_cache.h"

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

using protocol::MatcherType;
using Reason = MatcherRefusal::Reason;

constexpr std::string_view kHub = "https://hub.example/.well-known/mercure";

auto compileSelector(std::string_view text) {
  return protocol::TopicMatcher::compile(MatcherType::Selector, text, kHub);
}

auto getSelector(MatcherCache& cache, std::string_view text) {
  return cache.get(MatcherType::Selector, text, kHub);
}

/// A template's: its key is charged too.
std::size_t chargeOf(std::string_view text) {
  return std::string_view("template ").size() + text.size() + compileSelector(text)->memory();
}

}  // namespace

TEST_GROUP(MatcherCache){};

TEST(MatcherCache, equalTextsShareOneSelector) {
  MatcherCache cache(1U << 20U);
  const auto one = getSelector(cache, "https://example.com/{id}");
  const auto two = getSelector(cache, "https://example.com/{id}");
  const auto other = getSelector(cache, "https://example.com/{other}");
  CHECK_TRUE(one && two && other);
  POINTERS_EQUAL(one->get(), two->get());
  CHECK_TRUE(one->get() != other->get());
  UNSIGNED_LONGS_EQUAL(2, cache.size());
  UNSIGNED_LONGS_EQUAL(chargeOf("https://example.com/{id}") + chargeOf("https://example.com/{other}"),
                       cache.memory());
  CHECK_TRUE((*one)->matches("https://example.com/1"));
}

TEST(MatcherCache, forgetsASelectorWithItsLastUser) {
  MatcherCache cache(1U << 20U);
  auto one = *getSelector(cache, "a");
  auto two = *getSelector(cache, "a");
  one.reset();
  UNSIGNED_LONGS_EQUAL(1, cache.size());
  two.reset();
  UNSIGNED_LONGS_EQUAL(0, cache.size());
  UNSIGNED_LONGS_EQUAL(0, cache.memory());
}

TEST(MatcherCache, refusesWhatGoesBeyondItsCapacity) {
  MatcherCache cache(2 * chargeOf("{a}") - 1);
  const auto first = *getSelector(cache, "{a}");
  const auto refused = getSelector(cache, "{b}");
  CHECK_TRUE(!refused && refused.error().reason == Reason::OutOfMemory);
  UNSIGNED_LONGS_EQUAL(1, cache.size());
  UNSIGNED_LONGS_EQUAL(chargeOf("{a}"), cache.memory());
  POINTERS_EQUAL(first.get(), getSelector(cache, "{a}")->get());  // what is in use is still served
}

TEST(MatcherCache, roomComesBackWithTheLastUser) {
  MatcherCache cache(chargeOf("a{b}"));
  auto held = *getSelector(cache, "a{b}");
  CHECK_FALSE(getSelector(cache, "a{c}").has_value());
  held.reset();
  CHECK_TRUE(getSelector(cache, "a{c}").has_value());
}

TEST(MatcherCache, saysWhatIsTooComplex) {
  MatcherCache cache(1U << 30U);
  std::string huge = "{a*}";
  while (compileSelector(huge)) huge += huge;
  const auto refused = getSelector(cache, huge);
  CHECK_TRUE(!refused && refused.error().reason == Reason::TooComplex);
  UNSIGNED_LONGS_EQUAL(0, cache.size());
}

TEST(MatcherCache, selectorsMayOutliveIt) {
  Matcher selector;
  {
    MatcherCache cache(1U << 20U);
    selector = *getSelector(cache, "a");
  }
  CHECK_TRUE(selector->matches("a"));
}

TEST(MatcherCache, threadsComeAndGo) {
  MatcherCache cache(1U << 24U);
  std::atomic<bool> wrong{false};
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&cache, &wrong, seed] {
      std::minstd_rand random(seed + 1);
      std::vector<Matcher> held(4);
      for (int i = 0; i < 3000; ++i) {
        // Few texts, so that one is often let go of by one thread while another asks for it.
        const std::string text = "https://example.com/{id}/" + std::to_string(random() % 3);
        auto got = getSelector(cache, text);
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

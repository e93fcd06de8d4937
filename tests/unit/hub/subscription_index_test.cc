#include "hub/subscription_index.h"

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr const char* kHub = "https://hub.example/.well-known/mercure";
constexpr const char* kOtherHub = "http://other.example/hub";

struct TestSubscriber : Subscriber {};

bool anyMatches(const std::vector<Matcher>& matchers, const std::vector<std::string>& topics) {
  return std::ranges::any_of(matchers, [&](const Matcher& selector) {
    return std::ranges::any_of(topics, [&](const std::string& topic) { return selector->matches(topic); });
  });
}

}  // namespace

TEST_GROUP(SubscriptionIndex) {
  MatcherCache cache{1U << 28U};
  SubscriptionIndex index;
  std::size_t comparisons = 0;

  std::vector<Matcher> matchers(const std::vector<std::string>& texts) {
    std::vector<Matcher> result;
    for (const auto& text : texts) result.push_back(*cache.get(protocol::MatcherType::Selector, text, {}));
    return result;
  }

  Matcher urlPattern(const std::string& text, const char* hubUrl = kHub) {
    return *cache.get(protocol::MatcherType::UrlPattern, text, hubUrl);
  }

  void add(TestSubscriber & subscriber, const std::vector<std::string>& wishes,
           const std::vector<std::string>& rights = {}) {
    index.add(subscriber, matchers(wishes), matchers(rights));
  }

  std::vector<Subscriber*> match(const std::vector<std::string>& topics, bool isPrivate = false) {
    std::vector<Subscriber*> found;
    comparisons = index.match(topics, isPrivate, found);
    return found;
  }

  /// How often `subscriber` is found.
  long times(const TestSubscriber& subscriber, const std::vector<std::string>& topics,
             bool isPrivate = false) {
    const auto found = match(topics, isPrivate);
    return std::ranges::count(found, &subscriber);
  }
};

TEST(SubscriptionIndex, P0_SEL_01_everything) {
  TestSubscriber subscriber;
  add(subscriber, {"*"});
  LONGS_EQUAL(1, times(subscriber, {"anything"}));
  LONGS_EQUAL(1, times(subscriber, {""}));
  LONGS_EQUAL(1, times(subscriber, {"*"}));
  index.remove(subscriber);
}

TEST(SubscriptionIndex, P0_SEL_02_equalTextsMatchWhateverKindTheyAre) {
  TestSubscriber exact;
  TestSubscriber pattern;
  TestSubscriber empty;
  add(exact, {"a{b"});
  add(pattern, {"https://example.com/{id}"});
  add(empty, {""});
  LONGS_EQUAL(1, times(exact, {"a{b"}));
  LONGS_EQUAL(1, times(pattern, {"https://example.com/{id}"}));
  LONGS_EQUAL(1, times(empty, {""}));
  LONGS_EQUAL(0, times(empty, {"x"}));
  index.remove(exact);
  index.remove(pattern);
  index.remove(empty);
}

TEST(SubscriptionIndex, P0_EVT_06_aSubscriberIsFoundOnceHoweverManySelectorsMatch) {
  TestSubscriber subscriber;
  add(subscriber, {"a", "b", "*", "{x}", "a", "a{x}"});
  LONGS_EQUAL(1, times(subscriber, {"a", "b"}));
  LONGS_EQUAL(1, times(subscriber, {"a", "b", "a"}));
  index.remove(subscriber);
}

TEST(SubscriptionIndex, P0_SUB_14_aPrivateUpdateNeedsARightToOneOfItsTopics) {
  TestSubscriber none;
  TestSubscriber exact;
  TestSubscriber byOtherTopic;
  TestSubscriber byTemplate;
  TestSubscriber everything;
  TestSubscriber wrong;
  add(none, {"https://example.com/z"});
  add(exact, {"https://example.com/z"}, {"https://example.com/z"});
  add(byOtherTopic, {"https://example.com/z"}, {"https://example.com/books/1"});
  add(byTemplate, {"https://example.com/z"}, {"https://example.com/books/{id}"});
  add(everything, {"https://example.com/z"}, {"*"});
  add(wrong, {"https://example.com/z"}, {"https://example.com/books/2", "https://example.com/y{id}"});
  const std::vector<std::string> topics{"https://example.com/z", "https://example.com/books/1"};
  LONGS_EQUAL(6, match(topics).size());
  LONGS_EQUAL(4, match(topics, true).size());
  LONGS_EQUAL(0, times(none, topics, true));
  LONGS_EQUAL(1, times(exact, topics, true));
  LONGS_EQUAL(1, times(byOtherTopic, topics, true));
  LONGS_EQUAL(1, times(byTemplate, topics, true));
  LONGS_EQUAL(1, times(everything, topics, true));
  LONGS_EQUAL(0, times(wrong, topics, true));
  for (auto* subscriber : {&none, &exact, &byOtherTopic, &byTemplate, &everything, &wrong})
    index.remove(*subscriber);
}

TEST(SubscriptionIndex, aRightIsNoWish) {
  TestSubscriber subscriber;
  add(subscriber, {"a"}, {"b", "{x}"});
  LONGS_EQUAL(0, times(subscriber, {"b"}));
  LONGS_EQUAL(0, times(subscriber, {"b"}, true));
  index.remove(subscriber);
}

TEST(SubscriptionIndex, selectorsThatCannotMatchCostNothing) {
  std::deque<TestSubscriber> subscribers;
  for (int i = 0; i < 10'000; ++i) {
    const std::string own = "https://example.com/users/" + std::to_string(i);
    add(subscribers.emplace_back(), {own}, {own});
    if (i % 10 == 0) add(subscribers.emplace_back(), {own + "/{book}"}, {own + "{/book}"});
  }
  UNSIGNED_LONGS_EQUAL(11'000, index.size());
  LONGS_EQUAL(0, match({"https://example.com/other"}).size());
  UNSIGNED_LONGS_EQUAL(1, comparisons);
  LONGS_EQUAL(1, match({"https://example.com/users/7777"}, true).size());
  UNSIGNED_LONGS_EQUAL(1, comparisons);
  LONGS_EQUAL(1, match({"https://example.com/users/7770/1", "https://example.com/other"}).size());
  UNSIGNED_LONGS_EQUAL(3, comparisons);  // two look-ups, and the one template that begins so
  for (auto& subscriber : subscribers) index.remove(subscriber);
  UNSIGNED_LONGS_EQUAL(0, index.size());
}

TEST(SubscriptionIndex, urlPatternsWhosePathsBeginOtherwiseCostNothing) {
  std::deque<TestSubscriber> subscribers;
  for (int i = 0; i < 10'000; ++i) {
    const std::vector<Matcher> own{urlPattern("https://example.com/users/" + std::to_string(i) + "/:book")};
    index.add(subscribers.emplace_back(), own, own);
  }
  LONGS_EQUAL(0, match({"https://example.com/users/7777"}).size());
  UNSIGNED_LONGS_EQUAL(1, comparisons);
  LONGS_EQUAL(1, match({"https://example.com/users/7777/1?x", "no URL:"}, true).size());
  UNSIGNED_LONGS_EQUAL(3, comparisons);  // two look-ups, and the one pattern that begins so
  for (auto& subscriber : subscribers) index.remove(subscriber);
}

TEST(SubscriptionIndex, P1_MAT_05_relativeTopicsAreReadAgainstTheHubOfEachPattern) {
  TestSubscriber here;
  TestSubscriber there;
  const std::vector<Matcher> hereOnly{urlPattern("/.well-known/:x")};
  const std::vector<Matcher> thereOnly{urlPattern("/:x", kOtherHub)};
  index.add(here, hereOnly, hereOnly);
  index.add(there, thereOnly, thereOnly);
  for (const bool isPrivate : {false, true}) {
    LONGS_EQUAL(2, match({"bar"}, isPrivate).size());
    LONGS_EQUAL(1, times(here, {"https://hub.example/.well-known/bar"}, isPrivate));
    LONGS_EQUAL(0, times(there, {"https://hub.example/.well-known/bar"}, isPrivate));
    LONGS_EQUAL(1, times(there, {"http://other.example/bar"}, isPrivate));
    LONGS_EQUAL(0, times(here, {"http://other.example/bar"}, isPrivate));
  }
  index.remove(here);
  LONGS_EQUAL(1, match({"bar"}).size());
  index.remove(there);
  LONGS_EQUAL(0, match({"bar"}).size());
}

TEST(SubscriptionIndex, aSharedSelectorIsComparedOncePerUpdate) {
  std::deque<TestSubscriber> subscribers;
  for (int i = 0; i < 1000; ++i)
    add(subscribers.emplace_back(), {"https://example.com/{id}"}, {"https://example.com/{+anything}"});
  LONGS_EQUAL(1000, match({"https://example.com/1", "https://example.com/2"}, true).size());
  UNSIGNED_LONGS_EQUAL(4, comparisons);  // two look-ups, the wish and the right
  LONGS_EQUAL(1000, match({"https://example.com/1"}).size());
  UNSIGNED_LONGS_EQUAL(2, comparisons);
  for (auto& subscriber : subscribers) index.remove(subscriber);
}

TEST(SubscriptionIndex, distinctRightsOfThoseWhoWantEverythingAreLookedUp) {
  std::deque<TestSubscriber> subscribers;
  for (int i = 0; i < 1000; ++i)
    add(subscribers.emplace_back(), {"*"}, {"https://example.com/users/" + std::to_string(i)});
  const auto found = match({"https://example.com/users/42"}, true);
  LONGS_EQUAL(1, found.size());
  POINTERS_EQUAL(&subscribers[42], found.front());
  UNSIGNED_LONGS_EQUAL(2, comparisons);
  for (auto& subscriber : subscribers) index.remove(subscriber);
}

TEST(SubscriptionIndex, forgetsSelectorsWithTheirLastSubscriber) {
  TestSubscriber one;
  TestSubscriber two;
  add(one, {"a", "{x}", "b{x}"}, {"r", "{y}"});
  add(two, {"r", "{y}"}, {"a"});
  UNSIGNED_LONGS_EQUAL(5, cache.size());
  index.remove(one);
  UNSIGNED_LONGS_EQUAL(3, cache.size());
  LONGS_EQUAL(1, times(two, {"r"}));
  LONGS_EQUAL(0, times(two, {"b1"}, true));
  index.remove(two);
  index.remove(two);
  UNSIGNED_LONGS_EQUAL(0, cache.size());
  UNSIGNED_LONGS_EQUAL(0, index.size());
  LONGS_EQUAL(0, match({"r"}).size());
  UNSIGNED_LONGS_EQUAL(1, comparisons);
}

TEST(SubscriptionIndex, givesTheSelectorsOfASubscriber) {
  TestSubscriber subscriber;
  TestSubscriber other;
  const auto wishes = matchers({"a", "{x}", "*"});
  const auto rights = matchers({"r{y}", "a"});
  add(subscriber, {"a", "{x}", "*", "a"}, {"r{y}", "a"});
  add(other, {"b"}, {"c"});
  const auto found = SubscriptionIndex::matchersOf(subscriber);
  CHECK_TRUE(found.wishes == wishes);
  CHECK_TRUE(found.rights == rights);
  index.remove(subscriber);
  index.remove(other);
  CHECK_TRUE(SubscriptionIndex::matchersOf(subscriber).wishes.empty());
  CHECK_TRUE(SubscriptionIndex::matchersOf(subscriber).rights.empty());
}

TEST(SubscriptionIndex, aSubscriberGoesOnInAnotherIndexWithWhatItHad) {
  TestSubscriber subscriber;
  add(subscriber, {"a", "b{x}"}, {"b{+x}"});
  const auto moved = SubscriptionIndex::matchersOf(subscriber);
  index.remove(subscriber);
  SubscriptionIndex another;
  another.add(subscriber, moved.wishes, moved.rights);
  std::vector<Subscriber*> found;
  another.match({{"b1"}}, true, found);
  LONGS_EQUAL(1, found.size());
  another.match({{"a"}}, true, found);
  LONGS_EQUAL(1, found.size());
  another.match({{"a"}}, false, found);
  LONGS_EQUAL(2, found.size());
  another.remove(subscriber);
}

TEST(SubscriptionIndex, aSelectorMayBecomeAWishAfterItWasARight) {
  TestSubscriber holder;
  TestSubscriber subscriber;
  add(holder, {"other"}, {"a{x}"});
  add(subscriber, {"a{x}"});
  LONGS_EQUAL(1, times(subscriber, {"ab"}));
  index.remove(subscriber);
  LONGS_EQUAL(0, match({"ab"}).size());
  UNSIGNED_LONGS_EQUAL(1, comparisons);
  index.remove(holder);
}

TEST(SubscriptionIndex, agreesWithAskingEverybodyWhateverComesAndGoes) {
  const std::vector<std::string> texts{"*",    "a",     "b",      "ab", "a{x}", "{x}",
                                       "{+x}", "a{x}b", "ab{/x}", "{x", ""};
  const std::vector<Matcher> patterns{urlPattern("a"),           urlPattern("a", kOtherHub),
                                      urlPattern("/a/:x"),       urlPattern("/:x", kOtherHub),
                                      urlPattern("https://*/*"), urlPattern(":p://:h/.well-known/a:x?"),
                                      urlPattern("u\\:{a}?b")};
  const std::vector<std::string> topics{"a",
                                        "b",
                                        "ab",
                                        "a/b",
                                        "ab/c",
                                        "a{x}",
                                        "",
                                        "*",
                                        "{x",
                                        "/a/b",
                                        "u:b",
                                        "u:ab",
                                        "https://hub.example/a/b",
                                        "https://:0x"};
  struct Known {
    TestSubscriber subscriber;
    std::vector<Matcher> wishes;
    std::vector<Matcher> rights;
    bool isIn = false;
  };
  std::deque<Known> all(40);
  std::minstd_rand random(42);
  const auto some = [&](const std::vector<std::string>& from, std::size_t least) {
    std::vector<std::string> result(least + random() % 3);
    for (auto& text : result) text = from[random() % from.size()];
    return result;
  };
  const auto someMatchers = [&](std::size_t least) {
    std::vector<Matcher> result = matchers(some(texts, least));
    while (random() % 2 == 0) result.push_back(patterns[random() % patterns.size()]);
    return result;
  };
  for (int i = 0; i < 3000; ++i) {
    Known& known = all[random() % all.size()];
    if (known.isIn) {
      index.remove(known.subscriber);
    } else {
      known.wishes = someMatchers(1);
      known.rights = someMatchers(0);
      index.add(known.subscriber, known.wishes, known.rights);
    }
    known.isIn = !known.isIn;
    const auto update = some(topics, 1);
    const bool isPrivate = random() % 2 == 0;
    const auto found = match(update, isPrivate);
    for (const Known& one : all) {
      const bool wanted =
          one.isIn && anyMatches(one.wishes, update) && (!isPrivate || anyMatches(one.rights, update));
      LONGS_EQUAL(wanted ? 1 : 0, std::ranges::count(found, &one.subscriber));
    }
  }
  for (Known& known : all) index.remove(known.subscriber);
}

}  // namespace mercure::hub::test

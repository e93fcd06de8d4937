#include "endpoint/token_cache.h"

#include <string>
#include <vector>

#include "endpoint/hub_fixture.h"

namespace mercure::endpoint::test {

using std::chrono::hours;

TEST_GROUP(TokenCache) {
  std::chrono::system_clock::time_point now{hours(1000)};
  static constexpr std::uint64_t kStamp = 7;
  TokenCache cache{1U << 20U};

  std::shared_ptr<const VerifiedToken> verified() {
    VerifiedToken token;
    token.grant.publish = {"a"};
    token.grant.begins = now - hours(1);
    token.grant.expires = now + hours(1);
    return std::make_shared<const VerifiedToken>(token);
  }
};

TEST(TokenCache, knowsATokenThatItKeeps) {
  CHECK_TRUE(cache.find("token", kStamp, now) == nullptr);
  const auto token = verified();
  cache.keep("token", kStamp, token);
  CHECK_TRUE(cache.find("token", kStamp, now) == token);
  CHECK_TRUE(cache.find("tokeN", kStamp, now) == nullptr);
  CHECK_TRUE(cache.find("", kStamp, now) == nullptr);
}

TEST(TokenCache, P0_TOK_05_06_aTokenIsValidInItsTimeOnly) {
  cache.keep("token", kStamp, verified());
  CHECK_TRUE(cache.find("token", kStamp, now + hours(1) - std::chrono::seconds(1)) != nullptr);
  CHECK_TRUE(cache.find("token", kStamp, now + hours(1)) == nullptr);
  CHECK_TRUE(cache.find("token", kStamp, now - hours(1)) != nullptr);
  CHECK_TRUE(cache.find("token", kStamp, now - hours(1) - std::chrono::seconds(1)) == nullptr);
}

TEST(TokenCache, aTokenIsUnknownOnceKeySetsHaveChanged) {
  cache.keep("token", kStamp, verified());
  CHECK_TRUE(cache.find("token", kStamp + 1, now) == nullptr);
  CHECK_TRUE(cache.find("token", kStamp - 1, now) == nullptr);
  CHECK_TRUE(cache.find("token", kStamp, now) != nullptr);
  cache.keep("token", kStamp + 1, verified());
  CHECK_TRUE(cache.find("token", kStamp, now) == nullptr);
  CHECK_TRUE(cache.find("token", kStamp + 1, now) != nullptr);
}

TEST(TokenCache, staysWithinItsMemoryAndForgetsTheOldest) {
  for (int i = 0; i < 5000; ++i) {
    cache.keep("token " + std::to_string(i), kStamp, verified());
    CHECK_TRUE(cache.memory() <= 1U << 20U);
  }
  CHECK_TRUE(cache.find("token 4999", kStamp, now) != nullptr);
  CHECK_TRUE(cache.find("token 0", kStamp, now) == nullptr);
}

TEST(TokenCache, keepsWhatIsUsed) {
  cache.keep("used", kStamp, verified());
  for (int i = 0; i < 5000; ++i) {
    cache.keep("token " + std::to_string(i), kStamp, verified());
    CHECK_TRUE(cache.find("used", kStamp, now) != nullptr);
  }
}

TEST(TokenCache, aTokenKeptTwiceIsChargedOnce) {
  cache.keep("token", kStamp, verified());
  const auto once = cache.memory();
  cache.keep("token", kStamp, verified());
  UNSIGNED_LONGS_EQUAL(once, cache.memory());
}

TEST(TokenCache, whatIsTooLargeIsNotKept) {
  VerifiedToken large;
  large.grant.publish.assign(1000, std::string(1000, 'x'));
  cache.keep("token", kStamp, std::make_shared<const VerifiedToken>(large));
  CHECK_TRUE(cache.find("token", kStamp, now) == nullptr);
  UNSIGNED_LONGS_EQUAL(0, cache.memory());
}

class CachedTokensFixture : public HubFixture {
 protected:
  int publishing(const std::string& token) { return ask(form("topic=a", token)).response.status; }
};

TEST_GROUP_BASE(CachedTokens, CachedTokensFixture){};

TEST(CachedTokens, areVerifiedOnce) {
  const std::string known = sign(R"({"mercure":{"publish":["*"]}})");
  LONGS_EQUAL(200, publishing(known));
  settings.publishers.old.keys = {secretKey("another secret, as long as a good one has to be")};
  LONGS_EQUAL(200, publishing(known));
  LONGS_EQUAL(401, publishing(sign(R"({"mercure":{"publish":["a"]}})")));
  // In the other role it is another token.
  LONGS_EQUAL(200, ask(stream("topic=a", known)).response.status);
  settings.subscribers.old.keys = settings.publishers.old.keys;
  LONGS_EQUAL(200, ask(stream("topic=a", known)).response.status);
  LONGS_EQUAL(401, ask(stream("topic=a", sign(R"({"mercure":{"subscribe":["a"]}})"))).response.status);
}

TEST(CachedTokens, aBadSignatureIsRefusedBesideTheGoodOne) {
  const std::string good = sign(R"({"mercure":{"publish":["*"]}})");
  std::string bad = good;
  bad[bad.size() - 5] = bad[bad.size() - 5] == 'A' ? 'B' : 'A';
  for (int i = 0; i < 3; ++i) {
    LONGS_EQUAL(200, publishing(good));
    LONGS_EQUAL(401, publishing(bad));
  }
}

TEST(CachedTokens, aTokenThatHasExpiredMeanwhileIsRefused) {
  const std::string brief = sign(R"({"mercure":{"publish":["*"]},"exp":1700000010})");
  LONGS_EQUAL(200, publishing(brief));
  now += std::chrono::seconds(10);
  LONGS_EQUAL(401, publishing(brief));
}

TEST(CachedTokens, aTokenForBothRolesHasTheRightsOfEach) {
  const std::string both = sign(R"({"mercure":{"publish":["a"],"subscribe":["b"]}})");
  LONGS_EQUAL(200, publishing(both));
  const auto subscription = *ask(stream("topic=b", both)).subscription;
  LONGS_EQUAL(1, subscription.rights.size());
  STRCMP_EQUAL("b", subscription.rights.front()->text().c_str());
}

}  // namespace mercure::endpoint::test

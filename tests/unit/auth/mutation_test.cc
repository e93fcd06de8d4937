#include <random>

#include "auth/authenticate.h"
#include "auth/authentication.h"
#include "auth/jwk_set.h"
#include "auth/jwk_writer.h"
#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::kNow;
using test::Signer;

/// Random changes, the same in every run, to tokens and to what rightly signed tokens say.
namespace {

constexpr std::string_view kClaims =
    R"({"exp":1800000000.5,"nbf":-1e3,"mercure":{"publish":["*","https://example.com/{id}"],"subscribe":["gr\u00fc\u00df"],)"
    R"("payload":{"a":[1,2.5e3,true,null]}},"https://mercure.rocks/":null})";

constexpr std::string_view kAccessClaims =
    R"({"iss":"i","exp":1800000000,"aud":["a","https://hub.example/.well-known/mercure"],"authorization_details":[)"
    R"({"type":"https://mercure.rocks/authorization-detail","actions":["publish","subscribe"],)"
    R"("topics":[{"match":"*"},{"match":"https://example.com/:id","match_type":"urlpattern"}],)"
    R"("payload":{"a":[1,2.5e3,true,null]}},null,{"type":"other"}]})";

class Mutator {
 public:
  std::string operator()(std::string text) {
    for (auto changes = 1 + below(3); changes > 0; --changes) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  void change(std::string& text) {
    static constexpr std::string_view kTelling = ".{}[]\":,\\-_=AQgw0 e\xFF";
    const std::size_t place = below(text.size() + 1);
    const char byte = below(2) == 0 ? kTelling[below(kTelling.size())] : static_cast<char>(below(256));
    switch (below(5)) {
      case 0:
        text.insert(place, 1, byte);
        break;
      case 1:
        text.erase(place, 1 + below(4));
        break;
      case 2:
        text.insert(place, text.substr(below(text.size() + 1), below(20)));
        break;
      case 3:
        text.resize(place);
        break;
      default:
        if (place < text.size()) text[place] = byte;
    }
  }

  std::mt19937 random_{7519};  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same in every run on purpose
};

}  // namespace

TEST_GROUP(Mutation){};

TEST(Mutation, ANY_50_NoChangedTokenIsTaken) {
  Mutator mutate;
  for (const Algorithm algorithm : {Algorithm::HS256, Algorithm::HS512, Algorithm::RS256, Algorithm::ES256,
                                    Algorithm::ES512, Algorithm::PS256, Algorithm::EdDSA}) {
    const std::vector<Key> keys{Signer::of(algorithm).key()};
    const std::string token = Signer::of(algorithm).token(kClaims);
    CHECK(test::authenticate(token, keys).has_value());
    for (int round = 0; round < 2000; ++round) {
      const std::string changed = mutate(token);
      CHECK_EQUAL_TEXT(changed == token, test::authenticate(changed, keys).has_value(), changed.c_str());
    }
  }
}

TEST(Mutation, ChangedClaimsThatAreRightlySignedAreReadOrRefused) {
  Mutator mutate;
  const Signer& signer = Signer::of(Algorithm::HS256);
  const std::vector<Key> keys{signer.key()};
  int taken = 0;
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto grant = test::authenticate(signer.token(mutate(std::string(kClaims))), keys);
    ++(grant ? taken : refused);
    if (!grant) CHECK_FALSE(grant.error().explanation.empty());
    if (grant && grant->expires) CHECK(*grant->expires > kNow);
  }
  CHECK(taken > 100);
  CHECK(refused > 100);
}

TEST(Mutation, ChangedHeadersThatAreRightlySignedAreReadOrRefused) {
  Mutator mutate;
  const Signer& signer = Signer::of(Algorithm::HS256);
  const std::vector<Key> keys{signer.key()};
  int taken = 0;
  for (int round = 0; round < 10'000; ++round) {
    const std::string header = mutate(R"({"typ":"JWT","alg":"HS256","kid":"k"})");
    const auto grant = test::authenticate(signer.tokenWithHeader(header, "{}"), keys);
    if (!grant) continue;
    CHECK(header.find("HS256") != std::string::npos);
    CHECK(header.find("\"crit\"") == std::string::npos);
    ++taken;
  }
  CHECK(taken > 100);
}

TEST(Mutation, ANY_50_NoChangedAccessTokenIsTaken) {
  Mutator mutate;
  const Signer& signer = Signer::of(Algorithm::EdDSA);
  const std::vector<Issuer> issuers{{"i", {{signer.key(), "k"}}}};
  const std::string token = signer.accessToken(kAccessClaims, R"(,"kid":"k")");
  CHECK(test::authenticateAccessToken(token, issuers).has_value());
  for (int round = 0; round < 5000; ++round) {
    const std::string changed = mutate(token);
    CHECK_EQUAL_TEXT(changed == token, test::authenticateAccessToken(changed, issuers).has_value(),
                     changed.c_str());
  }
}

TEST(Mutation, ChangedAccessClaimsThatAreRightlySignedAreReadOrRefused) {
  Mutator mutate;
  const Signer& signer = Signer::of(Algorithm::HS256);
  const std::vector<Issuer> issuers{{"i", {{signer.key(), std::nullopt}}}};
  int taken = 0;
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string claims = mutate(std::string(kAccessClaims));
    const auto grant = test::authenticateAccessToken(signer.accessToken(claims), issuers);
    ++(grant ? taken : refused);
    if (!grant) {
      CHECK_FALSE(grant.error().explanation.empty());
      continue;
    }
    CHECK(grant->expires && *grant->expires > kNow);
    CHECK(grant->issuer == "i");
    for (const AuthorizationDetail& detail : grant->details) CHECK_FALSE(detail.topics.empty());
  }
  CHECK(taken > 100);
  CHECK(refused > 100);
}

TEST(Mutation, ChangedKeySetsAreReadOrRefused) {
  Mutator mutate;
  std::vector<test::JsonWriter> keys;
  for (const Algorithm algorithm :
       {Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::ES512, Algorithm::EdDSA}) {
    keys.push_back(
        test::jwkOf(Signer::of(algorithm)).setText("kid", nameOf(algorithm)).setText("use", "sig"));
  }
  const std::string document = test::setOf(keys);
  LONGS_EQUAL(9, readKeySet(document)->keys.size());
  int taken = 0;
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    const auto set = readKeySet(mutate(document));
    ++(set ? taken : refused);
    if (!set) {
      CHECK_FALSE(set.error().empty());
      continue;
    }
    CHECK(set->keys.size() <= 9);
    for (const IdentifiedKey& key : set->keys) CHECK_FALSE(isSymmetric(key.key.algorithm()));
  }
  CHECK(taken > 100);
  CHECK(refused > 100);
}

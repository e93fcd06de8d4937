#include "auth/authenticate.h"

#include <pthread.h>

#include <thread>

#include "auth/authentication.h"
#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::checkFault;
using test::Clock;
using test::encodeBase64url;
using test::kNow;
using test::Outcome;
using test::Signer;

namespace {

using std::chrono::seconds;

constexpr const char* kGrantAll = R"({"mercure":{"publish":["*"],"subscribe":["*"]}})";

const Signer& hs256() {
  return Signer::of(Algorithm::HS256);
}

Outcome authenticateWith(std::string_view token, const std::vector<Key>& keys, Clock::time_point now = kNow) {
  return test::authenticate(token, keys, now);
}

Outcome authenticateClaims(std::string_view claims, Clock::time_point now = kNow) {
  return authenticateWith(hs256().token(claims), {hs256().key()}, now);
}

void checkInvalid(const std::string& claims, const char* explanation) {
  checkFault(TokenFault::InvalidClaims, explanation, authenticateClaims(claims), claims);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += text + ';';
  return all;
}

std::string listOf(std::size_t size) {
  std::string list;
  for (std::size_t index = 0; index < size; ++index) list += index == 0 ? R"("a")" : R"(,"a")";
  return '[' + list + ']';
}

/// Whether `token` is taken by a thread with as little stack as an administrator may give httpd's.
bool authenticatedInSmallStack(const std::string& token) {
  struct Task {
    const std::string& token;
    const std::vector<Key> keys{hs256().key()};
    bool taken = false;
  } task{token};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  LONGS_EQUAL(0, pthread_attr_setstacksize(&attributes, 256UL * 1024));
  pthread_t thread{};
  const auto run = [](void* argument) -> void* {
    auto& given = *static_cast<Task*>(argument);
    given.taken = test::authenticate(given.token, given.keys).has_value();
    return nullptr;
  };
  LONGS_EQUAL(0, pthread_create(&thread, &attributes, run, &task));
  LONGS_EQUAL(0, pthread_join(thread, nullptr));
  pthread_attr_destroy(&attributes);
  return task.taken;
}

}  // namespace

TEST_GROUP(Authenticate){};

TEST(Authenticate, P0_TOK_08_GrantsWhatTheMercureClaimLists) {
  const auto grant = authenticateClaims(
      R"({"mercure":{"publish":["https://example.com/books/{id}","b"],"subscribe":["*"],"payload":{"user":"u1"}}})");
  CHECK(grant.has_value());
  STRCMP_EQUAL("https://example.com/books/{id};b;", joined(grant->publish).c_str());
  STRCMP_EQUAL("*;", joined(grant->subscribe).c_str());
  STRCMP_EQUAL(R"({"user":"u1"})", grant->payload.c_str());
  CHECK_FALSE(grant->expires.has_value());
  CHECK(grant->key == hs256().key().fingerprint());
  CHECK(grant->generation == Generation::V0);
  CHECK(grant->issuer.empty() && grant->details.empty());
}

TEST(Authenticate, P0_TOK_09_TheNamespacedClaimReplacesTheOtherWhole) {
  const auto grant = authenticateClaims(R"({"mercure":{"publish":["a"],"subscribe":["b"],"payload":1},)"
                                        R"("https://mercure.rocks/":{"publish":["c"]}})");
  CHECK(grant.has_value());
  STRCMP_EQUAL("c;", joined(grant->publish).c_str());
  STRCMP_EQUAL("", joined(grant->subscribe).c_str());
  STRCMP_EQUAL("", grant->payload.c_str());
}

TEST(Authenticate, P0_TOK_09_ANullNamespacedClaimIsAbsent) {
  const auto grant = authenticateClaims(R"({"mercure":{"publish":["a"]},"https://mercure.rocks/":null})");
  CHECK(grant.has_value());
  STRCMP_EQUAL("a;", joined(grant->publish).c_str());
}

TEST(Authenticate, P0_TOK_09_ABrokenNamespacedClaimIsNotOutvotedByTheOther) {
  checkInvalid(R"({"mercure":{"publish":["a"]},"https://mercure.rocks/":[]})", "is not an object");
}

TEST(Authenticate, ANY_50_ClaimNamesAreCaseSensitive) {
  const auto grant = authenticateClaims(
      R"({"Mercure":{"publish":["a"]},"HTTPS://mercure.rocks/":{"publish":["a"]},"mercure":{"Publish":["a"]},"EXP":1})");
  CHECK(grant.has_value());
  LONGS_EQUAL(0, grant->publish.size());
}

TEST(Authenticate, P0_TOK_10_AbsentNullAndEmptyListsGrantNothing) {
  for (const char* const claims :
       {R"({"mercure":{}})", R"({"mercure":{"publish":null,"subscribe":null,"payload":null}})",
        R"({"mercure":{"publish":[],"subscribe":[]}})"}) {
    const auto grant = authenticateClaims(claims);
    CHECK_TEXT(grant.has_value(), claims);
    CHECK(grant->publish.empty() && grant->subscribe.empty() && grant->payload.empty());
  }
}

TEST(Authenticate, P0_TOK_12_WithoutAMercureClaimAValidTokenGrantsNothing) {
  for (const char* const claims : {"{}", R"({"sub":"me"})", R"({"mercure":null})"}) {
    const auto grant = authenticateClaims(claims);
    CHECK_TEXT(grant.has_value(), claims);
    CHECK(grant->publish.empty() && grant->subscribe.empty() && grant->payload.empty());
  }
}

TEST(Authenticate, P0_TOK_07_AClaimOfTheWrongTypeMakesTheTokenInvalid) {
  for (const char* const mercure : {"[]", "\"*\"", "1", "true", "[\"*\"]"}) {
    checkInvalid(R"({"mercure":)" + std::string(mercure) + '}', "the Mercure claim is not an object");
  }
  for (const char* const list : {"\"*\"", "1", "true", "{}", R"({"0":"*"})"}) {
    checkInvalid(R"({"mercure":{"publish":)" + std::string(list) + "}}", "publish is not an array");
    checkInvalid(R"({"mercure":{"subscribe":)" + std::string(list) + "}}", "subscribe is not an array");
  }
  for (const char* const entry : {"1", "null", "true", "[]", "{}", "[\"*\"]"}) {
    checkInvalid(R"({"mercure":{"publish":["a",)" + std::string(entry) + "]}}", "publish[1] is not a string");
    checkInvalid(R"({"mercure":{"subscribe":[)" + std::string(entry) + ",\"a\"]}}",
                 "subscribe[0] is not a string");
  }
}

TEST(Authenticate, P0_TOK_07_AnInvalidListOfTheOtherRoleCountsToo) {
  checkInvalid(R"({"mercure":{"publish":["*"],"subscribe":"*"}})", "subscribe is not an array");
}

TEST(Authenticate, P0_TOK_13_ThePayloadIsAnyJsonValue) {
  for (const char* const payload : {"1", "-2.5", "\"text\"", "true", "false", "[]", "{}",
                                    R"([1,{"b":null,"a":[]}])", "9007199254740993", R"("\"\\\n")"}) {
    const auto grant = authenticateClaims(R"({"mercure":{"payload": )" + std::string(payload) + " }}");
    CHECK_TEXT(grant.has_value(), payload);
    STRCMP_EQUAL(payload, grant->payload.c_str());
  }
}

TEST(Authenticate, P0_TOK_14_LIM_01_AThousandSelectorsInEitherListAreTheMost) {
  for (const std::string list : {"publish", "subscribe"}) {
    const std::string claims = R"({"mercure":{")" + list + "\":";
    CHECK(authenticateClaims(claims + listOf(1000) + "}}").has_value());
    checkInvalid(claims + listOf(1001) + "}}", "has 1001 selectors, at most 1000");
  }
  const auto both = authenticateClaims(R"({"mercure":{"publish":)" + listOf(1000) + R"(,"subscribe":)" +
                                       listOf(1000) + "}}");
  CHECK(both.has_value());
}

TEST(Authenticate, SelectorsAreKeptAsTheyStand) {
  const auto grant =
      authenticateClaims(R"({"mercure":{"publish":[""," a ","a","a","{bad","gr\u00fc\u00df","a\nb"]}})");
  STRCMP_EQUAL("; a ;a;a;{bad;gr\xC3\xBC\xC3\x9F;a\nb;", joined(grant->publish).c_str());
}

TEST(Authenticate, P0_TOK_05_ExpHasNoLeeway) {
  const std::string claims = R"({"exp":1700000000,"mercure":{}})";
  const auto before = authenticateClaims(claims, kNow - Clock::duration{1});
  CHECK(before.has_value());
  CHECK(*before->expires == kNow);
  checkFault(TokenFault::Expired, "expired 0 s ago", authenticateClaims(claims, kNow), claims);
  checkFault(TokenFault::Expired, "expired 42 s ago", authenticateClaims(claims, kNow + seconds{42}), claims);
}

TEST(Authenticate, P0_TOK_05_ExpMayBeReal) {
  const auto grant = authenticateClaims(R"({"exp":1700000000.123456})");
  CHECK(grant.has_value());
  CHECK(*grant->expires > kNow + std::chrono::milliseconds{123});
  CHECK(*grant->expires < kNow + std::chrono::milliseconds{124});
  CHECK(authenticateClaims(R"({"exp":1.7000000005e9})").has_value());
  checkFault(TokenFault::Expired, "expired", authenticateClaims(R"({"exp":1699999999.999})"), "real");
  checkFault(TokenFault::Expired, "expired 1 s ago", authenticateClaims(R"({"exp":16.99999999e8})"),
             "exponent");
}

TEST(Authenticate, P0_TOK_06_NbfHasNoLeeway) {
  const std::string claims = R"({"nbf":1700000000,"mercure":{}})";
  CHECK(authenticateClaims(claims, kNow).has_value());
  CHECK_FALSE(authenticateClaims(claims, kNow)->expires.has_value());
  checkFault(TokenFault::NotYetValid, "in 1 s", authenticateClaims(claims, kNow - Clock::duration{1}),
             claims);
  checkFault(TokenFault::NotYetValid, "in 42 s", authenticateClaims(claims, kNow - seconds{42}), claims);
  checkFault(TokenFault::NotYetValid, "(nbf)", authenticateClaims(R"({"nbf":1700000000.5})"), "real");
}

TEST(Authenticate, ANY_50_TimesAreNumbersOnly) {
  for (const char* const value :
       {R"("1800000000")", R"("123")", "null", "true", "[1800000000]", "{}", "\"\""}) {
    checkInvalid(R"({"exp":)" + std::string(value) + '}', "the claim exp is not a number");
    checkInvalid(R"({"nbf":)" + std::string(value) + '}', "the claim nbf is not a number");
  }
}

TEST(Authenticate, ANY_50_TimesBeyondTheClockAreRefusedNotWrapped) {
  for (const char* const value :
       {"1e300", "-1e300", "9223372036", "-9223372036", "9223372036.9", "9223372037", "18446744073709551",
        "9223372036854775807", "-9223372036854775808", "1700000000000", "1e10"}) {
    checkInvalid(R"({"exp":)" + std::string(value) + '}', "the claim exp is beyond the clock's range");
    checkInvalid(R"({"nbf":)" + std::string(value) + '}', "the claim nbf is beyond the clock's range");
  }
  for (const char* const value : {"1e400", "9223372036854775808", "99999999999999999999999"}) {
    checkFault(TokenFault::Malformed, "out of range",
               authenticateClaims(R"({"exp":)" + std::string(value) + '}'), value);
  }
}

TEST(Authenticate, ANY_50_TimesAtTheEdgesOfTheClock) {
  CHECK(authenticateClaims(R"({"exp":9223372035,"nbf":-9223372035})").has_value());
  for (const char* const value : {"0", "-0", "-1", "-9223372035", "-9223372035.9", "1e-300"}) {
    checkFault(TokenFault::Expired, "s ago", authenticateClaims(R"({"exp":)" + std::string(value) + '}'),
               value);
    CHECK_TEXT(authenticateClaims(R"({"nbf":)" + std::string(value) + '}').has_value(), value);
  }
  checkFault(TokenFault::Expired, "expired 10923372035 s ago", authenticateClaims(R"({"exp":-9223372035})"),
             "far past");
  checkFault(TokenFault::NotYetValid, "in 18446744070 s",
             authenticateClaims(R"({"nbf":9223372035})", Clock::time_point{seconds{-9'223'372'035}}),
             "far future");
}

TEST(Authenticate, P0_TOK_06_OtherRegisteredClaimsAreNotChecked) {
  CHECK(authenticateClaims(R"({"iat":9000000000,"iss":7,"aud":["other"],"sub":null,"jti":[]})").has_value());
  CHECK(authenticateClaims(R"({"iat":"tomorrow"})").has_value());
}

TEST(Authenticate, P0_TOK_03_EachAlgorithmsTokenIsTaken) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const auto grant = authenticateWith(signer.token(kGrantAll), {signer.key()});
    CHECK(grant.has_value());
    CHECK(grant->key == signer.key().fingerprint());
    if (isSymmetric(algorithm)) continue;
    const Key certificate = *Key::read(test::certificatePemOf(signer.privateKey()), algorithm);
    CHECK(authenticateWith(signer.token(kGrantAll), {certificate}).has_value());
  }
}

TEST(Authenticate, P0_TOK_02_AnAlgorithmThatNoKeyTakesIsNamed) {
  const std::vector<Key> keys{hs256().key(), Signer::of(Algorithm::ES384).key(),
                              Signer::of(Algorithm::HS256, 1).key()};
  checkFault(TokenFault::UnsupportedAlgorithm,
             "the token is signed with RS256, the configured keys take HS256, ES384",
             authenticateWith(Signer::of(Algorithm::RS256).token(kGrantAll), keys), "RS256");
  checkFault(TokenFault::UnsupportedAlgorithm, "no key is configured",
             authenticateWith(hs256().token(kGrantAll), {}), "none");
}

TEST(Authenticate, P0_TOK_02_NoneAndUnknownAlgorithmsAreRefused) {
  for (const char* const name :
       {"none", "NONE", "None", "hs256", "PS256", "EdDSA", "ES256K", "", "HS256 ", "HS1"}) {
    const std::string header = R"({"alg":")" + std::string(name) + "\"}";
    checkFault(TokenFault::UnsupportedAlgorithm, "the token is signed with",
               authenticateWith(hs256().tokenWithHeader(header, kGrantAll), {hs256().key()}), name);
    const std::string unsignedToken = encodeBase64url(header) + '.' + encodeBase64url(kGrantAll) + '.';
    checkFault(TokenFault::UnsupportedAlgorithm, "the token is signed with",
               authenticateWith(unsignedToken, {hs256().key()}), name);
  }
}

TEST(Authenticate, P0_TOK_02_AnAlgorithmThatIsNoStringIsRefused) {
  for (const char* const header :
       {R"({"alg":["HS256"]})", R"({"alg":{"alg":"HS256"}})", R"({"alg":null})", R"({"alg":1})", "{}"}) {
    checkFault(TokenFault::Malformed, "no alg",
               authenticateWith(hs256().tokenWithHeader(header, kGrantAll), {hs256().key()}), header);
  }
}

TEST(Authenticate, P0_TOK_02_APublicKeyUsedAsASecretVerifiesNothing) {
  const Signer& rsa = Signer::of(Algorithm::RS256);
  const std::string message =
      encodeBase64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + encodeBase64url(kGrantAll);
  const std::string forged =
      message + '.' + encodeBase64url(Signer::hmac(EVP_sha256(), rsa.keyText(), message));
  checkFault(TokenFault::UnsupportedAlgorithm, "the configured keys take RS256",
             authenticateWith(forged, {rsa.key()}), "alone");
  checkFault(TokenFault::BadSignature, "HS256", authenticateWith(forged, {rsa.key(), hs256().key()}),
             "beside a secret");
}

TEST(Authenticate, AnUnsignedTokenThatClaimsAnAlgorithmIsRefused) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const std::string token = Signer::of(algorithm).token(kGrantAll);
    checkFault(TokenFault::BadSignature, "signature",
               authenticateWith(token.substr(0, token.rfind('.') + 1), {Signer::of(algorithm).key()}), token);
  }
}

TEST(Authenticate, ANY_16_ACriticalHeaderIsRefused) {
  for (const char* const crit : {R"(["exp"])", R"(["b64"])", "[]", "null", "\"\"", "true"}) {
    const std::string header = R"({"alg":"HS256","crit":)" + std::string(crit) + '}';
    checkFault(TokenFault::CriticalHeader, "crit",
               authenticateWith(hs256().tokenWithHeader(header, kGrantAll), {hs256().key()}), crit);
  }
}

TEST(Authenticate, P0_TOK_06_TypIsNotLookedAt) {
  for (const char* const typ :
       {R"("JWT")", R"("jwt")", R"("at+jwt")", R"("application/at+jwt")", "\"\"", "null", "1", "[]", "{}"}) {
    const std::string header = R"({"typ":)" + std::string(typ) + R"(,"alg":"HS256"})";
    CHECK_TEXT(authenticateWith(hs256().tokenWithHeader(header, kGrantAll), {hs256().key()}).has_value(),
               typ);
  }
}

TEST(Authenticate, ANY_16_ANameTwiceIsRefusedThoughRightlySigned) {
  const std::string twice = R"({"mercure":{"publish":[]},"mercure":{"publish":["*"]}})";
  checkFault(TokenFault::Malformed, "claims part has a name twice", authenticateClaims(twice), twice);
  checkFault(TokenFault::Malformed, "claims part has a name twice",
             authenticateClaims(R"({"mercure":{"publish":[],"publish":["*"]}})"), "inner");
  checkFault(TokenFault::Malformed, "header has a name twice",
             authenticateWith(hs256().tokenWithHeader(R"({"alg":"HS256","alg":"HS256"})", kGrantAll),
                              {hs256().key()}),
             "header");
}

TEST(Authenticate, P0_TOK_01_AnyOneOfTheKeysSuffices) {
  const Signer& old = Signer::of(Algorithm::HS256, 0);
  const Signer& fresh = Signer::of(Algorithm::HS256, 1);
  const std::vector<Key> keys{Signer::of(Algorithm::RS256).key(), old.key(), fresh.key()};
  CHECK(authenticateWith(old.token(kGrantAll), keys)->key == old.key().fingerprint());
  CHECK(authenticateWith(fresh.token(kGrantAll), keys)->key == fresh.key().fingerprint());
  CHECK(authenticateWith(Signer::of(Algorithm::RS256).token(kGrantAll), keys).has_value());
  checkFault(TokenFault::BadSignature, "not from the configured RS256 key",
             authenticateWith(Signer::of(Algorithm::RS256, 1).token(kGrantAll), keys), "stranger");
  checkFault(TokenFault::BadSignature, "not from the configured HS256 key",
             authenticateWith(fresh.token(kGrantAll), {old.key()}), "retired");
}

TEST(Authenticate, TheSignatureIsCheckedBeforeTheClaims) {
  const std::string token = Signer::of(Algorithm::HS256, 1).token(R"({"exp":1,"mercure":7})");
  checkFault(TokenFault::BadSignature, "signature", authenticateWith(token, {hs256().key()}), token);
}

TEST(Authenticate, HostileTokensAreRefused) {
  std::vector<std::string> tokens{"",
                                  ".",
                                  "..",
                                  "...",
                                  "a.b.c",
                                  "e30.e30.",
                                  "e30.e30.e30",
                                  std::string(1'000'000, 'A'),
                                  std::string(1'000'000, '.'),
                                  std::string(3, '\0'),
                                  encodeBase64url(std::string(40'000, '[')) + ".e30.AA",
                                  hs256().token(kGrantAll) + '.',
                                  hs256().token(kGrantAll) + "=",
                                  hs256().token(kGrantAll) + std::string(1, '\0'),
                                  ' ' + hs256().token(kGrantAll),
                                  "Bearer " + hs256().token(kGrantAll)};
  std::string deep;
  for (int level = 0; level < 7000; ++level) deep += R"({"a":)";
  tokens.push_back(hs256().token(deep));
  tokens.push_back(hs256().token(R"({"mercure":{"payload":)" + std::string(10'000, '[') +
                                 std::string(10'000, ']') + "}}"));
  tokens.push_back(hs256().token(R"({"mercure":{"payload":")" + std::string(100'000, '[') + R"("}})"));
  tokens.push_back(hs256().token("{\"mercure\":{\"publish\":[\"\xFF\"]}}"));
  tokens.push_back(hs256().token(R"({"mercure":{"publish":["\u0000"]}})"));
  tokens.push_back(hs256().token(std::string("{}\0", 3)));
  tokens.push_back(hs256().token("\xEF\xBB\xBF{}"));
  for (const std::string& token : tokens) {
    const auto outcome = authenticateWith(token, {hs256().key()});
    CHECK_FALSE_TEXT(outcome.has_value(), token.substr(0, 60).c_str());
    CHECK(outcome.error().fault == TokenFault::Malformed);
    CHECK_FALSE(outcome.error().explanation.empty());
  }
}

TEST(Authenticate, TheLargestAndTheDeepestTokenFitASmallStack) {
  const std::string long64k = hs256().token(R"({"sub":")" + std::string(49'000, 'x') + "\"}");
  const std::string deepest =
      hs256().token(R"({"mercure":{"payload":)" + std::string(62, '[') + std::string(62, ']') + "}}");
  std::string tooDeep;
  for (int level = 0; level < 2000; ++level) tooDeep += R"({"a":)";
  for (const auto& [token, taken] :
       {std::pair{long64k, true}, {deepest, true}, {hs256().token(tooDeep), false}}) {
    CHECK_EQUAL(taken, authenticatedInSmallStack(token));
  }
}

TEST(Authenticate, TextFromTheTokenReachesTheLogShortAndTame) {
  const std::string injected =
      R"({"alg":"x\r\n[err] \u001b[31m\u00e9\u202e)" + std::string(1000, 'A') + "\"}";
  const auto outcome = authenticateWith(hs256().tokenWithHeader(injected, kGrantAll), {hs256().key()});
  CHECK_FALSE(outcome.has_value());
  STRCMP_EQUAL("the token is signed with x??[err]??[31m??..., the configured keys take HS256",
               outcome.error().explanation.c_str());
}

TEST(Authenticate, P0_TOK_15_ExplanationsNeverHoldTheTokenOrTheSecret) {
  const std::vector<std::string> claims{R"({"exp":1,"sub":"leak"})",
                                        R"({"nbf":9000000000,"sub":"leak"})",
                                        R"({"mercure":"leak"})",
                                        R"({"mercure":{"publish":"leak"}})",
                                        R"({"mercure":{"publish":["leak",1]}})",
                                        R"({"leak":1,"leak":2})",
                                        R"({"leak")",
                                        R"({"exp":"leak"})"};
  const std::vector<Key> keys{*Key::read("leak", Algorithm::HS256), hs256().key()};
  for (const std::string& text : claims) {
    for (const int party : {0, 1}) {
      const std::string token = Signer::of(Algorithm::HS256, party).token(text);
      const auto outcome = authenticateWith(token, keys);
      CHECK_FALSE_TEXT(outcome.has_value(), text.c_str());
      const std::string& explanation = outcome.error().explanation;
      CHECK_TEXT(explanation.find("leak") == std::string::npos, explanation.c_str());
      CHECK_TEXT(explanation.find(token.substr(token.size() - 20)) == std::string::npos, explanation.c_str());
      CHECK_TEXT(explanation.find('\n') == std::string::npos, explanation.c_str());
    }
  }
}

TEST(Authenticate, ManyThreadsShareTheKeys) {
  const std::vector<Key> keys{hs256().key(), Signer::of(Algorithm::RS256).key(),
                              Signer::of(Algorithm::ES256).key()};
  const std::string right = Signer::of(Algorithm::ES256).token(kGrantAll);
  const std::string wrong = Signer::of(Algorithm::RS256, 1).token(kGrantAll);
  std::array<int, 4> mistakes{};
  std::vector<std::thread> threads;
  threads.reserve(mistakes.size());
  for (int& count : mistakes) {
    threads.emplace_back([&keys, &right, &wrong, &count] {
      for (int round = 0; round < 100; ++round) {
        std::vector<Key> copies = keys;
        std::swap(copies.front(), copies.back());
        if (!test::authenticate(right, copies) || test::authenticate(wrong, copies)) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : mistakes) LONGS_EQUAL(0, count);
}

#include "auth/access_token.h"

#include "auth/authentication.h"
#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using std::chrono::seconds;
using test::authenticateAccessToken;
using test::checkFault;
using test::Clock;
using test::kNow;
using test::Outcome;
using test::Signer;

namespace {

constexpr std::string_view kIssuer = "https://issuer.example";
constexpr std::string_view kHub = "https://hub.example/.well-known/mercure";

const Signer& es256(int party = 0) {
  return Signer::of(Algorithm::ES256, party);
}

std::vector<Issuer> issuers() {
  return {
      {"https://other.example", {{Signer::of(Algorithm::EdDSA).key(), std::nullopt}, {es256(1).key(), "k"}}},
      {std::string(kIssuer), {{es256().key(), std::nullopt}}},
      {"https://keyless.example", {}}};
}

/// The claims of a right token, with `more` after them.
std::string claimsWith(const std::string& more = {}, std::string_view issuer = kIssuer) {
  return R"({"iss":")" + std::string(issuer) + R"(","exp":1700000060,"aud":")" + std::string(kHub) + '"' +
         more + '}';
}

Outcome judge(const std::string& claims, const Signer& signer = es256(), Clock::time_point now = kNow) {
  return authenticateAccessToken(signer.accessToken(claims), issuers(), now);
}

}  // namespace

TEST_GROUP(AccessToken){};

TEST(AccessToken, P1_TOK_05_ATokenOfATrustedIssuerIsTaken) {
  const auto grant = judge(claimsWith(
      R"(,"iat":1699999990,"nbf":1699999995,"sub":"me","client_id":"c","jti":"1","authorization_details":[)"
      R"({"type":"https://mercure.rocks/authorization-detail","actions":["publish"],"topics":[{"match":"a"}]}])"));
  CHECK(grant.has_value());
  CHECK(grant->generation == Generation::V1);
  STRCMP_EQUAL("https://issuer.example", grant->issuer.c_str());
  CHECK(grant->key == es256().key().fingerprint());
  CHECK(grant->issued == kNow - seconds{10});
  CHECK(grant->begins == kNow - seconds{5});
  CHECK(grant->expires == kNow + seconds{60});
  LONGS_EQUAL(1, grant->details.size());
  CHECK(grant->publish.empty() && grant->subscribe.empty() && grant->payload.empty());
}

TEST(AccessToken, P1_TOK_02_EachAlgorithmsTokenIsTaken) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const std::vector<Issuer> trusted{{std::string(kIssuer), {{Signer::of(algorithm).key(), std::nullopt}}}};
    const auto isTaken = [&](int party) {
      return authenticateAccessToken(Signer::of(algorithm, party).accessToken(claimsWith()), trusted)
          .has_value();
    };
    CHECK(isTaken(0));
    CHECK_FALSE(isTaken(1));
  }
}

TEST(AccessToken, P1_TOK_02_TheTokensAlgorithmIsExactlyTheKeys) {
  for (const char* const name : {"none", "NONE", "HS256", "ES384", "es256", "EdDSA", ""}) {
    const std::string header = R"({"typ":"at+jwt","alg":")" + std::string(name) + "\"}";
    checkFault(TokenFault::UnsupportedAlgorithm,
               "issuer \"https://issuer.example\": the token is signed with",
               authenticateAccessToken(es256().tokenWithHeader(header, claimsWith()), issuers()), name);
  }
}

TEST(AccessToken, P1_TOK_05_OnlyTheNamedIssuersKeysAreTried) {
  checkFault(TokenFault::BadSignature, "issuer \"https://issuer.example\": the token's signature is not from",
             judge(claimsWith(), es256(1)), "the other's key");
  CHECK(judge(claimsWith({}, "https://other.example"), es256(1)).has_value());
  checkFault(TokenFault::BadSignature, "issuer \"https://other.example\"",
             judge(claimsWith({}, "https://other.example"), es256()), "the first's key");
  CHECK(judge(claimsWith({}, "https://other.example"), Signer::of(Algorithm::EdDSA)).has_value());
}

TEST(AccessToken, P1_TOK_06_AnIssuerMustBeTrusted) {
  for (const char* const issuer :
       {"https://evil.example", "https://issuer.example/", "HTTPS://issuer.example", "https://issuer.exampl",
        "", " https://issuer.example"}) {
    checkFault(TokenFault::UntrustedIssuer, "the token's iss names no issuer that is configured: \"",
               judge(claimsWith({}, issuer)), issuer);
  }
  for (const char* const claims :
       {R"({"exp":1700000060,"aud":"a"})", R"({"iss":null})", R"({"iss":7})",
        R"({"iss":["https://issuer.example"]})", R"({"ISS":"https://issuer.example"})"}) {
    checkFault(TokenFault::UntrustedIssuer, "the token has no iss that is a string", judge(claims), claims);
  }
  checkFault(TokenFault::UntrustedIssuer, "configured",
             authenticateAccessToken(es256().accessToken(claimsWith()), {}), "ANY-49");
}

TEST(AccessToken, P1_TOK_06_AnUnknownIssuerIsQuotedShortAndTame) {
  const auto outcome = judge(claimsWith({}, "https://evil/\\r\\n\\u0007\\u202e" + std::string(1000, 'A')));
  STRCMP_CONTAINS("\"https://evil/??????AAAA", outcome.error().explanation.c_str());
  STRCMP_CONTAINS("A...\"", outcome.error().explanation.c_str());
  CHECK(outcome.error().explanation.size() < 220);
}

TEST(AccessToken, P1_TOK_11_AnIssuerWithoutAKeyForTheRoleIsNotTrusted) {
  checkFault(TokenFault::UnsupportedAlgorithm, "issuer \"https://keyless.example\": no key is configured",
             judge(claimsWith({}, "https://keyless.example")), "keyless");
}

TEST(AccessToken, P1_TOK_04_AKidPicksAmongTheIssuersKeys) {
  const auto naming = [](const std::string& id, const Signer& signer) {
    return authenticateAccessToken(
        signer.accessToken(claimsWith({}, "https://other.example"), R"(,"kid":")" + id + '"'), issuers());
  };
  CHECK(naming("k", es256(1)).has_value());
  CHECK(naming("none", Signer::of(Algorithm::EdDSA)).has_value());
  const auto outcome = naming("next", es256());
  checkFault(TokenFault::UnknownKey, "issuer \"https://other.example\": the token is signed with ES256",
             outcome, "next");
  STRCMP_EQUAL("next", outcome.error().keyId.c_str());
}

TEST(AccessToken, P1_TOK_07_ExpMustBeThereAndNotPast) {
  const auto withExp = [](const std::string& exp) {
    return R"({"iss":"https://issuer.example","aud":")" + std::string(kHub) + '"' + exp + '}';
  };
  checkFault(TokenFault::InvalidClaims, "the token has no exp", judge(withExp("")), "none");
  checkFault(TokenFault::InvalidClaims, "the claim exp is not a number", judge(withExp(R"(,"exp":null)")),
             "null");
  checkFault(TokenFault::InvalidClaims, "the claim exp is not a number",
             judge(withExp(R"(,"exp":"1800000000")")), "text");
  checkFault(TokenFault::InvalidClaims, "beyond the clock", judge(withExp(R"(,"exp":1e300)")), "far");
  checkFault(TokenFault::Expired, "expired 0 s ago", judge(withExp(R"(,"exp":1700000000)")), "now");
  CHECK(judge(withExp(R"(,"exp":1700000000.5)")).has_value());
  checkFault(TokenFault::Expired, "expired", judge(claimsWith(), es256(), kNow + seconds{60}), "later");
}

TEST(AccessToken, P1_TOK_07_NbfIsRespected) {
  checkFault(TokenFault::NotYetValid, "in 1 s", judge(claimsWith(R"(,"nbf":1700000001)")), "nbf");
  CHECK(judge(claimsWith(R"(,"nbf":1700000000)")).has_value());
  checkFault(TokenFault::InvalidClaims, "the claim nbf is not a number", judge(claimsWith(R"(,"nbf":"0")")),
             "text");
}

TEST(AccessToken, P1_TOK_08_AudNamesTheHub) {
  const auto withAud = [](const std::string& aud) {
    return judge(R"({"iss":"https://issuer.example","exp":1700000060)" + aud + '}');
  };
  const std::string hub = '"' + std::string(kHub) + '"';
  for (const std::string& aud : {hub, '[' + hub + ']', R"(["a",)" + hub + ']', '[' + hub + R"(,"a"])"}) {
    CHECK_TEXT(withAud(R"(,"aud":)" + aud).has_value(), aud.c_str());
  }
  for (const char* const aud :
       {"", R"(,"aud":null)", R"(,"AUD":"https://hub.example/.well-known/mercure")"}) {
    checkFault(TokenFault::WrongAudience, "the token has no aud", withAud(aud), aud);
  }
  checkFault(TokenFault::WrongAudience, "the token's aud is empty", withAud(R"(,"aud":[])"), "empty");
  checkFault(TokenFault::WrongAudience, "the token's aud is not this hub but \"https://hub.example\"",
             withAud(R"(,"aud":"https://hub.example")"), "origin");
  checkFault(TokenFault::WrongAudience, "not this hub but \"a?\" and others",
             withAud(R"(,"aud":["a\n","b"])"), "others");
  for (const std::string& aud : {std::string("7"), std::string("{}"), std::string("true"), "[7," + hub + ']',
                                 '[' + hub + ",null]", "[[" + hub + "]]"}) {
    checkFault(TokenFault::InvalidClaims, "neither a string nor an array of strings",
               withAud(R"(,"aud":)" + aud), aud);
  }
}

TEST(AccessToken, P1_TOK_09_OtherClaimsAreNotChecked) {
  CHECK(judge(claimsWith(R"(,"iat":"x","sub":7,"client_id":null,"jti":[],"scope":"a","mercure":7)"))
            .has_value());
}

TEST(AccessToken, ANY_01_AMercureClaimGrantsNothing) {
  const auto grant = judge(claimsWith(
      R"(,"mercure":{"publish":["*"],"subscribe":["*"],"payload":1},"https://mercure.rocks/":{"publish":["*"]})"));
  CHECK(grant.has_value());
  CHECK(grant->publish.empty() && grant->subscribe.empty() && grant->payload.empty());
  CHECK(grant->details.empty());
}

TEST(AccessToken, ANY_16_ACriticalHeaderIsRefused) {
  for (const char* const crit : {R"(["exp"])", "[]", "null"}) {
    checkFault(TokenFault::CriticalHeader, "crit",
               authenticateAccessToken(es256().accessToken(claimsWith(), R"(,"crit":)" + std::string(crit)),
                                       issuers()),
               crit);
  }
}

TEST(AccessToken, ANY_16_AClaimTwiceIsRefused) {
  for (const char* const twice : {R"(,"iss":"https://issuer.example")", R"(,"exp":9999999999)",
                                  R"(,"authorization_details":[],"authorization_details":[])"}) {
    checkFault(TokenFault::Malformed, "a name twice", judge(claimsWith(twice)), twice);
  }
}

TEST(AccessToken, P1_TOK_10_TheSignatureIsCheckedBeforeTheClaims) {
  const std::string claims =
      R"({"iss":"https://issuer.example","exp":1,"aud":"x","authorization_details":7})";
  checkFault(TokenFault::BadSignature, "signature", judge(claims, es256(1)), "signature");
  checkFault(TokenFault::Expired, "exp", judge(claims), "exp");
  checkFault(
      TokenFault::WrongAudience, "aud",
      judge(R"({"iss":"https://issuer.example","exp":1700000060,"aud":"x","authorization_details":7})"),
      "aud");
  checkFault(TokenFault::InvalidClaims, "authorization_details",
             judge(claimsWith(R"(,"authorization_details":7)")), "details");
}

TEST(AccessToken, P1_TOK_15_ExplanationsNeverHoldTheToken) {
  for (
      const std::string& claims :
      {claimsWith(R"(,"sub":"leak","nbf":9000000000)"), claimsWith(R"(,"authorization_details":"leak")"),
       claimsWith(R"(,"authorization_details":["leak"])"),
       claimsWith(R"(,"authorization_details":[{"type":"leak","type":1}])"),
       claimsWith(
           R"(,"authorization_details":[{"type":"https://mercure.rocks/authorization-detail","actions":["publish"],)"
           R"("topics":[{"match":"leak","match_type":"leak"}]}])"),
       std::string(R"({"leak":"https://issuer.example"})")}) {
    const std::string token = es256().accessToken(claims);
    const auto outcome = authenticateAccessToken(token, issuers());
    CHECK_FALSE_TEXT(outcome.has_value(), claims.c_str());
    const std::string& explanation = outcome.error().explanation;
    CHECK_TEXT(explanation.find("leak") == std::string::npos, explanation.c_str());
    CHECK_TEXT(explanation.find(token.substr(token.size() - 20)) == std::string::npos, explanation.c_str());
  }
}

#include "endpoint/token_source.h"

#include <string>

#include "endpoint/fake_request.h"

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint {
namespace {

using test::FakeRequest;

const std::string kToken(41, 't');
const std::string kOther(41, 'o');

// Where the token was found, or the explanation, or `none`.
std::string found(const FakeRequest& request) {
  const auto token =
      findToken(request, protocol::decodeForm(request.query()),
                {protocol::Protocol::V0, "mercureAuthorization", "__Secure-mercure_access_token"});
  if (!token) return token.error();
  if (!*token) return "none";
  switch ((*token)->source) {
    case TokenSource::Field:
      return "field " + (*token)->text;
    case TokenSource::Parameter:
      return "parameter " + (*token)->text;
    case TokenSource::Cookie:
      break;
  }
  return "cookie " + (*token)->text;
}

void checkFound(const std::string& expected, const FakeRequest& request) {
  STRCMP_EQUAL(expected.c_str(), found(request).c_str());
}

TEST_GROUP(TokenSource) {
  FakeRequest request;

  void checkNoFallBack(const std::string& authorization) {
    FakeRequest bad;
    bad.queryText = "authorization=" + kToken;
    bad.set("Cookie", "mercureAuthorization=" + kToken);
    bad.set("Authorization", authorization);
    CHECK_TEXT(found(bad).find(kToken) == std::string::npos, found(bad).c_str());
    CHECK_TEXT(found(bad).find("none") == std::string::npos, authorization.c_str());
    CHECK_TEXT(found(bad).find("Authorization field") != std::string::npos, found(bad).c_str());
  }
};

TEST(TokenSource, none) {
  checkFound("none", request);
}

TEST(TokenSource, P0_AUTH_03_field) {
  request.set("authorization", "Bearer " + kToken);
  checkFound("field " + kToken, request);
}

TEST(TokenSource, ANY_11_bearerInAnyCase) {
  request.set("Authorization", "bEaReR " + kToken);
  checkFound("field " + kToken, request);
}

TEST(TokenSource, P0_AUTH_02_fieldBeforeParameterBeforeCookie) {
  request.set("Cookie", "mercureAuthorization=cookie");
  checkFound("cookie cookie", request);
  request.queryText = "authorization=" + kOther;
  checkFound("parameter " + kOther, request);
  request.queryText = "authorization=short";
  checkFound("the authorization parameter is under 41 characters, too short for a signed token", request);
  request.set("Authorization", "Bearer " + kToken);
  checkFound("field " + kToken, request);
}

TEST(TokenSource, ANY_12_otherSchemesAreErrors) {
  for (const char* value : {"", " ", "Bearer", "Bearer ", "Token abc", "Negotiate abc", "BearerX",
                            "Basic abc", "Digest username=\"x\""}) {
    checkNoFallBack(value);
  }
  checkNoFallBack("Bearer\t" + kOther);
  checkNoFallBack(kOther);
}

TEST(TokenSource, ANY_12_neverQuotesWhatStandsInTheField) {
  request.set("Authorization", kToken + " x");
  CHECK(found(request).find(kToken) == std::string::npos);
}

TEST(TokenSource, P0_AUTH_05_twoFields) {
  request.set("Authorization", "Bearer " + kToken);
  request.set("Authorization", "Bearer " + kToken);
  checkFound("more than one Authorization field", request);
}

TEST(TokenSource, P0_AUTH_06_under41Characters) {
  checkNoFallBack("Bearer " + std::string(40, 't'));
  request.queryText = "authorization=" + std::string(40, 't');
  checkFound("the authorization parameter is under 41 characters, too short for a signed token", request);
  request.queryText = "authorization=";
  checkFound("the authorization parameter is under 41 characters, too short for a signed token", request);

  request.queryText = "authorization=" + kToken;
  checkFound("parameter " + kToken, request);
  request.set("Authorization", "Bearer " + kOther);
  checkFound("field " + kOther, request);
}

TEST(TokenSource, P0_AUTH_07_parameterOnceOnly) {
  request.queryText = "topic=a&authorization=" + kToken;
  checkFound("parameter " + kToken, request);
  request.queryText += "&authorization=" + kToken;
  checkFound("more than one authorization parameter", request);
}

TEST(TokenSource, P0_AUTH_07_parameterIsDecoded) {
  request.queryText = "%61uthorization=%74" + std::string(40, 't');
  checkFound("parameter " + kToken, request);
  request.queryText = "Authorization=" + kToken;
  checkFound("none", request);
}

TEST(TokenSource, ANY_13_whatTheServerAuthenticatedIsNotMercures) {
  request.serversPassword = true;
  request.set("Authorization", "Basic dXNlcjpwYXNz");
  checkFound("none", request);
  request.set("Cookie", "mercureAuthorization=cookie");
  checkFound("cookie cookie", request);

  FakeRequest digest;
  digest.serversPassword = true;
  digest.set("Authorization", "digest username=\"u\", realm=\"r\"");
  checkFound("none", digest);
}

TEST(TokenSource, ANY_13_aBearerTokenIsMercuresWhoeverLookedAtIt) {
  request.serversPassword = true;
  request.set("Authorization", "Bearer " + kToken);
  checkFound("field " + kToken, request);
}

TEST(TokenSource, ANY_12_basicAndAnotherFieldJoined) {
  request.serversPassword = true;
  request.set("Authorization", "Basic dXNlcjpwYXNz, Bearer " + kToken);
  checkFound("more than one Authorization field", request);
}

TEST(TokenSource, P0_AUTH_10_firstCookieOfAnyLength) {
  request.set("Cookie", "x=y");
  request.set("Cookie", "mercureAuthorization=\"one\"; mercureAuthorization=two");
  request.set("Cookie", "mercureAuthorization=three");
  checkFound("cookie one", request);
}

TEST(TokenSource, P0_AUTH_10_anEmptyCookieDecides) {
  request.set("Cookie", "mercureAuthorization=; mercureAuthorization=two");
  checkFound("cookie ", request);
}

}  // namespace
}  // namespace mercure::endpoint

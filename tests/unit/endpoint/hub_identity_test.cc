#include "endpoint/hub_identity.h"

#include <string>
#include <vector>

#include "endpoint/fake_request.h"

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint::test {

TEST_GROUP(HubIdentity) {
  HubIdentity identity;
  FakeRequest request;

  void setup() override {
    identity.url = "https://hub.example/.well-known/mercure";
    identity.names = {"hub.example", "www.hub.example", "*.alias.example"};
    identity.ports = {443, 8443};
  }

  void checkIncludes(bool expected, const std::vector<std::string>& identifiers) const {
    for (const std::string& each : identifiers)
      CHECK_EQUAL_TEXT(expected, identity.includes(each), each.c_str());
  }
};

TEST(HubIdentity, P1_ID_01_P1_TOK_08_everyNameAndPortOfTheHubIsAnAudience) {
  checkIncludes(
      true, {"https://hub.example/.well-known/mercure", "http://hub.example/.well-known/mercure",
             "https://hub.example:8443/.well-known/mercure", "http://hub.example:8443/.well-known/mercure",
             "https://www.hub.example/.well-known/mercure", "https://a.alias.example/.well-known/mercure"});
}

TEST(HubIdentity, P1_TOK_08_identifiersAreComparedAsStrings) {
  checkIncludes(false,
                {"", "/.well-known/mercure", "hub.example", "https://hub.example",
                 "https://hub.example/.well-known/mercure/", "https://hub.example/.well-known/mercure?x",
                 "https://hub.example/.well-known/mercure#x", "https://HUB.example/.well-known/mercure",
                 "HTTPS://hub.example/.well-known/mercure", "https://hub.example:443/.well-known/mercure",
                 "https://u@hub.example/.well-known/mercure", "https://hub.example/x/.well-known/mercure",
                 "https://hub.example/x/../.well-known/mercure", " https://hub.example/.well-known/mercure",
                 "https://hub.example\\.well-known/mercure", "ftp://hub.example/.well-known/mercure",
                 "https://hub.example/.well-known/Mercure"});
  identity.publicOrigins = {"https://hub.example"};
  checkIncludes(false,
                {"https://HUB.example/.well-known/mercure", "https://hub.example:443/.well-known/mercure"});
}

TEST(HubIdentity, P1_TOK_08_otherNamesAndPortsAreOtherHubs) {
  checkIncludes(
      false,
      {"https://evil.example/.well-known/mercure", "https://hub.example.evil/.well-known/mercure",
       "https://xhub.example/.well-known/mercure", "https://hub.example:9000/.well-known/mercure",
       "https://alias.example/.well-known/mercure", "https://*.alias.example.evil/.well-known/mercure"});
}

TEST(HubIdentity, P1_ID_02_theHostThatARequestNamesMakesNoAudience) {
  request.origin = "https://evil.example";
  STRCMP_EQUAL(identity.url.c_str(), identity.resourceFor(request).c_str());
  request.origin = "https://www.hub.example";
  STRCMP_EQUAL("https://www.hub.example/.well-known/mercure", identity.resourceFor(request).c_str());
}

TEST(HubIdentity, P1_ID_03_aConfiguredIdentifierIsTheOnlyOne) {
  identity.configured = "https://public.example/events";
  checkIncludes(true, {"https://public.example/events"});
  checkIncludes(false, {"https://hub.example/.well-known/mercure", "https://public.example/events/", ""});
  STRCMP_EQUAL("https://public.example/events", identity.resourceFor(request).c_str());
}

TEST(HubIdentity, P1_ID_03_whatADirectiveMayName) {
  for (const char* good : {"https://a.example/hub", "http://localhost:8080/.well-known/mercure",
                           "https://a.example/", "https://[::1]/hub"})
    CHECK_TRUE_TEXT(readResourceIdentifier(good).has_value(), good);
  for (const char* bad :
       {"", "a.example", "/hub", "//a.example/hub", "urn:hub", "https://", "ftp://a.example/",
        "https://a.example/#f", "https://a.example/?q", "https://u:p@a.example/", "https://A.example/",
        "https://a.example", "https://a.example:443/", "https://a b/"}) {
    const auto read = readResourceIdentifier(bad);
    CHECK_TRUE_TEXT(!read && !read.error().empty(), bad);
  }
}

TEST(HubIdentity, P1_ID_04_onlyPublicOriginsAreServedWhereTheyAreNamed) {
  request.origin = "https://evil.example";
  CHECK_FALSE(identity.isMisdirected(request));
  identity.publicOrigins = {"https://hub.example", "https://other.example:8443"};
  CHECK_TRUE(identity.isMisdirected(request));
  for (const char* own : {"https://hub.example", "https://other.example:8443", "https://HUB.example"}) {
    request.origin = own;
    CHECK_FALSE_TEXT(identity.isMisdirected(request), own);
  }
  for (const char* foreign : {"http://hub.example", "https://other.example", "https://hub.example:444"}) {
    request.origin = foreign;
    CHECK_TRUE_TEXT(identity.isMisdirected(request), foreign);
  }
  checkIncludes(true, {"https://other.example:8443/.well-known/mercure"});
  checkIncludes(false, {"https://www.hub.example/.well-known/mercure"});
}

TEST(HubIdentity, P1_ID_04_aPublicUrlIsReducedToItsOrigin) {
  STRCMP_EQUAL("https://a.example", readPublicOrigin("https://A.example:443/.well-known/mercure")->c_str());
  STRCMP_EQUAL("http://a.example:8080", readPublicOrigin("http://a.example:8080")->c_str());
  for (const char* bad : {"", "a.example", "ws://a.example", "https://a.example/?x", "*"})
    CHECK_FALSE_TEXT(readPublicOrigin(bad).has_value(), bad);
}

TEST(HubIdentity, P1_PRM_01_10_theMetadataFollowTheHubsPath) {
  STRCMP_EQUAL("/.well-known/oauth-protected-resource/hub", metadataPathOf("/hub").c_str());
  request.origin = "https://hub.example:8443";
  STRCMP_EQUAL("https://hub.example:8443/.well-known/oauth-protected-resource/.well-known/mercure",
               identity.metadataUrlFor(request).c_str());
  identity.configured = "https://public.example/other";
  STRCMP_EQUAL("https://public.example/.well-known/oauth-protected-resource/.well-known/mercure",
               identity.metadataUrlFor(request).c_str());
}

}  // namespace mercure::endpoint::test

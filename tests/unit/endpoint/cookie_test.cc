#include "endpoint/cookie.h"

#include <string>

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint {
namespace {

void checkCookie(std::string_view expected, std::string_view field) {
  const auto value = cookieIn(field, "mercureAuthorization");
  CHECK_TEXT(value.has_value(), std::string(field).c_str());
  STRCMP_EQUAL(std::string(expected).c_str(), std::string(value.value_or("")).c_str());
}

TEST_GROUP(Cookie){};

TEST(Cookie, P0_AUTH_09_amongOthers) {
  checkCookie("a.b.c", "mercureAuthorization=a.b.c");
  checkCookie("a.b.c", "x=y; mercureAuthorization=a.b.c; z=1");
  checkCookie("a.b.c", "x=y;mercureAuthorization=a.b.c;z=1");
  checkCookie("a.b.c", " ; ;; =; x ;\tmercureAuthorization = a.b.c\t;");
  checkCookie("a.b.c", "mercureAuthorization=\"a.b.c\"");
  checkCookie("a=b==", "mercureAuthorization=a=b==");
  checkCookie("", "mercureAuthorization=");
  checkCookie("", "mercureAuthorization=\"\"");
  checkCookie("\"", "mercureAuthorization=\"");
}

TEST(Cookie, P0_AUTH_10_theFirstOfThatName) {
  checkCookie("one", "mercureAuthorization=one; mercureAuthorization=two");
  checkCookie("", "mercureAuthorization=; mercureAuthorization=two");
}

TEST(Cookie, notThere) {
  for (const char* field :
       {"", ";", "x=y", "mercureAuthorization", "mercureauthorization=x", "xmercureAuthorization=x",
        "mercureAuthorizationx=x", "x=mercureAuthorization=y", "x=\"; mercureAuthorization2=\"",
        "$mercureAuthorization=x", "x, mercureAuthorization=y"}) {
    CHECK_TEXT(!cookieIn(field, "mercureAuthorization"), field);
  }
}

TEST(Cookie, hostileLengths) {
  checkCookie("t", std::string(1'000'000, ';') + "mercureAuthorization=t");
  CHECK(!cookieIn(std::string(1'000'000, '='), "mercureAuthorization"));
  CHECK(!cookieIn(std::string(1'000'000, '"'), "mercureAuthorization"));
}

}  // namespace
}  // namespace mercure::endpoint

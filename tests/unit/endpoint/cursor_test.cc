#include "endpoint/cursor.h"

#include "endpoint/fake_request.h"
#include "endpoint/hub_fixture.h"
#include "protocol/form.h"

#include <CppUTest/TestHarness.h>

namespace mercure::endpoint::test {

TEST_GROUP_BASE(CursorRead, HubFixture) {
  FakeRequest request;

  Cursor read(std::string_view query) {
    const auto fields = protocol::decodeForm(query);
    return Cursor::read(request, fields);
  }
  void checkId(const char* expected, std::string_view query) {
    STRCMP_EQUAL(expected, read(query).id.c_str());
  }
};

TEST(CursorRead, ANY_04_theFirstThatIsNotEmpty) {
  checkId("", "topic=a");
  checkId("1", "lastEventID=1");
  checkId("2", "lastEventID=1&last_event_id=2");
  checkId("1", "lastEventID=1&last_event_id=");
  checkId("1", "lastEventID=&lastEventID=1");
  request.set("Last-Event-ID", "");
  checkId("2", "lastEventID=1&last_event_id=2");
  request.set("Last-Event-ID", "3");
  checkId("3", "lastEventID=1&last_event_id=2");
}

TEST(CursorRead, otherSpellingsAreNone) {
  checkId("", "Last-Event-ID=1&lasteventid=2&lastEventId=3&last-event-id=4&LAST_EVENT_ID=5");
}

TEST(CursorRead, P1_REC_06_emptyOnesAreSeen) {
  const Cursor none = read("topic=a");
  CHECK_FALSE(none.inField || none.inOld || none.inNew);
  CHECK_TRUE(read("lastEventID=").inOld);
  CHECK_TRUE(read("last_event_id=").inNew);
  request.set("Last-Event-ID", "");
  CHECK_TRUE(read("").inField);
}

TEST(CursorRead, theBeginningIsNoUpdate) {
  CHECK_TRUE(read("lastEventID=1").asksForOne());
  CHECK_FALSE(read("lastEventID=earliest").asksForOne());
  CHECK_FALSE(read("lastEventID=").asksForOne());
}

TEST_GROUP(CursorAnswer){std::string answered(const Cursor& cursor, bool isKnown, bool hasTopics,
                                              bool hasMatchers){Response response;
answerCursor(cursor, Resumption{{}, isKnown}, {hasTopics, hasMatchers, true}, response);
std::string all;
for (const auto& [name, value] : response.fields) all += name + "=" + value + " ";
return all;
}  // namespace mercure::endpoint::test
static Cursor cursor(std::string id, bool inField, bool inOld, bool inNew) {
  Cursor made;
  made.id = std::move(id);
  made.inField = inField;
  made.inOld = inOld;
  made.inNew = inNew;
  return made;
}
}
;

TEST(CursorAnswer, ANY_04_byTheMatchersAndByTheSpelling) {
  const std::string old = "Last-Event-ID=x ";
  const std::string fresh = "Mercure-Last-Event-ID=x ";
  CHECK_TRUE(answered(cursor("x", false, true, false), true, true, false) == old);
  CHECK_TRUE(answered(cursor("x", false, true, false), true, false, true) == old + fresh);
  CHECK_TRUE(answered(cursor("x", false, false, true), true, false, true) == fresh);
  CHECK_TRUE(answered(cursor("x", false, false, true), true, true, false) == old + fresh);
  CHECK_TRUE(answered(cursor("x", true, false, false), true, true, false) == old + fresh);
  CHECK_TRUE(answered(cursor("x", true, false, false), true, false, true) == old + fresh);
  CHECK_TRUE(answered(cursor("x", true, true, false), true, true, true) == old + fresh);
}

TEST(CursorAnswer, P1_REC_06_11_anEmptyOneIsAnsweredInTheNewFieldAlone) {
  CHECK_TRUE(answered(cursor("", true, false, false), false, true, false) ==
             "Mercure-Last-Event-ID=earliest ");
  CHECK_TRUE(answered(cursor("", false, false, true), false, false, true) ==
             "Mercure-Last-Event-ID=earliest ");
  CHECK_TRUE(answered(cursor("", false, true, false), false, true, false).empty());
  CHECK_TRUE(answered(cursor("", false, false, false), false, true, true).empty());
}

TEST(CursorAnswer, P0_REC_08_P1_REC_07_anUnknownOneIsEarliest) {
  CHECK_TRUE(answered(cursor("x", false, true, false), false, true, false) == "Last-Event-ID=earliest ");
}

}  // namespace mercure::endpoint::test

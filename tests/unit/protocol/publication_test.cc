#include "protocol/publication.h"

#include <string>
#include <string_view>
#include <vector>

#include "protocol/form.h"
#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::decodeForm;
using mercure::protocol::FormField;
using mercure::protocol::Publication;
using mercure::protocol::PublicationError;
using mercure::protocol::PublicationFault;
using mercure::protocol::PublicationRules;
using mercure::protocol::readPublication;
using namespace mercure::protocol::test;

namespace {

constexpr PublicationRules kRules;

tl::expected<Publication, PublicationError> read(std::string_view form,
                                                 const PublicationRules& rules = kRules) {
  return readPublication(decodeForm(Exact(form)), rules);
}

void checkRefused(PublicationFault fault, std::string_view form, const PublicationRules& rules = kRules) {
  const auto update = read(form, rules);
  const std::string text(form.substr(0, 200));
  CHECK_FALSE_TEXT(update.has_value(), text.c_str());
  CHECK_TRUE_TEXT(update.error().fault == fault, text.c_str());
  CHECK_FALSE_TEXT(update.error().explanation.empty(), text.c_str());
  CHECK_TRUE_TEXT(update.error().explanation.find_first_of("\r\n") == std::string::npos, text.c_str());
  CHECK_TRUE_TEXT(update.error().explanation.size() < 600, text.c_str());
}

Publication checkRead(std::string_view form, const PublicationRules& rules = kRules) {
  auto update = read(form, rules);
  CHECK_TRUE_TEXT(update.has_value(), std::string(form.substr(0, 200)).c_str());
  return update.value_or(Publication{});
}

std::string explain(std::string_view form) {
  const auto update = read(form);
  return update ? std::string() : update.error().explanation;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_GROUP(Publication){};

TEST(Publication, P0_PUB_02_topics_in_order_the_first_is_canonical) {
  const Publication update = checkRead("topic=a&data=x&topic=b&topic=a");
  CHECK_TRUE((update.topics == std::vector<std::string>{"a", "b", "a"}));
}

TEST(Publication, P0_PUB_03_a_topic_is_needed) {
  checkRefused(PublicationFault::MissingTopic, "");
  checkRefused(PublicationFault::MissingTopic, "data=x");
  checkRefused(PublicationFault::MissingTopic, "Topic=x&topics=y&topic%5B%5D=z");
  CHECK_TRUE(holds(explain("data=x"), "missing \"topic\" parameter"));
}

TEST(Publication, P0_PUB_05_the_first_occurrence_counts_and_unknown_fields_do_not) {
  const Publication update =
      checkRead("x=1&topic=a&data=d1&id=i1&type=t1&retry=1&data=d2&id=%23&type=%0A&retry=z&y");
  STRCMP_EQUAL("d1", update.data.c_str());
  STRCMP_EQUAL("i1", update.id.c_str());
  STRCMP_EQUAL("t1", update.type.c_str());
  LONGS_EQUAL(1, update.retry.value_or(0));
  STRCMP_EQUAL("", checkRead("topic=a&data=&data=x").data.c_str());
  STRCMP_EQUAL("", checkRead("topic=a&type=&type=t").type.c_str());
  CHECK_FALSE(checkRead("topic=a&id=&id=i").id == "i");
  CHECK_FALSE(checkRead("topic=a&retry=&retry=1").retry.has_value());
}

TEST(Publication, P0_PUB_06_data_may_be_absent) {
  STRCMP_EQUAL("", checkRead("topic=a").data.c_str());
}

TEST(Publication, P0_PUB_07_private_is_private_whatever_its_value) {
  for (const char* form :
       {"topic=a&private", "topic=a&private=", "private=0&topic=a", "topic=a&private=false"}) {
    CHECK_TRUE_TEXT(checkRead(form).isPrivate, form);
  }
  CHECK_FALSE(checkRead("topic=a&Private=on").isPrivate);
}

TEST(Publication, P0_PUB_08_a_given_id_is_used_unchanged) {
  STRCMP_EQUAL("urn:x:\u00E9 y", checkRead("topic=a&id=urn:x:%C3%A9+y").id.c_str());
  STRCMP_EQUAL("a#b", checkRead("topic=a&id=a%23b").id.c_str());
  STRCMP_EQUAL("Earliest", checkRead("topic=a&id=Earliest").id.c_str());
}

TEST(Publication, P0_PUB_10_an_empty_id_is_an_absent_one) {
  CHECK_TRUE(checkRead("topic=a&id=").id.starts_with("urn:uuid:"));
  CHECK_TRUE(checkRead("topic=a&id=&id=x").id.starts_with("urn:uuid:"));
  CHECK_TRUE(checkRead("topic=a").id.starts_with("urn:uuid:"));
}

TEST(Publication, P0_PUB_13_an_empty_type_is_none) {
  STRCMP_EQUAL("t", checkRead("topic=a&type=t").type.c_str());
  STRCMP_EQUAL("", checkRead("topic=a&type=").type.c_str());
}

TEST(Publication, P0_PUB_15_retry_is_a_decimal_number) {
  LONGS_EQUAL(0, checkRead("topic=a&retry=0").retry.value_or(9));
  LONGS_EQUAL(7, checkRead("topic=a&retry=007").retry.value_or(0));
  CHECK_TRUE(checkRead("topic=a&retry=18446744073709551615").retry.value_or(0) == 18446744073709551615U);
  CHECK_FALSE(checkRead("topic=a&retry=").retry.has_value());
  CHECK_FALSE(checkRead("topic=a").retry.has_value());

  const std::string tooLong = "topic=a&retry=" + repeat("9", kMebibyte);
  for (const std::string_view form : std::vector<std::string_view>{
           "topic=a&retry=abc", "topic=a&retry=-1", "topic=a&retry=%2B1", "topic=a&retry=+1",
           "topic=a&retry=1+", "topic=a&retry=1_000", "topic=a&retry=0x10", "topic=a&retry=1.0",
           "topic=a&retry=1e3", "topic=a&retry=18446744073709551616", "topic=a&retry=1%00",
           "topic=a&retry=%EF%BC%91", tooLong}) {
    checkRefused(PublicationFault::InvalidRetry, form);
  }
  CHECK_TRUE(holds(explain("topic=a&retry=abc"), "invalid \"retry\" parameter"));
}

TEST(Publication, ANY_20_P0_PUB_09_P0_PUB_17_ids_that_are_refused) {
  const std::string last = "topic=a&id=" + repeat("x", 32000) + "%0A";
  for (const std::string_view form : std::vector<std::string_view>{
           "topic=a&id=%23", "topic=a&id=%23x", "topic=a&id=earliest", "topic=a&id=x%0Aevent:%20y",
           "topic=a&id=x%0D", "topic=a&id=%00", "topic=a&id=%01", "topic=a&id=x%1F", "topic=a&id=x%09y",
           "topic=a&id=%7F", "topic=a&id=%C2%80", "topic=a&id=%C2%9F", "topic=a&id=x%C2%85y", last}) {
    checkRefused(PublicationFault::InvalidId, form);
  }
  for (const char* form : {"topic=a&id=%20", "topic=a&id=~", "topic=a&id=%C2%A0", "topic=a&id=%E2%80%8B",
                           "topic=a&id=%C3%80", "topic=a&id=%FF", "topic=a&id=earliest+"}) {
    checkRead(form);
  }
}

TEST(Publication, P0_PUB_17_types_that_are_refused) {
  for (const char* form :
       {"topic=a&type=%0A", "topic=a&type=x%0Ddata:", "topic=a&type=%00", "topic=a&type=x%0D%0Ay"}) {
    checkRefused(PublicationFault::InvalidType, form);
  }
}

TEST(Publication, P0_PUB_17_ANY_22_other_controls_may_stand_in_a_type) {
  STRCMP_EQUAL("a\tb\x7F\u0085\u2028", checkRead("topic=a&type=a%09b%7F%C2%85%E2%80%A8").type.c_str());
}

TEST(Publication, ANY_21_the_type_mercure_is_accepted) {
  STRCMP_EQUAL("mercure", checkRead("topic=a&type=mercure").type.c_str());
}

TEST(Publication, P0_PUB_18_a_reserved_topic_is_refused) {
  checkRefused(PublicationFault::ReservedTopic,
               "topic=https://example.com/.well-known/mercure/subscriptions/x");
  checkRefused(PublicationFault::ReservedTopic, "topic=a&topic=/.well-known/%256Dercure");
  const std::string explanation = explain("topic=https://example.com/.well-known/mercure/x");
  CHECK_TRUE(holds(explanation, "\"https://example.com/.well-known/mercure/x\""));
  CHECK_TRUE(holds(explanation, "\"/.well-known/mercure\""));

  constexpr PublicationRules kElsewhere{.maxTopics = 10, .hubPath = "/push"};
  checkRead("topic=https://example.com/.well-known/mercure", kElsewhere);
  checkRefused(PublicationFault::ReservedTopic, "topic=https://example.com/push/x", kElsewhere);
}

TEST(Publication, P0_PUB_19_too_many_topics) {
  LONGS_EQUAL(1000, checkRead(repeat("topic=a&", 1000)).topics.size());
  checkRefused(PublicationFault::TooManyTopics, repeat("topic=a&", 1001));
  checkRefused(PublicationFault::TooManyTopics, repeat("topic&", 100000));
  CHECK_TRUE(holds(explain(repeat("topic=a&", 1001)), "1001"));

  constexpr PublicationRules kTwo{.maxTopics = 2};
  checkRead("topic=a&topic=b", kTwo);
  checkRefused(PublicationFault::TooManyTopics, "topic=a&topic=b&topic=c", kTwo);
}

TEST(Publication, ANY_19_P0_PUB_20_topics_are_otherwise_unchecked) {
  const Publication update = checkRead("topic=&topic=*&topic=%00%0A&topic=%FF&topic={");
  CHECK_TRUE((update.topics == std::vector<std::string>{"", "*", std::string("\0\n", 2), "\uFFFD", "{"}));
}

TEST(Publication, ANY_25_data_that_is_not_UTF_8_is_replaced) {
  STRCMP_EQUAL("a\uFFFDb", checkRead("topic=a&data=a%FFb").data.c_str());
}

TEST(Publication, ANY_44_P0_PUB_30_order_of_checks) {
  const std::string reserved = "topic=/.well-known/mercure&";
  const std::string all = "id=%23&type=%0A&";
  checkRefused(PublicationFault::MissingTopic, "retry=x&" + all);
  checkRefused(PublicationFault::TooManyTopics, "retry=x&" + all + repeat(reserved, 1001));
  checkRefused(PublicationFault::InvalidRetry, "retry=x&" + all + reserved);
  checkRefused(PublicationFault::ReservedTopic, all + reserved);
  checkRefused(PublicationFault::InvalidId, all + "topic=a");
  checkRefused(PublicationFault::InvalidType, "type=%0A&topic=a");
}

TEST(Publication, explanations_quote_little_and_nothing_harmful) {
  const std::string explanation = explain(
      "topic=/.well-known/mercure/%0D%0AX-Injected:%201%1B[31m%C2%9B%7F%00" + repeat("%C3%A9", 16000));
  CHECK_TRUE(explanation.size() < 300);
  CHECK_TRUE(holds(explanation, "mercure/\uFFFD\uFFFDX-Injected: 1\uFFFD[31m\uFFFD\uFFFD\uFFFD\u00E9"));
  CHECK_TRUE(holds(explanation, "\u00E9\u2026\""));
  CHECK_TRUE(explanation.size() < 300);
}

TEST(Publication, random_forms_are_read_or_refused) {
  Dice dice(5);
  const std::vector<std::string> pieces = {
      "topic=", "data=", "id=",    "type=", "retry=", "private",  "&",
      "&",      "&",     "1",      "%0A",   "%23",    "earliest", "/.well-known/mercure",
      "%FF",    "a",     "%C2%85", "%00"};
  for (int i = 0; i < 5000; ++i) {
    const std::string form = dice.join(pieces, 14);
    const auto update = read(form);
    if (!update) {
      CHECK_FALSE(update.error().explanation.empty());
      continue;
    }
    CHECK_FALSE(update->topics.empty());
    CHECK_FALSE(update->id.empty());
    CHECK_TRUE(update->id.find_first_of("\r\n") == std::string::npos);
    CHECK_TRUE(update->type.find_first_of("\r\n") == std::string::npos);
  }
}

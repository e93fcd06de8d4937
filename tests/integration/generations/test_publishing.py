"""Publishing with a token of 1.0 (protocol-1.0 sections 3 to 6)."""
import re

import pytest

from harness import tokens
from harness.generations import pattern, receives, told
from harness.hub import FORM, PATH, query_of

# No answer depends on the MPM; test_examples.py and test_laravel.py ask each of them.
pytestmark = pytest.mark.parametrize("mpm", ["event"], indirect=True, scope="module")

BOOK = "https://example.com/books/1"
PROBLEM = "application/problem+json"


def post(hub, body, *matchers, **options):
    return hub.post(body, hub.new_publisher(*matchers), **options)


def check_refused(hub, witness, body, status=400, **options):
    response = post(hub, body, **options)
    assert told(hub, response) == str(status)
    assert not witness.sees()
    return response


@pytest.mark.parametrize("content_type", [FORM, FORM + "; charset=utf-8", FORM.upper()])
def test_P1_PUB_01_33_a_form_is_answered_with_the_bare_id(hub, content_type):
    response = post(hub, query_of(BOOK, data="hi", id="e1"), content_type=content_type)
    assert (response.status, response.body) == (200, b"e1")
    assert response.field("Content-Type") == "text/plain; charset=utf-8"


@pytest.mark.parametrize("body, target, content_type", [
    ("data=x", None, FORM), ("data=x", "?topic=a", FORM), ("", None, FORM), ('{"topic":"a"}', None, "application/json"),
    ("topic=a", None, None), ("topic=a", None, "multipart/form-data; boundary=x"), ("Topic=a", None, FORM),
], ids=["no-topic", "topic-in-query", "empty", "json", "no-type", "multipart", "case"])
def test_P1_PUB_02_16_17_a_missing_topic_is_said(hub, witness, body, target, content_type):
    assert "topic" in check_refused(hub, witness, body, target=target, content_type=content_type).text


@pytest.mark.parametrize("content_type", ["text/plain; boundary=", FORM + "; =", "form", "a/b/c"])
def test_P1_PUB_17_an_unreadable_content_type_is_refused(hub, witness, content_type):
    check_refused(hub, witness, "topic=a", content_type=content_type)


def test_P1_PUB_17_ANY_24_what_browsers_would_read_is_read(hub, witness):
    assert post(hub, "topic=a&data=1;2%zz%").status == 200
    assert [event.data for event in witness.sees()] == ["1;2%zz%"]


def test_P1_PUB_03_all_topics_count_alike(hub):
    with hub.stream("match=first") as first, hub.stream("match=second") as second, hub.stream("match=third") as third:
        published = hub.publish(["first", "second"])
        assert receives(first, published) and receives(second, published)
        assert receives(third, hub.publish("third"))


TEXTS = ["a%00", "a%01", "%0A", "a%7F", "a%C2%80", "a%E2%80%8B", "a%C2%AD", "%EF%BB%BFa", "%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9",
         "a%E2%80%AE", "%F3%A0%80%81", "%FF", "a%C3", "%ED%A0%80"]
TEXT_NAMES = ["nul", "soh", "lf", "del", "c1", "zero-width", "soft-hyphen", "bom", "joined-emoji", "override", "tag", "ff",
              "torn", "surrogate"]


@pytest.mark.parametrize("text", TEXTS, ids=TEXT_NAMES)
@pytest.mark.parametrize("name", ["topic", "id", "type"])
def test_P1_PUB_01_04_09_13_no_control_and_format_characters(hub, witness, name, text):
    check_refused(hub, witness, f"topic=a&{name}={text}")


@pytest.mark.parametrize("topic", ["é", "a b", "\U0001F468", "\u00a0", "\ufffd", "{", "x" * 32768])
def test_P1_PUB_04_18_any_other_text_is_a_topic(hub, witness, topic):
    assert post(hub, query_of(topic)).status == 200
    assert len(witness.sees()) == 1


def test_P1_PUB_06_a_star_is_no_topic(hub, witness):
    check_refused(hub, witness, "topic=a&topic=*")
    assert post(hub, "topic=**&topic=a*").status == 200


def test_P1_PUB_07_data_is_optional_and_opaque(hub, witness):
    for body in ("topic=a", "topic=a&data=", "topic=a&data=%00%E2%80%8Bx", "topic=a&data=%C3%A9"):
        assert post(hub, body).status == 200
    assert [event.data for event in witness.sees()] == ["", "", "\0\u200bx", "é"]
    for data in ("%FF", "x%C3", "%ED%A0%80", "%C0%80"):
        check_refused(hub, witness, "topic=a&data=" + data)


@pytest.mark.parametrize("private", ["private", "private=", "private=0", "private=false", "private=on"])
def test_P1_PUB_08_private_is_private_whatever_its_value(hub, private):
    with hub.stream("match=a", hub.nobody) as public, hub.stream("match=a", hub.new_subscriber("a")) as entitled:
        secret = post(hub, f"topic=a&{private}").text
        plain = hub.publish("a")
        assert receives(public, plain) and receives(entitled, secret, plain)


@pytest.mark.parametrize("identifier", ["%23", "%23x", "earliest"])
def test_P1_PUB_09_ids_that_mean_something_else(hub, witness, identifier):
    check_refused(hub, witness, "topic=a&id=" + identifier)


@pytest.mark.parametrize("given", ["", "&id="])
def test_P1_PUB_10_an_id_is_made(hub, witness, given):
    response = post(hub, "topic=a" + given)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", response.text)
    assert [event.id for event in witness.sees()] == [response.text]


def test_P1_PUB_09_11_12_an_id_is_opaque_and_taken_unchanged(hub, witness):
    assert post(hub, "topic=a&id=A%C3%A9%20%2B%2F%23x%20").text == "Aé +/#x "
    assert [event.id for event in witness.sees()] == ["Aé +/#x "]


@pytest.mark.parametrize("name, status", [("mercure", 400), ("Mercure", 200), ("mercure2", 200), ("", 200)])
def test_P1_PUB_13_the_type_mercure_is_the_hubs(hub, name, status):
    assert post(hub, "topic=a&type=" + name).status == status


@pytest.mark.parametrize("value", ["abc", "-1", "+1", "1.5", "%201", "1e3", "18446744073709551616", "0x10", "1_000",
                                   "%D9%A1", "1%20"])
def test_P1_PUB_14_a_bad_retry_is_refused(hub, witness, value):
    assert "retry" in check_refused(hub, witness, "topic=a&retry=" + value).text


@pytest.mark.parametrize("value, line", [("18446744073709551615", "18446744073709551615"), ("5", "5"), ("0", None), ("", None)])
def test_P1_PUB_14_EVT_03_a_good_retry_is_sent(hub, witness, value, line):
    assert post(hub, "topic=a&retry=" + value).status == 200
    assert [event.retry for event in witness.sees()] == [line]


def test_P1_PUB_15_16_the_first_value_of_a_field_counts_and_unknown_ones_do_not(hub, witness):
    body = "topic=a&data=1&data=2&id=i1&id=i2&type=t1&type=t2&retry=3&retry=x&unknown=%00&match=%FF"
    assert post(hub, body, target="?data=0&id=i0&private=on").text == "i1"
    event = witness.sees()[0]
    assert (event.id, event.type, event.data, event.retry) == ("i1", "t1", "1", "3")
    with hub.stream("match=a", hub.nobody) as stream:
        assert receives(stream, post(hub, "topic=a", target="?private=on").text)


@pytest.mark.parametrize("body", ["&".join(["topic=a"] * 1001), "topic=" + "x" * 32769, "topic=a&id=" + "x" * 32769,
                                  "topic=a&type=" + "x" * 32769, "topic=a&data=" + "x" * 2 ** 20],
                         ids=["topics", "topic", "id", "type", "body"])
def test_P1_PUB_18_19_20_ERR_09_LIM_01_beyond_a_limit_is_413(hub, witness, body):
    assert check_refused(hub, witness, body, 413).field("Content-Type") == PROBLEM


@pytest.mark.parametrize("body", ["&".join(["topic=a"] * 1000), "topic=a&data=" + "x" * (2 ** 20 - 13)],
                         ids=["topics", "body"])
def test_P1_PUB_18_19_20_LIM_01_up_to_a_limit_it_is_taken(hub, witness, body):
    assert post(hub, body).status == 200
    assert len(witness.sees()) == 1


@pytest.mark.parametrize("body, status", [("topic=a&topic=b&topic=c", 200), ("topic=a&topic=b&topic=c&topic=d", 413),
                                          ("topic=a&data=" + "x" * 1011, 200), ("topic=a&data=" + "x" * 1012, 413)],
                         ids=["topics", "a-topic-more", "bytes", "a-byte-more"])
def test_P1_PUB_18_19_MercureMaxTopics_and_MercureMaxUpdateSize(hub, body, status):
    assert post(hub.sister("small-"), body).status == status


# The reserved namespace.

@pytest.mark.parametrize("topic", [
    PATH, PATH + "/", PATH + "/subscriptions/x", PATH + "?x", PATH + "#x", "https://other.example" + PATH,
    "http://other.example:81" + PATH + "/x", "ftp://other.example" + PATH, "foo://h" + PATH, "//other.example" + PATH,
    "/a/.." + PATH, "/.well-known/./mercure", "/.well-known/%2e/mercure", "/a/%2E%2e" + PATH, "/.well-known/%6Dercure",
    "/.well-known/%6dercure/x", "/%2Ewell-known/mercure", "/.well%2Dknown/mercure", "\\.well-known\\mercure",
    "https:\\\\h\\.well-known\\mercure", " " + PATH, "urn:" + PATH, "data:" + PATH, "", "?x", "#x", "mercure",
    "mercure/subscriptions/x", "./mercure", "../.well-known/mercure",
])
def test_P1_PUB_05_22_RSV_01_02_04_05_reserved_topics_are_refused_whatever_the_token(hub, witness, topic):
    response = check_refused(hub, witness, query_of(["https://example.com/fine", topic]))
    assert "reserved" in response.text
    assert told(hub, hub.post(query_of(topic), hub.new_publisher("b"))) == "400"


@pytest.mark.parametrize("topic", [
    "https://example.com/.well-known/mercure-dashboard", "https://example.com/.well-known/mercur", "urn:example:mercure",
    "https://example.com/x" + PATH, "/.well-known/mercure%2Fx", "/.well-known%2Fmercure", "/.well-known/Mercure",
    "subscriptions/foo", "bar", "../mercure/x", "http://[" + PATH, "https://h:99999" + PATH, "https://example.com/?" + PATH,
    "/.well-known/mercure.", "/.well-known//mercure",
])
def test_P1_RSV_02_03_04_05_other_topics_are_free(hub, witness, topic):
    assert post(hub, query_of(topic)).status == 200
    assert len(witness.sees()) == 1


# Rights.

@pytest.mark.parametrize("topics, granted", [
    ([BOOK], [BOOK]), ([BOOK], [pattern("https://example.com/books/:id")]), ([BOOK, "a"], [BOOK, "a"]),
    ([BOOK, "a"], ["x", pattern("https://example.com/*"), "a"]), ([BOOK, "a"], ["*"]),
])
def test_P1_PUB_30_AD_10_a_grant_on_every_topic_publishes(hub, witness, topics, granted):
    assert post(hub, query_of(topics), *granted).status == 200
    assert len(witness.sees()) == 1


@pytest.mark.parametrize("private", ["", "&private=on"])
@pytest.mark.parametrize("topics, granted", [
    ([BOOK, "https://example.com/x"], [pattern("https://example.com/books/:id")]), (["a", BOOK], [BOOK]), ([BOOK], ["a"]),
    (["A"], ["a"]), ([BOOK], ["https://example.com/books/:id"]), ([BOOK], ["https://example.com/books/{id}"]),
])
def test_P1_PUB_03_30_ERR_03_a_topic_without_a_grant_publishes_nothing(hub, witness, topics, granted, private):
    response = post(hub, query_of(topics) + private, *granted)
    assert told(hub, response) == "403 insufficient_scope" and response.body == b"Forbidden\n"
    assert not witness.sees()


def test_P1_PUB_30_details_add_up(hub):
    both, unknown = tokens.detail("b", actions=["subscribe", "publish"]), tokens.detail("c", actions=["x"])
    token = hub.token(tokens.detail("a"), both, unknown)
    assert hub.post("topic=a&topic=b", token).status == 200
    assert told(hub, hub.post("topic=a&topic=c", token)) == "403 insufficient_scope"


@pytest.mark.parametrize("details", [
    None, [], [{"type": "tenant", "topics": "acme", "actions": ["publish"]}],
    [{"type": "https://mercure.rocks/authorization-detail/", "actions": ["publish"], "topics": [{"match": "*"}]}],
    [tokens.detail("*", actions=["subscribe"])], [tokens.detail("*", actions=["Publish", "archive"])],
], ids=["none", "empty", "foreign", "almost", "subscriber", "unknown-actions"])
def test_P1_PUB_31_AD_01_02_03_04_without_a_detail_nothing_is_published(hub, witness, details):
    assert told(hub, hub.post("topic=a", hub.token(authorization_details=details))) == "403 insufficient_scope"
    assert not witness.sees()


def test_P1_PUB_32_without_a_token_nothing_is_published(hub, witness):
    response = hub.post("topic=a")
    assert told(hub, response) == "401 metadata" and response.body == b"Unauthorized\n"
    assert not witness.sees()


# Events as bytes.

@pytest.mark.parametrize("body, expected", [
    ("id=e1&type=t&retry=5&data=a%0D%0Ab%0Dc%0Ad", b"event: t\nretry: 5\nid: e1\ndata: a\ndata: b\ndata: c\ndata: d\n\n"),
    ("id=e1&data=hi", b"id: e1\ndata: hi\n\n"),
    ("id=e1", b"id: e1\ndata: \n\n"),
    ("id=e1&data=a%0A", b"id: e1\ndata: a\ndata: \n\n"),
    ("id=e1&data=%20a%0A%0Aid:%20x", b"id: e1\ndata:  a\ndata: \ndata: id: x\n\n"),
    ("id=e1&type=&retry=0&data=x", b"id: e1\ndata: x\n\n"),
    ("id=e1&private=on&topic=b&data=%E2%80%A8", b"id: e1\ndata: \xe2\x80\xa8\n\n"),
])
def test_P1_EVT_01_02_03_04_events_as_bytes(hub, body, expected):
    with hub.stream("match=a") as stream:
        assert post(hub, "topic=a&" + body).status == 200
        stream.await_bytes(b"\n\n")
        assert stream.raw == b":\n" + expected


def test_P1_EVT_04_updates_come_in_publish_order(hub):
    with hub.stream("match=a") as stream, hub.connect() as connection:
        assert receives(stream, *[hub.publish("a", connection=connection) for _ in range(20)])

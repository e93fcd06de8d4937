"""Publishing: what a request says, and what it is answered (protocol-0x sections 2 and 3)."""
import re

import pytest

from harness import tokens
from harness.hub import FORM, bearer, query_of

BOOK = "https://example.com/books/1"
ALL = tokens.publisher()


def test_P0_PUB_36_37_the_answer_is_the_bare_id(hub):
    response = hub.post(query_of(BOOK, data="hi", id="e1"), ALL)
    assert response.status == 200
    assert response.body == b"e1"
    assert response.field("Content-Type") == "text/plain; charset=utf-8"


def test_P0_AUTH_08_the_answer_is_for_its_client_alone(hub):
    assert "private" in hub.post(query_of(BOOK), ALL).field("Cache-Control")


@pytest.mark.parametrize("given", ["", "&id="])
def test_P0_PUB_10_11_an_id_is_made(hub, witness, given):
    response = hub.post(query_of(BOOK) + given, ALL)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", response.text)
    assert [event.id for event in witness.sees()] == [response.text]


def test_P0_PUB_30_31_35_without_a_token_nothing_is_published(hub, witness):
    response = hub.post(query_of(BOOK, data="hi"))
    assert (response.status, response.body) == (401, b"Unauthorized\n")
    assert response.field("WWW-Authenticate") == "Bearer"
    assert not witness.sees()


@pytest.mark.parametrize("token", [
    tokens.with_broken_signature(ALL),
    tokens.unsigned({"sub": "me-and-more-than-forty-one-characters"}),
    tokens.sign({"mercure": {"publish": ["*"]}}, secret="another secret of more than thirty bytes"),
    tokens.sign({"mercure": {"publish": ["*"]}}, "HS512"),
], ids=["signature", "none", "key", "algorithm"])
def test_P0_PUB_32_a_bad_token_publishes_nothing(hub, witness, token):
    response = hub.post(query_of(BOOK), token)
    assert (response.status, response.body) == (401, b"Unauthorized\n")
    assert not witness.sees()


@pytest.mark.parametrize("claims, topics", [
    ({"mercure": {"publish": []}}, [BOOK]),
    ({"mercure": {}}, [BOOK]),
    ({"mercure": {"publish": None}}, [BOOK]),
    ({}, [BOOK]),
    ({"mercure": {"publish": ["https://example.com/books/{id}"]}}, [BOOK, "https://example.com/x"]),
    ({"mercure": {"publish": ["https://example.com/books/{id}"]}}, ["https://example.com/x", BOOK]),
    ({"mercure": {"subscribe": ["*"]}}, [BOOK]),
], ids=["empty", "absent", "null", "no-claim", "alternate-uncovered", "canonical-uncovered", "subscriber"])
def test_P0_PUB_31_33_34_TOK_10_11_a_missing_grant_publishes_nothing(hub, witness, claims, topics):
    response = hub.post(query_of(topics), tokens.sign(claims))
    assert (response.status, response.body) == (401, b"Unauthorized\n")
    assert not witness.sees()


def test_P0_TOK_09_the_namespaced_claim_counts(hub, witness):
    token = tokens.sign({"https://mercure.rocks/": {"publish": ["*"]}, "mercure": {"publish": []}})
    assert hub.post(query_of("a", data="x"), token).status == 200
    assert [event.data for event in witness.sees()] == ["x"]


@pytest.mark.parametrize("body, target, content_type", [
    ("data=x", None, "application/x-www-form-urlencoded"),
    ("data=x", "?topic=a", "application/x-www-form-urlencoded"),
    ('{"topic":"a"}', None, "application/json"),
    ("topic=a", None, None),
    ("topic=a", None, "multipart/form-data; boundary=x"),
], ids=["no-topic", "topic-in-query", "json", "no-type", "multipart"])
def test_P0_PUB_01_03_04_22_a_missing_topic_is_said(hub, witness, body, target, content_type):
    response = hub.post(body, ALL, target=target, content_type=content_type)
    assert response.status == 400
    assert "topic" in response.text and response.text.count("\n") == 1 and response.text.endswith("\n")
    assert not witness.sees()


@pytest.mark.parametrize("content_type", ["text/plain; boundary=", "application/x-www-form-urlencoded; =", "form", "a/b/c"])
def test_P0_PUB_21_an_unreadable_content_type_is_refused(hub, content_type):
    assert hub.post("topic=a", ALL, content_type=content_type).status == 400


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded; charset=utf-8",
                                          "APPLICATION/X-WWW-Form-Urlencoded"])
def test_P0_PUB_01_a_form_is_known_by_its_type(hub, content_type):
    assert hub.post("topic=a", ALL, content_type=content_type).status == 200


@pytest.mark.parametrize("value", ["abc", "-1", "1.5", "%201", "1e3", "18446744073709551616", "0x10", "1_000"])
def test_P0_PUB_15_a_bad_retry_is_refused(hub, witness, value):
    response = hub.post(f"topic=a&retry={value}", ALL)
    assert response.status == 400 and "retry" in response.text
    assert not witness.sees()


@pytest.mark.parametrize("value, line", [("18446744073709551615", "18446744073709551615"), ("5", "5"), ("0", None),
                                         ("", None)])
def test_P0_PUB_14_16_a_good_retry_is_sent(hub, witness, value, line):
    assert hub.post(f"topic=a&retry={value}", ALL).status == 200
    assert [event.retry for event in witness.sees()] == [line]


@pytest.mark.parametrize("name", ["id", "type"])
@pytest.mark.parametrize("value", ["x%0Aevent:%20y", "x%0D", "%00"])
def test_P0_PUB_17_line_ends_and_nul_are_refused(hub, witness, name, value):
    assert hub.post(f"topic=a&{name}={value}", ALL).status == 400
    assert not witness.sees()


@pytest.mark.parametrize("identifier", ["%23x", "earliest", "a%7F", "a%C2%85", "%1Fa"])
def test_P0_PUB_09_ANY_20_ids_that_no_update_may_have(hub, witness, identifier):
    assert hub.post(f"topic=a&id={identifier}", ALL).status == 400
    assert not witness.sees()


def test_P0_PUB_08_an_id_is_taken_unchanged(hub, witness):
    assert hub.post("topic=a&id=%C3%A9%20%2B%2F%23x", ALL).text == "é +/#x"
    assert [event.id for event in witness.sees()] == ["é +/#x"]


@pytest.mark.parametrize("topic", [
    "https://example.com/.well-known/mercure/subscriptions/x",
    "/.well-known/mercure",
    "https://example.com/.well-known/mercure?x=1",
    "https://example.com/a/../.well-known/mercure/x",
    "https://example.com/.well-known/%6Dercure/x",
])
def test_P0_PUB_18_ANY_18_reserved_topics_are_refused(hub, witness, topic):
    response = hub.post(query_of(["https://example.com/fine", topic]), ALL)
    assert response.status == 403
    assert "reserved" in response.text.lower()
    assert not witness.sees()


@pytest.mark.parametrize("topic", ["", "mercure", "?x", "#x", "*", "a b", "%00%0A", "%FF%FE",
                                   "https://example.com/.well-known/mercureX"])
def test_P0_PUB_20_ANY_18_19_other_topics_are_free(hub, witness, topic):
    assert hub.post(f"topic={topic.replace('#', '%23').replace(' ', '+')}", ALL).status == 200
    assert len(witness.sees()) == 1


def test_ANY_44_a_reserved_topic_is_refused_whatever_the_token_grants(hub):
    token = tokens.publisher("https://example.com/only")
    assert hub.post(query_of("https://example.com/.well-known/mercure/x"), token).status == 403


def test_P0_PUB_19_LIM_01_at_most_a_thousand_topics(hub, witness):
    assert hub.post("&".join(["topic=a"] * 1001), ALL).status == 400
    assert not witness.sees()
    assert hub.post("&".join(["topic=a"] * 1000), ALL).status == 200
    assert len(witness.sees()) == 1


def test_MercureMaxTopics(site):
    assert site("small").post("topic=a&topic=b&topic=c", ALL).status == 200
    assert site("small").post("topic=a&topic=b&topic=c&topic=d", ALL).status == 400


@pytest.mark.parametrize("private", ["private", "private=", "private=0", "private=false", "private=on"])
def test_P0_PUB_07_private_is_private_whatever_its_value(hub, private):
    with hub.open("a", tokens.subscriber()) as public, hub.open("a", tokens.subscriber("a")) as entitled:
        secret = hub.post(f"topic=a&{private}", ALL).text
        plain = hub.publish("a")
        assert public.next_event().id == plain
        assert [entitled.next_event().id, entitled.next_event().id] == [secret, plain]


def test_P0_PUB_05_the_first_value_of_a_field_counts_and_unknown_ones_do_not(hub, witness):
    body = "topic=a&data=1&data=2&id=i1&id=i2&type=t1&type=t2&retry=3&retry=x&unknown=%00"
    assert hub.post(body, ALL).text == "i1"
    event = witness.sees()[0]
    assert (event.id, event.type, event.data, event.retry) == ("i1", "t1", "1", "3")


def test_P0_PUB_02_06_an_update_reaches_subscribers_of_each_of_its_topics(hub):
    with hub.open("first") as first, hub.open("second") as second, hub.open("third") as third:
        published = hub.publish(["first", "second"])
        assert first.next_event() == second.next_event()
        assert first.events[0].id == published and first.events[0].data == ""
        later = hub.publish("third")
        assert third.next_event().id == later


@pytest.mark.parametrize("body", ["topic=a&data=1;2", "topic=a&data=%zz&x=%", "topic=a&data=%"])
def test_ANY_24_broken_form_encoding_is_read_as_browsers_do(hub, witness, body):
    assert hub.post(body, ALL, target="?bad=%zz;").status == 200
    assert [event.data for event in witness.sees()] == [body.split("data=")[1].split("&")[0]]


def test_ANY_25_bytes_that_are_no_utf8_are_replaced(hub, witness):
    assert hub.post(b"topic=a&data=x%FFy", ALL).status == 200
    assert [event.data for event in witness.sees()] == ["x\ufffdy"]


@pytest.mark.parametrize("steps, status", [
    (dict(token=None, body="retry=x", content_type="text/plain; boundary="), 401),
    (dict(token=ALL, body="retry=x", content_type="text/plain; boundary="), 400),
    (dict(token=tokens.publisher("b"), body="topic=a&retry=x"), 400),
    (dict(token=tokens.publisher("b"), body="topic=a&id=%0A"), 400),
    (dict(token=tokens.publisher("b"), body="topic=a"), 401),
], ids=["token-first", "then-the-form", "then-retry", "then-id", "then-grants"])
def test_P0_PUB_30_ANY_44_the_order_of_checks(hub, steps, status):
    assert hub.post(**steps).status == status


# Under TLS its end would be a reset, since it has not read the server's session tickets, and might overtake the request.
@pytest.mark.parametrize("tls", ["clear"], indirect=True)
def test_P0_PUB_39_a_publisher_that_goes_away_has_published_all_the_same(hub, witness):
    body = query_of("a", id="left")
    with hub.connect() as connection:
        fields = [("Content-Type", FORM), ("Content-Length", len(body)), *bearer(ALL)]
        connection.send(hub.head("POST", fields=fields) + body)
    witness.stream.read_until(lambda: witness.stream.events)
    assert [event.id for event in witness.stream.events] == ["left"]

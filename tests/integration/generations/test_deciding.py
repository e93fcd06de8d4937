"""Which generation a token, a matcher and a cursor are of (protocol-any, ANY-01 to -04)."""
import uuid

import pytest

from harness import tokens
from harness.generations import ISSUER_SECRET, pattern, receives, told

# No answer depends on the MPM; test_examples.py and test_laravel.py ask each of them.
pytestmark = pytest.mark.parametrize("mpm", ["event"], indirect=True, scope="module")

OLD_CLAIMS = {"mercure": {"publish": ["*"], "subscribe": ["*"]}}
OLD, NEW = "Last-Event-ID", "Mercure-Last-Event-ID"
BOOKS = "https://example.com/books/{id}"


@pytest.mark.parametrize("name", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"])
@pytest.mark.parametrize("mode, expected", [("zero", "401 bare"), ("one", "200"), ("any", "200")])
def test_ANY_01_a_token_of_1_0_is_one_by_its_typ(hub_of, name, mode, expected):
    hub = hub_of(mode)
    assert told(hub, hub.post("topic=a", hub.new_publisher(header={"typ": name}))) == expected


@pytest.mark.parametrize("name", [None, "JWT", "at+jwt ", "at+jwt; v=1", "application/at+jwtx", "x/at+jwt", 1, ["at+jwt"], ""])
@pytest.mark.parametrize("mode, expected", [("one", "401 invalid_token"), ("any", "401 bare")])
def test_ANY_01_P1_TOK_01_without_that_typ_it_is_none(hub_of, name, mode, expected):
    hub = hub_of(mode)
    assert told(hub, hub.post("topic=a", hub.new_publisher(header={"typ": name}))) == expected


@pytest.mark.parametrize("name", [None, "JWT", "at+jwt", 1])
def test_ANY_01_under_0x_the_typ_is_not_looked_at(hub_of, name):
    header = {"alg": "HS256", **({} if name is None else {"typ": name})}
    assert hub_of("zero").post("topic=a", tokens.sign(OLD_CLAIMS, header=header)).status == 200


@pytest.mark.parametrize("header, secret, expected", [
    ({"alg": "HS256"}, tokens.SECRET, "200"),
    ({"alg": "HS256"}, ISSUER_SECRET, "401 bare"),
    ({"alg": "HS256", "typ": "at+jwt"}, tokens.SECRET, "401 invalid_token"),
    ({"alg": "HS256", "typ": "at+jwt"}, ISSUER_SECRET, "401 invalid_token"),
], ids=["old", "old-with-the-issuers-key", "new-with-the-old-key", "new-without-its-claims"])
def test_ANY_01_each_generation_has_its_own_keys_and_claims(hub_of, header, secret, expected):
    hub = hub_of("any")
    assert told(hub, hub.post("topic=a", tokens.sign(OLD_CLAIMS, header=header, secret=secret))) == expected


def test_ANY_01_the_claims_of_the_other_generation_grant_nothing(hub_of):
    hub = hub_of("any")
    details = {"authorization_details": [tokens.detail("*", actions=["publish", "subscribe"])]}
    assert told(hub, hub.post("topic=a", tokens.sign(details))) == "401 bare"
    assert told(hub, hub.post("topic=a", hub.token(**OLD_CLAIMS))) == "403 insufficient_scope"


def test_ANY_02_topic_is_a_selector_and_match_a_matcher(hub_of):
    hub = hub_of("any")
    with hub.open(BOOKS) as template, hub.stream(f"match={BOOKS}") as exact:
        first = hub.publish("https://example.com/books/1")
        second = hub.publish(BOOKS)
        assert receives(template, first, second) and receives(exact, second)


@pytest.mark.parametrize("mode", ["any", "plain"])
def test_ANY_02_P1_COMPAT_03_one_request_may_have_both(hub_of, mode):
    hub = hub_of(mode)
    with hub.stream(f"topic={BOOKS}&match=a&match_urlpattern=https://example.com/users/:id") as stream:
        published = [hub.publish(topic) for topic in ("https://example.com/books/1", "a", "https://example.com/users/2")]
        hub.publish("b")
        assert receives(stream, *published, hub.publish("a"))


def test_ANY_02_topics_and_matchers_are_counted_apart(hub_of):
    hub = hub_of("any")
    both = "&".join(["match=m"] * 50 + ["topic=t"] * 1000 + ["match=m"] * 50)
    hub.stream(both).close()
    assert hub.refused(both + "&topic=t", hub.subscriber("*")).status == 400
    assert hub.refused(both + "&match=m", hub.subscriber("*")).status == 400
    assert hub.ask("topic=" + "t" * 5000, hub.subscriber("*")).status == 200, "a selector has no length of its own"
    assert hub.refused("match=" + "m" * 5000, hub.subscriber("*")).status == 400


def test_ANY_02_under_1_0_a_topic_names_what_replaces_it(hub_of):
    hub = hub_of("one")
    response = hub.refused("topic=a&match=b", hub.subscriber("*"))
    assert response.status == 400 and "match" in response.text


def test_ANY_02_under_0x_matchers_are_unknown_and_ignored(hub_of):
    hub = hub_of("zero")
    with hub.stream("topic=a&match=b&match_urlpattern=%7B&matches=c&match_exact=%00") as stream:
        hub.publish("b")
        assert receives(stream, hub.publish("a"))
    assert hub.refused("match=a", hub.subscriber("*")).status == 400


@pytest.mark.parametrize("query", ["topic=urn:x:1", "match=urn:x:1", "topic=urn:x:{n}", "match_urlpattern=urn\\:x\\:*"])
@pytest.mark.parametrize("entitled", [lambda hub: tokens.subscriber("urn:x:{n}"), lambda hub: hub.new_subscriber("urn:x:1"),
                                      lambda hub: hub.new_subscriber(pattern("urn\\:x\\:*"))],
                         ids=["old-selector", "new-exact", "new-pattern"])
def test_ANY_03_rights_come_from_the_token_whatever_asks(hub_of, query, entitled):
    hub = hub_of("any")
    with hub.stream(query, entitled(hub)) as stream, hub.stream(query, hub.new_subscriber("b")) as public:
        secret = hub.publish("urn:x:1", private="on")
        plain = hub.publish("urn:x:1")
        assert receives(stream, secret, plain) and receives(public, plain)


# What was asked for, and which fields answer it: the older generation's and 1.0's.
ANSWERS = [
    ("topic=T", "field", True, True),
    ("match=T", "field", True, True),
    ("topic=T&match=T", "field", True, True),
    ("topic=T", "last_event_id", True, True),
    ("match=T", "last_event_id", False, True),
    ("topic=T&match=T", "last_event_id", True, True),
    ("topic=T", "lastEventID", True, False),
    ("match=T", "lastEventID", True, True),
    ("topic=T&match=T", "lastEventID", True, True),
]


@pytest.mark.parametrize("query, way, old, new", ANSWERS)
def test_ANY_04_both_generations_are_told_where_their_stream_begins(hub_of, query, way, old, new):
    check_cursor(hub_of("any"), query, way, old, new)


@pytest.mark.parametrize("way, old", [("field", False), ("last_event_id", False), ("lastEventID", True)])
def test_ANY_04_P1_REC_01_06_what_a_client_of_1_0_alone_is_told(hub_of, way, old):
    check_cursor(hub_of("one"), "match=T", way, old, True)


@pytest.mark.parametrize("way, new", [("field", False), ("last_event_id", True), ("lastEventID", False)])
def test_ANY_04_P0_REC_06_what_a_client_of_0x_alone_is_told(hub_of, way, new):
    check_cursor(hub_of("zero"), "topic=T", way, True, new)


def check_cursor(hub, query, way, old, new):
    topic = f"deciding/{uuid.uuid4()}"
    first, second = hub.publish(topic), hub.publish(topic)
    query = query.replace("T", topic)
    fields = [(OLD, first)] if way == "field" else []
    with hub.stream(query if fields else f"{query}&{way}={first}", fields=fields) as stream:
        assert (stream.head.field(OLD), stream.head.field(NEW)) == (first if old else None, first if new else None)
        assert receives(stream, second)


@pytest.mark.parametrize("mode, query, fields, old, new", [
    ("one", "match=T", [(OLD, "")], None, "earliest"),
    ("one", "match=T&last_event_id=", [], None, "earliest"),
    ("any", "match=T", [(OLD, "")], None, "earliest"),
    ("any", "topic=T&last_event_id=", [], None, "earliest"),
    ("any", "topic=T&lastEventID=", [], None, None),
    ("any", "match=T", [], None, None),
    ("zero", "topic=T", [(OLD, "")], None, None),
])
def test_ANY_04_P1_REC_06_11_an_empty_cursor_is_answered_in_1_0_alone(hub_of, mode, query, fields, old, new):
    with hub_of(mode).stream(query.replace("T", "deciding/empty"), fields=fields) as stream:
        assert (stream.head.field(OLD), stream.head.field(NEW)) == (old, new)


@pytest.mark.parametrize("cursor", ["", "unknown", "earliest"])
def test_P1_REC_06_HEAD_is_told_the_same(hub_of, cursor):
    hub = hub_of("one")
    answer = hub.ask(f"match=deciding/head&last_event_id={cursor}", hub.subscriber("*"), method="HEAD")
    assert answer.field(NEW) == "earliest"


@pytest.mark.parametrize("mode", ["zero", "one", "any"])
def test_ANY_04_P1_CORS_04_both_fields_may_be_read_by_pages(hub_of, mode):
    head = hub_of(mode).ask("topic=a" if mode == "zero" else "match=a", hub_of(mode).subscriber("*"),
                            [("Origin", "https://app.example")])
    exposed = {name.strip() for name in head.field("Access-Control-Expose-Headers").split(",")}
    assert {"Link", OLD, NEW} <= exposed

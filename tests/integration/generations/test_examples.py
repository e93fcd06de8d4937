"""The requests and responses of protocol-1.0 section 23, one test a row.

Rows 33 to 36 are about active subscriptions.
"""
import json
import uuid

import pytest

from harness import tokens
from harness.generations import GenerationHub, pattern, receives, told
from harness.hub import PATH

AUDIENCE = "https://localhost" + PATH
METADATA_PATH = "/.well-known/oauth-protected-resource" + PATH
META = "https://localhost" + METADATA_PATH
BOOK = "https://example.com/books/1"
BOOKS = "https://example.com/books/:id"
FIRST = f"topic={BOOK}&data=hi&id=e1"
APP = ("Origin", "https://app.example")


def detail(action, *matchers, **members):
    return tokens.detail(*matchers, actions=[action], **members)


def token(*details, **options):
    return tokens.access_token(AUDIENCE, *details, **{"iss": "https://localhost", **options})


def publisher(**options):
    return token(detail("publish", "*"), **options)


PA = publisher()
PB = token(detail("publish", pattern(BOOKS)))
SA = token(detail("subscribe", "*", payload={"user": "u1"}))
SB = token(detail("subscribe", BOOK))
N0 = token()
OLD = tokens.sign({"mercure": {"publish": ["*"], "subscribe": ["*"]}})


class ExampleHub(GenerationHub):
    @property
    def metadata_url(self):
        return META

    def publisher(self, *matchers):
        return PA

    def subscriber(self, *matchers):
        return SA


@pytest.fixture
def hub(server, tls):
    return ExampleHub(server, "one", "localhost", tls)


@pytest.fixture
def both(server, tls):
    """0.x on."""
    return ExampleHub(server, "any", "both.example.test", tls)


def fresh(name):
    return f"{name}-{uuid.uuid4()}"


def check(hub, expected, *posts):
    assert [told(hub, hub.post(body, with_token)) for body, with_token in posts] == expected


def test_row_01_P1_PUB_33(hub):
    response = hub.post(FIRST, PA)
    assert (response.status, response.body) == (200, b"e1")
    assert response.field("Content-Type") == "text/plain; charset=utf-8"


def test_row_02_P1_ERR_01_06(hub):
    assert hub.post(FIRST).field("WWW-Authenticate") == f'Bearer resource_metadata="{META}"'


def test_row_03_P1_ERR_02(hub):
    response = hub.post(FIRST, tokens.with_broken_signature(PA))
    assert response.status == 401
    assert response.field("WWW-Authenticate") == f'Bearer error="invalid_token", resource_metadata="{META}"'


def test_row_04_P1_AUTH_07(hub):
    for value in ("Bearer x", "Basic abc"):
        assert told(hub, hub.post(FIRST, fields=[("Authorization", value)])) == "400 invalid_request"


def test_row_05_P1_AUTH_03(hub):
    assert hub.post(FIRST, fields=[("Authorization", "bearer " + PA)]).status == 200


def test_row_06_P1_TOK_01(hub):
    check(hub, ["401 invalid_token", "401 invalid_token", "200"],
          *((FIRST, publisher(header={"typ": name})) for name in (None, "JWT", "Application/AT+JWT")))


def test_row_07_P1_TOK_07(hub):
    check(hub, ["401 invalid_token"] * 3,
          *((FIRST, publisher(**claims)) for claims in ({"exp": None}, {"exp": 1}, {"nbf": tokens.FAR_AWAY})))


def test_row_08_P1_TOK_08(hub):
    check(hub, ["401 invalid_token", "200"],
          *((FIRST, tokens.access_token(aud, detail("publish", "*"), iss="https://localhost"))
            for aud in ("https://other.example" + PATH, ["x", AUDIENCE])))


def test_row_09_P1_TOK_02_06(hub):
    unsigned = publisher(header={"alg": "none"}).rpartition(".")[0] + "."
    check(hub, ["401 invalid_token"] * 3, (FIRST, publisher(iss="https://evil.example")),
          (FIRST, publisher(algorithm="HS512")), (FIRST, unsigned))


def test_row_10_P1_TOK_01(hub):
    check(hub, ["401 invalid_token"], (FIRST, OLD))


def test_row_11_P1_PUB_30(hub):
    with hub.stream(f"match={BOOK}&match=https://example.com/x") as stream:
        response = hub.post(f"topic={BOOK}&topic=https://example.com/x&private=on", PB)
        assert response.status == 403
        assert response.field("WWW-Authenticate") == f'Bearer error="insufficient_scope", resource_metadata="{META}"'
        assert receives(stream, hub.publish(BOOK))


def test_row_12_P1_PUB_31(hub):
    check(hub, ["403 insufficient_scope"] * 2, (FIRST, N0), (FIRST, SA))


def test_row_13_P1_AD_06_07(hub):
    entry = {"type": tokens.DETAIL, "actions": ["publish"]}
    bad = [["*"], [], [{"match": "*", "match_type": "Exact"}], [{"match": ""}]]
    check(hub, ["401 invalid_token"] * 4, *((FIRST, token({**entry, "topics": topics})) for topics in bad))


def test_row_14_P1_AD_03_04(hub):
    check(hub, ["200"], (FIRST, token(tokens.detail("*", actions=["publish", "archive"]),
                                      {"type": "tenant", "topics": "acme"})))


def test_row_15_P1_AD_09_LIM_01(hub):
    many = [f"t{number}" for number in range(50)]
    check(hub, ["401 invalid_token", "200"], (FIRST, token(detail("publish", "*", *many), detail("publish", *many))),
          (FIRST, token(detail("publish", "*", *many[1:]), detail("publish", *many))))


def test_row_16_P1_PUB_05_06_RSV(hub):
    topics = ["*", "mercure/x", "/.well-known/%256Dercure/x", "https://o.example/.well-known/mercure"]
    check(hub, ["400"] * 4, *((f"topic={topic}", PA) for topic in topics))


def test_row_17_P1_RSV_05(hub):
    check(hub, ["200"] * 2, ("topic=https://example.com/.well-known/mercure-dashboard", PA), ("topic=urn:example:mercure", PA))


def test_row_18_P1_PUB_04_09_13_14(hub):
    bad = ["topic=a%E2%80%8Bb", "topic=a&id=%23x", "topic=a&id=earliest", "topic=a&type=mercure", "topic=a&type=a%0Ab",
           "topic=a&retry=-1"]
    check(hub, ["400"] * len(bad), *((body, PA) for body in bad))


def test_row_19_P1_PUB_18_19(hub):
    check(hub, ["413"], ("topic=a&data=" + "x" * 2 ** 20, PA))


COOKIE = ("Cookie", "__Secure-mercure_access_token=" + PA)


def test_row_20_P1_AUTH_05(hub):
    assert hub.post("topic=a", fields=[COOKIE, APP]).status == 200


def test_row_21_P1_ERR_08(hub):
    for source in ([("Origin", "https://other.example")], []):
        assert told(hub, hub.post("topic=a", fields=[COOKIE, *source])) == "400 invalid_request"


def test_row_22_P1_AUTH_04(hub):
    assert told(hub, hub.ask("match=a&access_token=" + SA)) == "401 metadata"


def test_row_23_P1_SUB_01_33(hub):
    with hub.stream(f"match=https://example.com/a&match_urlpattern={BOOKS}", N0) as stream:
        assert stream.head.field("Content-Type") == "text/event-stream" and stream.raw == b":\n"
        assert stream.head.field("Mercure-Last-Event-ID") is None


def test_row_24_P1_MAT_04_09(hub):
    with hub.stream(f"match=https://example.com/a&match_urlpattern={BOOKS}", N0) as stream:
        first = hub.publish("https://example.com/books/7?x=1")
        hub.publish("https://example.com/Books/7")
        assert receives(stream, first, hub.publish("https://example.com/a"))


def test_row_25_P1_SUB_31(hub):
    with hub.stream(f"match_urlpattern={BOOKS}", SB) as stream:
        hub.publish("https://example.com/books/2", private="on")
        both_topics = hub.publish(["https://example.com/books/2", BOOK], private="on")
        assert receives(stream, both_topics, hub.publish(BOOK))


@pytest.mark.parametrize("query", ["Match=a", "matches=a", "match_regexp=a", "", "match_urlpattern=%7Bunclosed", "topic=a"])
def test_row_26_P1_SUB_03_05_06_11(hub, query):
    response = hub.refused(query, SA)
    assert response.status == 400
    assert not [internal for internal in ("re2", "regexp:", ".cc", "std::") if internal in response.text.lower()]


def test_row_27_P1_SUB_08(hub):
    assert hub.refused("&".join(["match=a"] * 101), SA).status == 400
    assert hub.refused("match=" + "a" * 4097, SA).status == 400


def test_row_28_P1_QRY_02_03(hub):
    first, second, a, b = (fresh(name) for name in ("e1", "e2", "a", "b"))
    hub.publish(a, id=first)
    hub.publish(b, id=second)
    body = f"match={b}&last_event_id={second}"
    with hub.stream(f"match={a}&last_event_id={first}", SA, method="QUERY", body=body) as stream:
        assert stream.head.field("Mercure-Last-Event-ID") == first
        assert receives(stream, second, hub.publish(a), hub.publish(b))


def test_row_29_P1_SUB_13(hub):
    assert hub.ask("match=a", method="QUERY", body="x" * (2 ** 20 + 1)).status == 413


def test_row_30_P1_REC_02_08(hub):
    first, second, a = fresh("e1"), fresh("e2"), fresh("a")
    hub.publish(a, id=first)
    hub.publish(a, id=second)
    with hub.stream(f"match={a}&last_event_id={first}", SA) as stream:
        assert stream.head.field("Mercure-Last-Event-ID") == first
        assert receives(stream, second, hub.publish(a))


@pytest.mark.parametrize("cursor", ["nope", ""])
def test_row_31_P1_REC_06_09(hub, cursor):
    a = fresh("a")
    hub.publish(a)
    with hub.stream(f"match={a}&last_event_id={cursor}", SA) as stream:
        assert stream.head.field("Mercure-Last-Event-ID") == "earliest"
        assert receives(stream, hub.publish(a))


def test_row_32_P1_REC_05(hub):
    first, second, third, twice, a = (fresh(name) for name in ("e1", "e2", "e3", "d", "a"))
    for each in (first, twice, second, twice, third):
        hub.publish(a, id=each)
    with hub.stream(f"match={a}&last_event_id={twice}", SA) as stream:
        assert receives(stream, second, twice, third)


def test_row_37_P1_PRM(hub):
    response = hub.request("GET", METADATA_PATH)
    document = json.loads(response.text)
    assert response.status == 200 and document["resource"] == AUDIENCE
    assert document["bearer_methods_supported"] == ["header"]
    assert document["mercure_cookie"] == "__Secure-mercure_access_token"
    assert document["authorization_details_types_supported"] == [tokens.DETAIL]
    assert "authorization_servers" not in document


def test_row_38_P1_ID_04(server, tls):
    evil = GenerationHub(server, "one", "evil.example", tls)
    evil.connection_options = {"name": "listed.example.test"} if tls else {}
    assert evil.request("GET", METADATA_PATH).status == 421


def test_row_39_P1_COMPAT_03_13_ANY_04(both):
    number, first = uuid.uuid4(), fresh("e1")
    topic = f"https://example.com/{number}/1"
    both.publish(topic, id=first)
    second = both.publish(topic)
    with both.stream(f"topic=https://example.com/{number}/{{id}}&lastEventID={first}", OLD) as stream:
        assert stream.head.field("Last-Event-ID") == first
        assert receives(stream, second, both.publish(topic))


def test_row_40_P1_COMPAT_06_ANY_01(both):
    check(both, ["200"], (FIRST, OLD))
    for claims in ({"exp": None}, {"aud": None}, {"aud": "https://other.example" + PATH}, {"iss": None},
                   {"iss": "https://evil.example"}):
        check(both, ["401 invalid_token"], (FIRST, publisher(**claims)))

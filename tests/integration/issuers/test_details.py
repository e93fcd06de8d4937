"""What an issuer's token allows: authorization details (protocol-1.0 sections 14 and 15), over a real server."""
import pytest

from harness import tokens
from harness.configuration import Site
from harness.hub import Hub
from harness.issuer import both, section
from harness.server import Server
from harness.tokens import detail, matcher
from harness.verdicts import ALL, Client

A, B = "https://example.com/a", "https://example.com/b"
PUBLISH_A = detail(A)


@pytest.fixture(scope="module")
def server():
    hub = "Mercure On\n" + section(*both(f"JWT {tokens.SECRET} HS256"))
    with Server(sites=[Site(directives=hub, tls=False)], directives="LimitRequestFieldSize 1048576\n") as server:
        yield server


@pytest.fixture
def client(server):
    return Client(Hub(server))


def entry(**members):
    """A detail to publish A with these members changed; one that is None is left out."""
    changed = {**PUBLISH_A, **members}
    return {name: value for name, value in changed.items() if value is not None}


def allows(client, *details, topic=A):
    return client.publish(client.token(*details), topic)


INVALID = {
    "AD_03 an entry that is a string": (["x", PUBLISH_A], r"details\[0\] is not an object"),
    "AD_03 an entry that is a list": ([PUBLISH_A, []], r"details\[1\] is not an object"),
    "AD_03 an entry that is a number": ([1], r"details\[0\] is not an object"),
    "AD_03 without a type": ([entry(type=None)], r"details\[0\] has no type that is a string"),
    "AD_03 a type that is a number": ([PUBLISH_A, entry(type=1)], r"details\[1\] has no type that is a string"),
    "AD_04 without actions": ([entry(actions=None)], r"details\[0\] has no actions that is an array with entries"),
    "AD_04 no action": ([entry(actions=[])], r"details\[0\] has no actions that is an array with entries"),
    "AD_04 actions a string": ([entry(actions="publish")], r"has no actions that is an array"),
    "AD_04 ANY_45 an action that is a number": ([entry(actions=["publish", 1])], r"actions\[1\] is not a string"),
    "AD_04 ANY_45 an action that is null": ([entry(actions=[[None]])], r"actions\[0\] is not a string"),
    "AD_05 without topics": ([entry(topics=None)], r"details\[0\] has no topics that is an array with entries"),
    "AD_05 no topic": ([entry(topics=[])], r"has no topics that is an array with entries"),
    "AD_05 topics a string": ([entry(topics=A)], r"has no topics that is an array"),
    "AD_05 topics an object": ([entry(topics=matcher(A))], r"has no topics that is an array"),
    "AD_05 a match_type in another case": ([detail(matcher(A, "Exact"))], r"topics\[0\] has a match_type that is neither"),
    "AD_05 a match that is a number": ([entry(topics=[{"match": 1}])], r"topics\[0\] has no match that is a string"),
    "AD_06 a topic that is a string": ([entry(topics=[A])], r"topics\[0\] is not an object"),
    "AD_06 ANY_45 a topic that is null": ([entry(topics=[matcher(A), None])], r"topics\[1\] is not an object"),
    "AD_06 without match": ([entry(topics=[{}])], r"topics\[0\] has no match that is a string"),
    "AD_06 a match_type that is unknown": ([detail(matcher(A, "regexp"))], "neither exact nor urlpattern"),
    "AD_06 a match_type that is a number": ([detail(matcher(A, 1))], "neither exact nor urlpattern"),
    "AD_06 a pattern that does not compile": ([detail(matcher("https://example.com/(", "urlpattern"))], "what the token grants"),
    "AD_06 a template is no type of 1.0": ([detail(matcher(A, "uri-template"))], "neither exact nor urlpattern"),
    "AD_07 an empty match": ([detail(matcher(""))], r"topics\[0\] has an empty match"),
    "AD_07 an empty pattern": ([detail(matcher("", "urlpattern"))], r"topics\[0\] has an empty match"),
    "AD_07 a control character": ([detail(matcher("a\x00b"))], "control or format|NUL|JSON"),
    "AD_07 a C1 character": ([detail(matcher("a\x85b"))], "control or format characters"),
    "AD_07 a format character": ([detail(matcher("a‮b"))], "control or format characters"),
    "AD_07 an empty match_type": ([detail(matcher(A, ""))], "neither exact nor urlpattern"),
    "AD_07 an unknown match_type of a star": ([detail(matcher("*", "x"))], "neither exact nor urlpattern"),
    "AD_08 a bad one after a good one": ([ALL, entry(topics=[])], r"details\[1\] has no topics"),
    "AD_08 a bad one for the other role": ([PUBLISH_A, detail(matcher(""), actions=["subscribe"])], "empty match"),
    "AD_08 a bad pattern for the other role":
        ([PUBLISH_A, detail(matcher("https://example.com/(", "urlpattern"), actions=["subscribe"])], "what the token grants"),
    "AD_09 more than a hundred details": ([PUBLISH_A] * 101, "more than 100 details"),
    "AD_09 more than a hundred topics": ([detail(*[A] * 101)], "more than 100 topics"),
    "AD_09 more than a hundred topics in two": ([detail(*[A] * 50), detail(*[A] * 51)], "more than 100 topics"),
    "AD_09 a match too long": ([detail("x" * 4097)], "a match of 4097 bytes, at most 4096"),
    "PAY_01 a payload that is a string": ([entry(payload="x")], r"details\[0\] has a payload that is not an object"),
    "PAY_01 a payload that is a number": ([entry(payload=1)], "payload that is not an object"),
    "PAY_01 a payload that is a list": ([entry(payload=[])], "payload that is not an object"),
    "PAY_01 a payload that is false": ([entry(payload=False)], "payload that is not an object"),
}


@pytest.mark.parametrize("details, told", INVALID.values(), ids=[f"P1_{name}" for name in INVALID])
def test_P1_AD_P1_PAY_what_makes_a_token_invalid(client, details, told):
    token = client.token(*details)
    client.check_refused(client.publish(token, A), told=told)
    client.check_refused(client.subscribe(token, A), told=told)


@pytest.mark.parametrize("claim", [{}, "x", 1, True, ALL], ids=["an empty object", "a string", "a number", "true", "a detail"])
def test_P1_AD_01_authorization_details_is_an_array(client, claim):
    token = client.token(authorization_details=claim)
    client.check_refused(client.publish(token), told="the claim authorization_details is not an array")


VALID = {
    "AD_01 one": [PUBLISH_A],
    "AD_03 beside others' of any kind": [{"type": "payment", "actions": 1, "topics": "x"}, {"type": "", "actions": None}, PUBLISH_A],
    "AD_03 beside a null": [None, PUBLISH_A, None],
    "AD_04 beside unknown actions": [entry(actions=["write", "publish", ""])],
    "AD_04 an action twice": [entry(actions=["publish", "publish"])],
    "AD_05 an exact one that says so": [detail(matcher(A, "exact"))],
    "AD_05 a pattern": [detail(matcher("https://example.com/:id", "urlpattern"))],
    "AD_05 members that are unknown": [entry(topics=[{"match": A, "x": 1}], y=[])],
    "AD_09 a hundred details": [PUBLISH_A] * 100,
    "AD_09 a hundred topics": [detail(*[B] * 99, A)],
    "AD_09 others' do not count": [{"type": "payment"}] * 200 + [PUBLISH_A],
    "AD_09 the longest match": [detail("x" * 4096, A)],
    "AD_10 a star": [detail("*")],
    "AD_10 the second detail": [detail(B), PUBLISH_A],
    "AD_10 the second matcher": [detail(B, A)],
    "PAY_01 a payload": [entry(payload={"user": {"name": "u"}})],
    "PAY_01 an empty payload": [entry(payload={})],
    "PAY_01 null is none": [{**PUBLISH_A, "payload": None}],
}


@pytest.mark.parametrize("details", VALID.values(), ids=[f"P1_{name}" for name in VALID])
def test_P1_AD_P1_PAY_what_allows_to_publish(client, details):
    assert allows(client, *details).status == 200


GRANTLESS = {
    "AD_01 a type in another case": [entry(type=tokens.DETAIL.upper())],
    "AD_01 a type with a slash": [entry(type=tokens.DETAIL + "/")],
    "AD_02 only others'": [{"type": "payment", "actions": ["publish"], "topics": [matcher("*")]}],
    "AD_02 nulls": [None],
    "AD_04 only unknown actions": [entry(actions=["write"])],
    "AD_04 an action in another case": [entry(actions=["Publish"])],
    "AD_10 the other action": [entry(actions=["subscribe"])],
    "AD_10 another topic": [detail(B)],
    "AD_10 another case": [detail(A.upper())],
    "AD_10 a pattern of other topics": [detail(matcher("https://example.com/b/*", "urlpattern"))],
    "AD_10 an exact one that looks like a pattern": [detail("https://example.com/*")],
    "AD_10 the action and the topic in two details": [entry(actions=["subscribe"]), detail(B)],
}


@pytest.mark.parametrize("details", GRANTLESS.values(), ids=[f"P1_{name}" for name in GRANTLESS])
def test_P1_AD_02_10_P1_ERR_03_what_does_not_allow_to_publish(client, details):
    """The token is valid: its owner may listen."""
    token = client.token(*details)
    client.check_refused(client.publish(token, A), 403, "insufficient_scope", "authorization_details")
    assert client.subscribe(token, A).status == 200


@pytest.mark.parametrize("claims", [
    dict(authorization_details=None), dict(authorization_details=[]),
    dict(authorization_details=None, mercure={"publish": ["*"], "subscribe": ["*"]}),
], ids=["no claim", "no detail", "the claim of 0.x"])
def test_P1_AD_02_without_details_there_is_no_right(client, claims):
    token = client.token(**claims)
    client.check_refused(client.publish(token), 403, "insufficient_scope", "nothing")
    assert client.subscribe(token).status == 200


def test_P1_AD_10_every_topic_needs_its_right(client):
    token = client.token(PUBLISH_A)
    assert client.publish(token, [A]).status == 200
    client.check_refused(client.publish(token, [A, B]), 403, "insufficient_scope", B)
    both = client.token(PUBLISH_A, detail(matcher("https://example.com/b", "urlpattern")))
    assert client.publish(both, [A, B]).status == 200


def test_P1_AD_10_11_parameters_widen_no_right(client):
    """Whatever is asked for, private updates come where a detail allows to subscribe."""
    hub, publisher = client.hub, client.token(ALL)
    reader = client.token(detail(A, actions=["subscribe"]), detail(B, "*", actions=["publish"]))
    for query in ("match=*", "topic=*", f"match={B}&match={A}", "match_urlpattern=https://example.com/:id"):
        connection = hub.connect()
        connection.send(hub.head("GET", f"?{query}", [("Authorization", f"Bearer {reader}")]))
        with hub.opened(connection) as stream:
            hub.publish(B, token=publisher, private="on", id="not-for-this-one")
            public = hub.publish(B, token=publisher)
            private = hub.publish(A, token=publisher, private="on")
            assert [stream.next_event().id, stream.next_event().id] == [public, private], query

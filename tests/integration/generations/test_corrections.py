"""The corrections of protocol-any.md, as 1.0 and both generations together see them (ANY-40 to -53)."""
import pytest

from harness import tokens
from harness.generations import receives, told
from harness.hub import FORM, PATH, bearer

# No answer depends on the MPM; test_examples.py and test_laravel.py ask each of them.
pytestmark = pytest.mark.parametrize("mpm", ["event"], indirect=True, scope="module")

METADATA_PATH = "/.well-known/oauth-protected-resource" + PATH


def allowed_by(response):
    return {method.strip() for method in response.field("Allow").split(",")}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "MKCOL", "get", "query", "BREW", "OPTIONS"])
def test_ANY_40_52_P1_DISC_04_other_methods_are_405_and_say_what_is_allowed(hub, method):
    response = hub.request(method, fields=bearer(hub.new_publisher()))
    assert (response.status, response.body) == (405, b"")
    assert allowed_by(response) == {"GET", "HEAD", "QUERY", "POST", "OPTIONS"}


@pytest.mark.parametrize("method", ["POST", "PUT", "QUERY", "OPTIONS", "TRACE", "BREW"])
def test_ANY_40_52_the_metadata_says_what_it_allows(hub, method):
    response = hub.request(method, METADATA_PATH)
    assert response.status == 405 and allowed_by(response) == {"GET", "HEAD"}


def test_ANY_40_P1_DISC_03_head_has_the_fields_of_the_stream(hub):
    response = hub.request("HEAD", "?match=a", bearer(hub.subscriber("a")))
    assert response.status == 200 and response.field("Content-Type") == "text/event-stream" and not response.body
    assert hub.request("HEAD", "?match=a").status == 401
    assert hub.request("HEAD", "?matches=a", bearer(hub.subscriber("a"))).status == 400


def test_ANY_52_trace_echoes_no_token(hub):
    response = hub.request("TRACE", fields=bearer(hub.new_publisher()))
    assert response.status == 405 and hub.new_publisher().encode() not in response.head.raw + response.body


@pytest.mark.parametrize("body", ["topic=*", "topic=/.well-known/mercure/x", "topic=a&id=%23", "topic=a&retry=x", "data=x",
                                  "topic=a&type=mercure", "topic=a%E2%80%8B", b"topic=a&data=%FF"])
def test_ANY_44_P1_PUB_21_22_what_is_wrong_with_the_request_is_said_before_the_rights(hub, body):
    assert told(hub, hub.post(body, hub.new_publisher("only-this"))) == "400"
    assert told(hub, hub.post(body, hub.nobody)) == "400"


@pytest.mark.parametrize("steps, expected", [
    (dict(token=None, body="retry=x", content_type="text/plain; boundary="), "401 metadata"),
    (dict(body="retry=x", content_type="text/plain; boundary="), "400"),
    (dict(body="topic=a&data=" + "x" * 2 ** 20), "413"),
    (dict(body="topic=a"), "403 insufficient_scope"),
], ids=["token", "form", "size", "rights"])
def test_ANY_44_46_P1_PUB_19_21_the_order_of_checks(hub, steps, expected):
    assert told(hub, hub.post(**{"token": hub.new_publisher("b"), **steps})) == expected


ENTRIES = {"actions": ["publish"], "topics": [{"match": "*"}]}


@pytest.mark.parametrize("changed", [
    {"actions": ["publish", None]}, {"actions": ["publish", 1]}, {"actions": ["publish", {}]}, {"actions": [None]},
    {"topics": [{"match": "*"}, None]}, {"topics": [{"match": "*"}, "a"]}, {"topics": [{"match": "*"}, 1]},
    {"topics": [{"match": "*"}, []]}, {"topics": None}, {"actions": None}, {"topics": {"match": "*"}}, {"actions": "publish"},
], ids=str)
def test_ANY_45_P1_AD_04_06_a_foreign_entry_makes_the_token_invalid(hub, changed):
    token = hub.token({"type": tokens.DETAIL, **ENTRIES, **changed})
    assert told(hub, hub.post("topic=a", token)) == "401 invalid_token"


def test_ANY_48_two_hubs_of_one_issuer_share_nothing(hub_of, site):
    one, other = hub_of("one"), site("family")
    with one.stream("match=a", one.subscriber("*")) as stream, other.stream("match=a", other.subscriber("*")) as another:
        assert receives(another, other.publish("a")) and receives(stream, one.publish("a"))
    assert told(other, other.post("topic=a", one.new_publisher())) == "401 invalid_token"
    assert told(one, one.post("topic=a", other.new_publisher())) == "401 invalid_token"


def test_ANY_49_P1_ERR_06_without_an_issuer_only_0x_is_spoken_and_the_log_says_so(server, hub_of):
    hub = hub_of("plain")
    assert told(hub, hub.post("topic=a", hub.new_publisher())) == "401 invalid_token alone"
    assert hub.post("topic=a", tokens.publisher()).status == 200
    assert server.log.matching(r"hub plain\.example\.test .*protocol any \(tokens of 0\.x only")
    assert server.log.matching(r"hub any\.example\.test .*protocol any,")
    assert server.log.matching(r"hub one\.example\.test .*protocol 1\.0,")
    assert server.log.matching(r"hub zero\.example\.test .*protocol 0\.x,")


@pytest.mark.parametrize("claims", [
    {"exp": str(tokens.FAR_AWAY)}, {"exp": True}, {"exp": 1e300}, {"exp": -1}, {"exp": [tokens.FAR_AWAY]}, {"exp": None},
    {"nbf": "0"}, {"nbf": 1e300}, {"iss": [tokens.ISSUER]}, {"iss": tokens.ISSUER + "/"}, {"iss": None},
    {"authorization_details": {}}, {"authorization_details": "x"}, {"EXP": 1, "exp": None},
], ids=str)
def test_ANY_50_P1_TOK_06_07_claims_are_what_they_should_be(hub, claims):
    assert told(hub, hub.post("topic=a", hub.new_publisher(**claims))) == "401 invalid_token"


@pytest.mark.parametrize("claims", [{"exp": tokens.FAR_AWAY + 0.5}, {"nbf": 1.5}, {"nbf": 0}], ids=str)
def test_ANY_50_times_are_whole_numbers_or_not(hub, claims):
    assert hub.post("topic=a", hub.new_publisher(**claims)).status == 200


def test_ANY_51_a_query_whose_body_ends_early_subscribes_to_nothing(hub, server):
    opened = server.status()[hub.site]["StreamsOpened"]
    fields = [("Content-Type", FORM), ("Content-Length", 100), *bearer(hub.subscriber("*"))]
    with hub.connect() as connection:
        connection.send(hub.head("QUERY", fields=fields) + "match=a&")
        if hub.tls:
            connection.close()
        else:
            connection.end_sending()
            assert connection.read_head().status == 400
    assert hub.post("topic=a", hub.new_publisher()).status == 200
    assert server.status()[hub.site]["StreamsOpened"] == opened


@pytest.mark.parametrize("name", ["any", "merging"])
def test_ANY_51_a_querys_trailers_carry_no_token(site, name):
    hub = site(name)
    with hub.connect() as connection:
        connection.send(hub.head("QUERY", fields=[("Content-Type", FORM), ("Transfer-Encoding", "chunked")]))
        connection.send(f"7\r\nmatch=a\r\n0\r\nAuthorization: Bearer {hub.subscriber('*')}\r\n\r\n")
        assert connection.read_response("QUERY").status == 401


def test_ANY_53_two_origins_are_403(hub, witness):
    cookie = ("Cookie", f"__Secure-mercure_access_token={hub.new_publisher()}")
    assert hub.post("topic=a", fields=[cookie, ("Origin", hub.origin), ("Origin", hub.origin)]).status == 403
    assert not witness.sees()


def test_ANY_53_answers_are_for_their_client_alone(hub):
    for answer in (hub.post("topic=a", hub.new_publisher()), hub.post("topic=a"), hub.post("topic=a", hub.new_publisher("b")),
                   hub.ask("match=a", hub.subscriber("*")), hub.ask("", hub.new_publisher(), method="PUT"),
                   hub.request("GET", METADATA_PATH, bearer(hub.new_publisher()))):
        assert "private" in answer.field("Cache-Control")

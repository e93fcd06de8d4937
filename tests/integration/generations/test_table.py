"""The table of protocol-any.md: one row a case, and how each mode answers it.

An answer is its status and its challenge, as harness.generations.told() words them: `bare` is `Bearer` alone, `metadata`
adds where the hub describes itself, an error code comes with that too, unless it is `alone`.
"""
import base64

import pytest

from harness import tokens
from harness.generations import ISSUER_SECRET, MODES, Overhearing, issuer_section, receives, told
from harness.hub import PATH, query_of

# No answer depends on the MPM; test_examples.py and test_laravel.py ask each of them.
pytestmark = pytest.mark.parametrize("mpm", ["event"], indirect=True, scope="module")

METADATA_PATH = "/.well-known/oauth-protected-resource" + PATH
PASSWORD = ("Authorization", "Basic " + base64.b64encode(b"user:secret").decode())
FOREIGN_PASSWORD = ("Authorization", "Basic " + base64.b64encode(b"user:guessed").decode())
OWN_PATH = f"https://example.com{PATH}/x"
OLD = tokens.publisher()
OLD_READER = tokens.subscriber("*")


def field(token, scheme="Bearer"):
    return ("Authorization", f"{scheme} {token}")


def cookie(name, token):
    return ("Cookie", f"{name}={token}")


def own(hub):
    return ("Origin", hub.origin)


def both_cookies(hub, new, old):
    return [("Cookie", f"mercureAuthorization={old}; __Secure-mercure_access_token={new}"), own(hub)]


def old(body, **options):
    """A publish with a 0.x token for everything."""
    return lambda hub: hub.post(body, OLD, **options)


def new(body, **options):
    """The same with a 1.0 token."""
    return lambda hub: hub.post(body, hub.new_publisher(), **options)


def broken(hub):
    return tokens.with_broken_signature(hub.new_publisher())


OLD_CLAIMS = {"mercure": {"publish": ["*"]}}
TWICE = '{"mercure":{"publish":["*"]},"mercure":{"publish":["*"]}}'
NOT_BROWSERS = "topic=a&data=1;2%zz"

ROWS = [
    # id, case, request, and the answer under: 0.x, 1.0, any, any without an issuer
    ("ANY-10", "no token", lambda hub: hub.post("topic=a"), "401 bare", "401 metadata", "401 metadata", "401 bare"),
    ("ANY-10", "no token to read", lambda hub: hub.ask("topic=a&match=a"), "401 bare", "401 metadata", "401 metadata",
     "401 bare"),
    ("ANY-11", "bearer, old token", lambda hub: hub.post("topic=a", fields=[field(OLD, "bearer")]),
     "200", "401 invalid_token", "200", "200"),
    ("ANY-11", "bearer, new token", lambda hub: hub.post("topic=a", fields=[field(hub.new_publisher(), "bearer")]),
     "401 bare", "200", "200", "401 invalid_token alone"),
    ("ANY-12", "two fields", lambda hub: hub.post("topic=a", fields=[field(OLD), field(OLD)]),
     "401 bare", "400 invalid_request", "400 invalid_request", "400 invalid_request alone"),
    ("ANY-12", "another scheme", lambda hub: hub.post("topic=a", fields=[field(OLD, "Token")]),
     "401 bare", "400 invalid_request", "400 invalid_request", "400 invalid_request alone"),
    ("ANY-12", "40 characters", lambda hub: hub.post("topic=a", fields=[field("x" * 40)]),
     "401 bare", "400 invalid_request", "400 invalid_request", "400 invalid_request alone"),
    ("ANY-12", "a password of nobody's", lambda hub: hub.post("topic=a", fields=[FOREIGN_PASSWORD]),
     "401 bare", "400 invalid_request", "400 invalid_request", "400 invalid_request alone"),
    ("ANY-13", "httpd's password, old cookie",
     lambda hub: hub.sister("password-").post("topic=a", fields=[PASSWORD, cookie("mercureAuthorization", OLD), own(
         hub.sister("password-"))]), "200", "401 metadata at password-", "200", "200"),
    ("ANY-13", "httpd's password, new cookie",
     lambda hub: hub.sister("password-").post("topic=a", fields=[PASSWORD, cookie(
         "__Secure-mercure_access_token", hub.sister("password-").new_publisher()), own(hub.sister("password-"))]),
     "401 bare", "200", "200", "401 invalid_token alone"),
    ("ANY-13", "a password of nobody's, old cookie",
     lambda hub: hub.post("topic=a", fields=[FOREIGN_PASSWORD, cookie("mercureAuthorization", OLD), own(hub)]),
     "401 bare", "400 invalid_request", "400 invalid_request", "400 invalid_request alone"),
    ("ANY-14", "old token in the query", lambda hub: hub.post("topic=a", target="?authorization=" + OLD),
     "200", "401 metadata", "200", "200"),
    ("ANY-14", "new token in the query", lambda hub: hub.post("topic=a", target="?authorization=" + hub.new_publisher()),
     "401 bare", "401 metadata", "401 metadata", "401 bare"),
    ("ANY-14", "bad old token before a good cookie",
     lambda hub: hub.ask("topic=a&authorization=" + tokens.with_broken_signature(OLD_READER),
                         fields=[cookie("mercureAuthorization", OLD_READER)]), "401 bare", "401 metadata", "401 bare",
     "401 bare"),
    ("ANY-14", "good field before a bad old token",
     lambda hub: hub.ask("topic=a&authorization=" + tokens.with_broken_signature(OLD_READER), OLD_READER),
     "200", "401 invalid_token", "200", "200"),
    ("ANY-14", "new token before a good old cookie",
     lambda hub: hub.ask("topic=a&authorization=" + hub.new_subscriber("*"),
                         fields=[cookie("mercureAuthorization", OLD_READER)]), "401 bare", "401 metadata", "200", "200"),
    ("ANY-15", "old cookie", lambda hub: hub.post("topic=a", fields=[cookie("mercureAuthorization", OLD), own(hub)]),
     "200", "401 metadata", "200", "200"),
    ("ANY-15", "new cookie", lambda hub: hub.post(
        "topic=a", fields=[cookie("__Secure-mercure_access_token", hub.new_publisher()), own(hub)]),
     "401 bare", "200", "200", "401 invalid_token alone"),
    ("ANY-15", "both, the old one bad", lambda hub: hub.post("topic=a", fields=both_cookies(hub, hub.new_publisher(), "x")),
     "401 bare", "200", "200", "401 invalid_token alone"),
    ("ANY-15", "both, the new one bad", lambda hub: hub.post("topic=a", fields=both_cookies(hub, broken(hub), OLD)),
     "200", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-16", "old token, bad signature", lambda hub: hub.post("topic=a", tokens.with_broken_signature(OLD)),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-16", "old token, algorithm", lambda hub: hub.post("topic=a", tokens.sign(OLD_CLAIMS, "HS512")),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-16", "old token, exp", lambda hub: hub.post("topic=a", tokens.publisher(exp=1)),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-16", "old token, nbf", lambda hub: hub.post("topic=a", tokens.publisher(nbf=tokens.FAR_AWAY)),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-16", "old token, crit", lambda hub: hub.post("topic=a", tokens.sign(
        OLD_CLAIMS, header={"alg": "HS256", "crit": ["exp"]})), "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-16", "old token, a claim twice", lambda hub: hub.post("topic=a", tokens.sign(TWICE)),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-16", "old token, claims of another kind", lambda hub: hub.post("topic=a", tokens.sign("[]")),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-16", "new token, bad signature", lambda hub: hub.post("topic=a", broken(hub)),
     "401 bare", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-16", "new token, algorithm", lambda hub: hub.post("topic=a", hub.new_publisher(algorithm="HS512")),
     "401 bare", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-16", "new token, exp", lambda hub: hub.post("topic=a", hub.new_publisher(exp=1)),
     "401 bare", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-16", "new token, nbf", lambda hub: hub.post("topic=a", hub.new_publisher(nbf=tokens.FAR_AWAY)),
     "401 bare", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-16", "new token, crit", lambda hub: hub.post("topic=a", hub.new_publisher(header={"crit": ["exp"]})),
     "401 bare", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-16", "new token, a claim twice", lambda hub: hub.post("topic=a", tokens.sign(
        TWICE, secret=ISSUER_SECRET, header={"alg": "HS256", "typ": "at+jwt"})), "401 bare", "401 invalid_token",
     "401 invalid_token", "401 invalid_token alone"),
    ("ANY-16", "no JWS at all", lambda hub: hub.post("topic=a", "x" * 60),
     "401 bare", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-17", "old token without the right", lambda hub: hub.post("topic=a", tokens.publisher("b")),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
    ("ANY-17", "new token without the right", lambda hub: hub.post("topic=a", hub.new_publisher("b")),
     "401 bare", "403 insufficient_scope", "403 insufficient_scope", "401 invalid_token alone"),
    ("ANY-18", "reserved, old token", old(query_of(OWN_PATH)), "403", "401 invalid_token", "403", "403"),
    ("ANY-18", "reserved, new token", new(query_of(OWN_PATH)), "401 bare", "400", "400", "401 invalid_token alone"),
    *((("ANY-18", f"{what}, old token", old("topic=" + topic), "200", "401 invalid_token", "200", "200"))
      for what, topic in (("empty", ""), ("mercure", "mercure"), ("?x", "?x"), ("#x", "%23x"))),
    *((("ANY-18", f"{what}, new token", new("topic=" + topic), "401 bare", "400", "400", "401 invalid_token alone"))
      for what, topic in (("empty", ""), ("mercure", "mercure"), ("?x", "?x"), ("#x", "%23x"))),
    ("ANY-19", "*, old token", old("topic=*"), "200", "401 invalid_token", "200", "200"),
    ("ANY-19", "*, new token", new("topic=*"), "401 bare", "400", "400", "401 invalid_token alone"),
    ("ANY-19", "empty, old token", old("topic="), "200", "401 invalid_token", "200", "200"),
    ("ANY-19", "empty, new token", new("topic="), "401 bare", "400", "400", "401 invalid_token alone"),
    ("ANY-19", "control, old token", old("topic=a%01"), "200", "401 invalid_token", "200", "200"),
    ("ANY-19", "control, new token", new("topic=a%01"), "401 bare", "400", "400", "401 invalid_token alone"),
    ("ANY-19", "format, old token", old("topic=a%E2%80%8B"), "200", "401 invalid_token", "200", "200"),
    ("ANY-19", "format, new token", new("topic=a%E2%80%8B"), "401 bare", "400", "400", "401 invalid_token alone"),
    *((("ANY-20", f"id {identifier}, old token", old("topic=a&id=" + identifier), "400", "401 invalid_token", "400", "400"))
      for identifier in ("%23x", "earliest", "a%01", "a%C2%85", "a%7F")),
    *((("ANY-20", f"id {identifier}, new token", new("topic=a&id=" + identifier), "401 bare", "400", "400",
        "401 invalid_token alone")) for identifier in ("%23x", "earliest", "a%01", "a%C2%85", "a%7F")),
    ("ANY-21", "type mercure, old token", old("topic=a&type=mercure"), "200", "401 invalid_token", "400", "400"),
    ("ANY-21", "type mercure, new token", new("topic=a&type=mercure"), "401 bare", "400", "400", "401 invalid_token alone"),
    ("ANY-21", "type Mercure, old token", old("topic=a&type=Mercure"), "200", "401 invalid_token", "200", "200"),
    ("ANY-21", "type Mercure, new token", new("topic=a&type=Mercure"), "401 bare", "200", "200", "401 invalid_token alone"),
    *((("ANY-22", f"{name} with Cf, old token", old(f"topic=a&{name}=a%E2%80%8B"), "200", "401 invalid_token", "200", "200"))
      for name in ("type", "id")),
    *((("ANY-22", f"{name} with Cf, new token", new(f"topic=a&{name}=a%E2%80%8B"), "401 bare", "400", "400",
        "401 invalid_token alone")) for name in ("type", "id")),
    ("ANY-23", "1001 topics, old token", old("&".join(["topic=a"] * 1001)), "400", "401 invalid_token", "400", "400"),
    ("ANY-23", "1001 topics, new token", new("&".join(["topic=a"] * 1001)), "401 bare", "413", "413",
     "401 invalid_token alone"),
    *((("ANY-23", f"long {name}, old token", old(f"topic=a&{name}=" + "x" * 32769), "400", "401 invalid_token", "400", "400"))
      for name in ("topic", "id", "type")),
    *((("ANY-23", f"long {name}, new token", new(f"topic=a&{name}=" + "x" * 32769), "401 bare", "413", "413",
        "401 invalid_token alone")) for name in ("topic", "id", "type")),
    ("ANY-24", "; and a stray %, old token", old(NOT_BROWSERS, target="?bad=%zz;"), "200", "401 invalid_token", "200", "200"),
    ("ANY-24", "; and a stray %, new token", new(NOT_BROWSERS, target="?bad=%zz;"), "401 bare", "200", "200",
     "401 invalid_token alone"),
    ("ANY-25", "no UTF-8, old token", old(b"topic=a&data=x%FFy"), "200", "401 invalid_token", "200", "200"),
    ("ANY-25", "no UTF-8, new token", new(b"topic=a&data=x%FFy"), "401 bare", "400", "400", "401 invalid_token alone"),
    ("ANY-26", "QUERY, old token", lambda hub: hub.ask("topic=a&match=a", OLD_READER, method="QUERY"),
     "405", "401 invalid_token", "200", "200"),
    ("ANY-26", "QUERY, new token", lambda hub: hub.ask("topic=a", hub.new_subscriber("a"), method="QUERY", body="match=a"),
     "405", "400", "200", "401 invalid_token alone"),
    ("ANY-27", "metadata", lambda hub: hub.request("GET", METADATA_PATH), "404", "200", "200", "404"),
    ("ANY-28", "anonymous, topic", lambda hub: hub.sister("anonymous-").ask("topic=a"), "200", "400", "200", "200"),
    ("ANY-28", "anonymous, match", lambda hub: hub.sister("anonymous-").ask("match=a"), "400", "200", "200", "200"),
    ("ANY-28", "anonymous, bad token",
     lambda hub: hub.sister("anonymous-").ask("topic=a&match=a", tokens.with_broken_signature(OLD_READER)),
     "401 bare", "401 invalid_token at anonymous-", "401 bare", "401 bare"),
    ("ANY-29", "old key signs a new token", lambda hub: hub.post("topic=a", hub.new_publisher(secret=tokens.SECRET)),
     "401 bare", "401 invalid_token", "401 invalid_token", "401 invalid_token alone"),
    ("ANY-29", "issuer's key signs an old token",
     lambda hub: hub.post("topic=a", tokens.sign(OLD_CLAIMS, secret=ISSUER_SECRET)),
     "401 bare", "401 invalid_token", "401 bare", "401 bare"),
]
CELLS = [pytest.param(mode, row[2], row[3 + column], id=f"{row[0]} {row[1]}-{mode}".replace("-", "_"))
         for row in ROWS for column, mode in enumerate(MODES)]


@pytest.mark.parametrize("mode, ask, expected", CELLS)
def test_the_table(hub_of, mode, ask, expected):
    hub = hub_of(mode)
    words, _, sister = expected.partition(" at ")
    assert told(hub.sister(sister) if sister else hub, ask(hub)) == words


@pytest.mark.parametrize("mode", ["zero", "any", "plain"])
def test_ANY_19_the_star_of_a_matcher_is_the_wildcard_to_a_topic_that_is_one(hub_of, mode):
    hub = hub_of(mode)
    with hub.open("*", OLD_READER) as everything, hub.open("a", OLD_READER) as other:
        published = [hub.publish("*", token=OLD), hub.publish("a", token=OLD)]
        assert receives(everything, *published) and receives(other, published[1])


@pytest.mark.parametrize("mode", ["zero", "any", "plain"])
def test_ANY_24_25_what_0x_reads_as_browsers_do_arrives_so(hub_of, mode):
    hub = hub_of(mode)
    with Overhearing(hub) as witness:
        assert hub.post(NOT_BROWSERS, OLD).status == hub.post(b"topic=a&data=x%FFy", OLD).status == 200
        assert [event.data for event in witness.sees()] == ["1;2%zz", "x\ufffdy"]


@pytest.mark.parametrize("mode", MODES)
def test_ANY_28_P1_SUB_32_anonymous_subscribers_get_public_updates(hub_of, mode):
    hub = hub_of(mode).sister("anonymous-")
    with hub.stream("match=a" if hub.takes_new else "topic=a", token="") as stream:
        hub.publish("a", private="on")
        assert receives(stream, hub.publish("a"))
    assert hub.post("topic=a").status == 401, "publishing is never anonymous"


def test_ANY_29_keys_outside_of_an_issuer_are_no_keys_of_1_0(fresh_server):
    code, messages = fresh_server(MODES["zero"].replace("0.x", "1.0") + issuer_section()).configtest()
    assert code != 0 and "<MercureIssuer" in messages and "expected" in messages
    for mode in MODES:
        code, messages = fresh_server(MODES[mode]).configtest()
        assert code == 0, messages

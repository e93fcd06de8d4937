"""Presenting a token of 1.0, and what is said of one that does not do (protocol-1.0 sections 11, 12 and 17)."""
import json

import pytest

from harness import tokens
from harness.generations import told
from harness.hub import PATH, bearer

# No answer depends on the MPM; test_examples.py and test_laravel.py ask each of them.
pytestmark = pytest.mark.parametrize("mpm", ["event"], indirect=True, scope="module")

COOKIE = "__Secure-mercure_access_token"
APP, EVIL = ("Origin", "https://app.example"), ("Origin", "https://evil.example")
PROBLEM = "application/problem+json"


def field(token, scheme="Bearer"):
    return ("Authorization", f"{scheme} {token}")


def cookie(token, name=COOKIE):
    return ("Cookie", f"{name}={token}")


def members(value):
    return {member.strip().lower() for member in (value or "").split(",") if member.strip()}


def test_P1_AUTH_01_a_field_or_a_cookie(hub):
    assert hub.post("topic=a", fields=[field(hub.new_publisher())]).status == 200
    assert hub.post("topic=a", fields=[cookie(hub.new_publisher()), APP]).status == 200
    assert hub.ask(fields=[field(hub.subscriber("a"))]).status == hub.ask(fields=[cookie(hub.subscriber("a"))]).status == 200


@pytest.mark.parametrize("good, bad, expected", [("field", "cookie", "200"), ("cookie", "field", "401 invalid_token")])
def test_P1_AUTH_02_the_field_decides_even_when_it_is_bad(hub, good, bad, expected):
    read = hub.subscriber("*")
    place = {"field": field, "cookie": cookie}
    assert told(hub, hub.ask(fields=[place[good](read), place[bad](tokens.with_broken_signature(read))])) == expected


@pytest.mark.parametrize("text", ["", "Bearer", "Bearer x", "Token abc", "Basic dXNlcjpwYXNzd29yZA=="])
def test_P1_AUTH_02_07_a_malformed_field_is_not_made_good_by_a_cookie(hub, text):
    fields = [("Authorization", text), cookie(hub.subscriber("*"))]
    assert told(hub, hub.ask(fields=fields)) == "400 invalid_request"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_P1_AUTH_03_the_scheme_may_have_any_case(hub, scheme):
    assert hub.post("topic=a", fields=[field(hub.new_publisher(), scheme)]).status == 200


@pytest.mark.parametrize("name", ["access_token", "authorization", "Authorization"])
def test_P1_AUTH_04_no_parameter_carries_a_token(hub, name):
    assert told(hub, hub.ask(f"match=a&{name}={hub.subscriber('*')}")) == "401 metadata"
    assert told(hub, hub.post("topic=a", target=f"?{name}={hub.new_publisher()}")) == "401 metadata"
    assert told(hub, hub.post(f"topic=a&{name}={hub.new_publisher()}")) == "401 metadata"
    assert hub.ask(f"match=a&{name}=nonsense", hub.subscriber("*")).status == 200, "another parameter is no concern of the hub"


@pytest.mark.parametrize("text, expected", [
    ("{name}={token}", "200"), ("a=1; {name}={token}; b=2", "200"), ("{name}={token}; {name}=x", "200"),
    ("{name}=x; {name}={token}", "401 invalid_token"), ("__secure-mercure_access_token={token}", "401 metadata"),
    ("mercure_access_token={token}", "401 metadata"), ("x{name}={token}", "401 metadata"),
])
def test_P1_AUTH_05_the_first_cookie_of_the_name(hub, text, expected):
    header = text.format(name=COOKIE, token=hub.subscriber("*"))
    assert told(hub, hub.ask(fields=[("Cookie", header)])) == expected


def test_P1_AUTH_05_PRM_05_the_cookie_may_have_another_name(site):
    hub = site("renamed")
    assert hub.ask(fields=[cookie(hub.subscriber("*"), "ticket")]).status == 200
    assert told(hub, hub.ask(fields=[cookie(hub.subscriber("*"))])) == "401 metadata"
    assert hub.ask("topic=a", fields=[cookie(tokens.subscriber("*"), "mercureAuthorization")]).status == 200
    assert json.loads(hub.request("GET", "/.well-known/oauth-protected-resource" + PATH).text)["mercure_cookie"] == "ticket"


def test_P1_AUTH_05_the_old_cookie_is_ignored_by_1_0_alone(hub_of):
    hub = hub_of("one")
    assert told(hub, hub.ask(fields=[cookie(hub.subscriber("*"), "mercureAuthorization")])) == "401 metadata"


@pytest.mark.parametrize("fields", [
    lambda token: [field(token), field(token)],
    lambda token: [("Authorization", f"Bearer {token}, Bearer {token}")],
    lambda token: [field("x" * 40)], lambda token: [field(token, "Token")], lambda token: [("Authorization", token)],
    lambda token: [("Authorization", "Basic dXNlcjpwYXNzd29yZA==")], lambda token: [("Authorization", "Digest x=y")],
    lambda token: [("Authorization", "")], lambda token: [("Authorization", "Bearer")],
], ids=["twice", "joined", "forty", "scheme", "no-scheme", "basic", "digest", "empty", "nothing"])
@pytest.mark.parametrize("where", ["", "anonymous-"])
def test_P1_AUTH_07_ERR_04_what_is_no_token_is_an_invalid_request(hub, where, fields):
    hub = hub.sister(where)
    assert told(hub, hub.ask(fields=fields(hub.subscriber("*")))) == "400 invalid_request"
    assert told(hub, hub.post("topic=a", fields=fields(hub.new_publisher()))) == "400 invalid_request"


@pytest.mark.parametrize("value", ["x", "short", "", "a.b.c", "x" * 5000])
def test_P1_AUTH_08_a_cookie_of_any_length_is_tried_as_a_token(hub, value):
    assert told(hub, hub.ask(fields=[cookie(value)])) == "401 invalid_token"
    assert told(hub, hub.post("topic=a", fields=[cookie(value), APP])) == "401 invalid_token"


@pytest.mark.parametrize("claims", [{"exp": 1}, {"aud": "https://other.example.test" + PATH}, {"iss": "https://evil.example"},
                                    {"secret": "another secret of more than thirty-two bytes"}], ids=str)
def test_P1_AUTH_09_a_bad_token_does_not_fall_back_to_anonymous(hub, claims):
    hub = hub.sister("anonymous-")
    assert told(hub, hub.ask(token=hub.new_subscriber("*", **claims))) == "401 invalid_token"
    assert hub.ask().status == 200


@pytest.mark.parametrize("fields, answer", [
    (lambda token: [("Authorization", "Bearer x")], "400 invalid_request"),
    (lambda token: [("Authorization", f"Token {token}")], "400 invalid_request"),
    (lambda token: [cookie(token)], "401 invalid_token"),
    (lambda token: [cookie("x")], "401 invalid_token"),
], ids=["short", "scheme", "cookie", "short-cookie"])
def test_P1_AUTH_09_nor_does_one_that_is_wrongly_presented_or_in_a_cookie(hub, fields, answer):
    hub = hub.sister("anonymous-")
    assert told(hub, hub.ask(fields=fields(hub.new_subscriber("*", exp=1)))) == answer


# What is said.

def test_P1_ERR_01_05_06_no_token(hub):
    for response in (hub.post("topic=a"), hub.refused(), hub.refused(method="QUERY")):
        assert response.fields("WWW-Authenticate") == [f'Bearer resource_metadata="{hub.metadata_url}"']
        assert (response.status, response.body) == (401, b"Unauthorized\n")


BAD = {
    "signature": lambda hub: tokens.with_broken_signature(hub.new_publisher()),
    "algorithm": lambda hub: hub.new_publisher(algorithm="HS384"),
    "none": lambda hub: hub.new_publisher(header={"alg": "none"}),
    "expired": lambda hub: hub.new_publisher(exp=1),
    "no exp": lambda hub: hub.new_publisher(exp=None),
    "not yet": lambda hub: hub.new_publisher(nbf=tokens.FAR_AWAY),
    "audience": lambda hub: hub.new_publisher(aud="https://other.example.test" + PATH),
    "no audience": lambda hub: hub.new_publisher(aud=None),
    "issuer": lambda hub: hub.new_publisher(iss="https://evil.example"),
    "no issuer": lambda hub: hub.new_publisher(iss=None),
    "detail": lambda hub: hub.token({"type": tokens.DETAIL, "actions": ["publish"], "topics": ["*"]}),
    "too many": lambda hub: hub.token(*[tokens.detail("a", actions=["publish"])] * 101),
    "no jws": lambda hub: "x" * 60,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_P1_ERR_02_05_06_TOK_10_15_one_answer_for_every_reason(hub, bad):
    response = hub.post("topic=a", bad(hub))
    assert response.fields("WWW-Authenticate") == [f'Bearer error="invalid_token", resource_metadata="{hub.metadata_url}"']
    assert (response.status, response.body) == (401, b"Unauthorized\n"), "P1-ERR-10"


def test_P1_ERR_03_05_06_a_missing_right(hub):
    response = hub.post("topic=a", hub.new_publisher("b"))
    assert response.fields("WWW-Authenticate") == [f'Bearer error="insufficient_scope", resource_metadata="{hub.metadata_url}"']
    assert (response.status, response.body) == (403, b"Forbidden\n")


@pytest.mark.parametrize("ask, status", [
    (lambda hub: hub.post("data=x", hub.new_publisher()), 400),
    (lambda hub: hub.post("topic=a&id=%23", hub.new_publisher()), 400),
    (lambda hub: hub.post("topic=*", hub.new_publisher()), 400),
    (lambda hub: hub.post("topic=a&data=" + "x" * 2 ** 20, hub.new_publisher()), 413),
    (lambda hub: hub.refused("matches=a", hub.subscriber("*")), 400),
    (lambda hub: hub.refused("match_urlpattern=%7B", hub.subscriber("*")), 400),
    (lambda hub: hub.refused("", hub.subscriber("*")), 400),
    (lambda hub: hub.refused("", hub.subscriber("*"), [("Content-Type", "text/plain")], "QUERY", "x"), 415),
], ids=["topic", "id", "star", "size", "matcher", "pattern", "none", "type"])
def test_P1_ERR_04_07_10_DISC_07_what_has_nothing_to_do_with_the_token_has_no_challenge(hub, ask, status):
    response = ask(hub)
    assert response.status == status and response.field("WWW-Authenticate") is None
    assert response.field("Content-Type") == PROBLEM
    problem = json.loads(response.text)
    assert problem["status"] == status and problem["title"] and problem["detail"]


@pytest.mark.parametrize("ask, status", [(lambda hub: hub.request("GET", PATH + "/none"), 404),
                                         (lambda hub: hub.request("PUT"), 405)], ids=["404", "405"])
def test_P1_ERR_07_neither_have_404_and_405(hub, ask, status):
    response = ask(hub)
    assert response.status == status and response.field("WWW-Authenticate") is None


# Cookies and forged requests.

@pytest.mark.parametrize("fields", [
    [APP], [("Referer", "https://app.example/page?x=1")], [APP, ("Referer", "https://evil.example/")],
    [("Origin", "https://APP.example")], [("Origin", "https://app.example:443")],
], ids=["origin", "referer", "origin-first", "case", "port"])
def test_P1_CSRF_01_02_a_listed_source_may_publish(hub, fields):
    assert hub.post("topic=a", fields=[cookie(hub.new_publisher()), *fields]).status == 200


@pytest.mark.parametrize("fields", [
    [EVIL], [], [("Referer", "https://evil.example/https://app.example")], [EVIL, ("Referer", "https://app.example/")],
    [("Referer", "app.example")], [("Referer", "https://app.example@evil.example/")], [("Referer", "")], [("Origin", "null")],
    [("Origin", "")], [("Origin", "https://app.example:444")], [("Origin", "http://app.example")],
], ids=["foreign", "neither", "foreign-referer", "origin-decides", "unparsable", "user", "empty-referer", "null", "empty",
        "port", "scheme"])
def test_P1_CSRF_01_02_ERR_08_any_other_source_is_an_invalid_request(hub, witness, fields):
    assert told(hub, hub.post("topic=a", fields=[cookie(hub.new_publisher()), *fields])) == "400 invalid_request"
    assert not witness.sees()


def test_P1_CSRF_02_the_hubs_own_origin_may_always_publish(hub, site):
    for each in (hub, site("unlisted")):
        for source in (("Origin", each.origin), ("Referer", each.origin + "/page")):
            assert each.post("topic=a", fields=[cookie(each.new_publisher()), source]).status == 200
    other = site("unlisted")
    assert told(other, other.post("topic=a", fields=[cookie(other.new_publisher()), APP])) == "400 invalid_request"


def test_P1_CSRF_01_whoever_made_a_browser_send_a_cookie_learns_nothing_of_it(hub):
    for token in (hub.new_publisher("b"), hub.new_publisher(exp=1), "x"):
        assert told(hub, hub.post("topic=a", fields=[cookie(token), EVIL])) == "400 invalid_request"


def test_P1_CSRF_01_neither_a_field_nor_a_subscription_needs_a_source(hub):
    assert hub.post("topic=a", hub.new_publisher(), [EVIL]).status == 200
    assert hub.ask(fields=[cookie(hub.subscriber("*")), EVIL]).status == 200


@pytest.mark.parametrize("mode", ["zero", "any", "plain"])
def test_P0_CSRF_04_ANY_15_a_foreign_source_is_answered_by_the_cookies_generation(hub_of, mode):
    hub = hub_of(mode)
    old = cookie(tokens.publisher(), "mercureAuthorization")
    assert told(hub, hub.post("topic=a", fields=[old, EVIL])) == "401 bare"
    assert told(hub, hub.post("topic=a", fields=[old])) == "401 bare"


# Pages of other origins.

def preflight(hub, origin=APP, method="GET", names="authorization,cache-control,last-event-id"):
    return hub.request("OPTIONS", fields=[origin, ("Access-Control-Request-Method", method),
                                          *([("Access-Control-Request-Headers", names)] if names else [])])


ANSWERS = [lambda hub, fields: hub.post("topic=a", hub.new_publisher(), fields),
           lambda hub, fields: hub.post("topic=a", None, fields),
           lambda hub, fields: hub.ask("match=a", hub.subscriber("*"), fields),
           lambda hub, fields: hub.refused("", None, fields),
           lambda hub, fields: hub.request("PUT", fields=fields),
           lambda hub, fields: hub.ask("match=a", hub.subscriber("*"), fields, "QUERY")]


@pytest.mark.parametrize("ask", ANSWERS, ids=["publish", "401", "stream", "400", "405", "query"])
def test_P1_CORS_01_02_04_05_a_listed_origin_may_read_every_answer(hub, ask):
    head = ask(hub, [APP])
    assert head.field("Access-Control-Allow-Origin") == "https://app.example"
    assert head.field("Access-Control-Allow-Credentials") == "true"
    assert {"link", "last-event-id", "mercure-last-event-id"} <= members(head.field("Access-Control-Expose-Headers"))
    assert "origin" in members(head.field("Vary"))


@pytest.mark.parametrize("ask", ANSWERS, ids=["publish", "401", "stream", "400", "405", "query"])
def test_P1_CORS_02_05_any_other_origin_is_served_without_the_fields(hub, ask):
    head = ask(hub, [EVIL])
    assert head.status == ask(hub, [APP]).status
    assert not [name for name, _ in head_of(head).list if name.lower().startswith("access-control")]
    assert "origin" in members(head.field("Vary")) and "origin" in members(ask(hub, []).field("Vary"))


def head_of(answer):
    return getattr(answer, "head", answer)


def test_P1_CORS_02_03_a_star_is_answered_without_credentials(site):
    for head in (site("everywhere").post("topic=a", None, [EVIL]), preflight(site("everywhere"), EVIL)):
        assert head.field("Access-Control-Allow-Origin") == "*"
        assert head.field("Access-Control-Allow-Credentials") is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "QUERY"])
def test_P1_CORS_05_a_preflight(hub, method):
    response = preflight(hub, method=method)
    assert (response.status, response.body) == (204, b"")
    assert method in response.field("Access-Control-Allow-Methods")
    assert members(response.field("Access-Control-Allow-Headers")) >= {"authorization", "cache-control", "last-event-id"}
    assert response.field("Access-Control-Allow-Origin") == "https://app.example"
    assert "origin" in members(response.field("Vary"))


def test_P1_CORS_05_QUERY_needs_no_permission_where_it_is_not_served(hub_of):
    assert preflight(hub_of("zero"), method="QUERY").field("Access-Control-Allow-Methods") is None


@pytest.mark.parametrize("asked", [dict(origin=EVIL), dict(method="PUT"), dict(names="authorization,x-evil"),
                                   dict(origin=("Origin", "null"))], ids=["origin", "method", "field", "null"])
def test_P1_CORS_05_06_otherwise_204_without_permission(hub, asked):
    response = preflight(hub, **asked)
    assert response.status == 204 and "origin" in members(response.field("Vary"))
    assert not [name for name, _ in response.head.list if name.lower().startswith("access-control-allow")]


@pytest.mark.parametrize("origin, allowed", [
    ("https://app.example", True), ("HTTPS://App.Example", True), ("https://x.wild.example", True), ("https://wild.example", False),
    ("https://x.wild.example.evil", False), ("https://app.example:444", False), ("http://app.example", False), ("null", False),
])
def test_P1_CORS_06_CSRF_02_an_entry_is_an_origin_or_has_one_star(hub, origin, allowed):
    response = hub.post("topic=a", hub.new_publisher(), [("Origin", origin)])
    assert response.status == 200 and (response.field("Access-Control-Allow-Origin") is not None) == allowed
    published = hub.post("topic=a", fields=[cookie(hub.new_publisher()), ("Origin", origin)])
    assert told(hub, published) == ("200" if allowed else "400 invalid_request")


@pytest.mark.parametrize("name, origin, allowed", [
    ("everywhere", "https://evil.example", True), ("everywhere", "null", True),
    ("sandboxed", "null", True), ("sandboxed", "https://app.example", False),
])
def test_P1_CORS_06_CSRF_02_an_entry_may_be_a_star_or_null(site, name, origin, allowed):
    hub = site(name)
    published = hub.post("topic=a", fields=[cookie(hub.new_publisher()), ("Origin", origin)])
    assert told(hub, published) == ("200" if allowed else "400 invalid_request")
    assert (published.field("Access-Control-Allow-Origin") is not None) == allowed


def test_P1_CORS_01_a_hub_without_origins_sends_no_field(site):
    response = site("unlisted").post("topic=a", site("unlisted").new_publisher(), [APP])
    assert not [name for name, _ in response.head.list if name.lower().startswith("access-control")]


def test_P1_DISC_09_MercureRequireTLS_takes_no_token_in_clear(site, tls):
    hub = site("encrypted")
    expected = "200" if tls else "401 invalid_token"
    assert told(hub, hub.post("topic=a", hub.new_publisher())) == expected
    assert told(hub, hub.ask(fields=bearer(hub.subscriber("*")))) == expected
    assert told(hub, hub.ask(fields=[cookie(hub.subscriber("*"))])) == expected

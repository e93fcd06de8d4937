"""Cross-origin requests from browsers (protocol-0x section 10)."""
import pytest

from harness import tokens

APP = ("Origin", "https://app.example")
EVIL = ("Origin", "https://evil.example")
READ = tokens.subscriber("*")


def preflight(hub, origin=APP, method="GET", names="authorization,cache-control,last-event-id"):
    fields = [origin, ("Access-Control-Request-Method", method)]
    return hub.request("OPTIONS", fields=[*fields, *([("Access-Control-Request-Headers", names)] if names else [])])


def members(value):
    return {member.strip().lower() for member in (value or "").split(",") if member.strip()}


def test_P0_CORS_01_without_origins_no_field_is_sent(site):
    response = site("anonymous").post("topic=a", tokens.publisher(), [APP])
    assert not [name for name, _ in response.head.list if name.lower().startswith("access-control")]
    assert response.field("Vary") is None


@pytest.mark.parametrize("ask", [
    lambda hub: hub.post("topic=a", tokens.publisher(), [APP]),
    lambda hub: hub.post("topic=a", None, [APP]),
    lambda hub: hub.open("a", fields=[APP]),
    lambda hub: hub.request("PUT", fields=[APP]),
], ids=["publish", "401", "stream", "405"])
def test_P0_CORS_02_an_allowed_origin_is_echoed(hub, ask):
    head = ask(hub).head
    assert head.field("Access-Control-Allow-Origin") == "https://app.example"
    assert head.field("Access-Control-Allow-Credentials") == "true"
    assert "origin" in members(head.field("Vary"))


@pytest.mark.parametrize("origin, allowed", [
    ("https://app.example", True), ("HTTPS://App.Example", True), ("https://app.example:444", False), ("http://app.example", False),
    ("https://x.wild.example", True), ("https://a.b.wild.example", True), ("https://wild.example", False),
    ("https://x.wild.example.evil", False), ("null", False), ("", False),
])
def test_P0_CORS_06_07_origins_are_compared_in_lower_case(hub, origin, allowed):
    response = hub.post("topic=a", tokens.publisher(), [("Origin", origin)])
    assert response.status == 200, "P0-CORS-06: served normally"
    assert (response.field("Access-Control-Allow-Origin") is not None) == allowed
    assert "origin" in members(response.field("Vary"))


def test_P0_CORS_03_a_star_is_answered_with_a_star(site):
    response = site("everywhere").post("topic=a", tokens.publisher(), [EVIL])
    assert response.field("Access-Control-Allow-Origin") == "*"
    assert response.field("Access-Control-Allow-Credentials") == "true"


def test_P0_CORS_04_a_preflight(hub):
    response = preflight(hub)
    assert (response.status, response.body) == (204, b"")
    assert response.field("Access-Control-Allow-Origin") == "https://app.example"
    assert response.field("Access-Control-Allow-Credentials") == "true"
    assert response.field("Access-Control-Allow-Methods") == "GET"
    assert members(response.field("Access-Control-Allow-Headers")) == {"authorization", "cache-control", "last-event-id"}
    assert members(response.field("Vary")) == {"origin", "access-control-request-method", "access-control-request-headers"}


@pytest.mark.parametrize("names", ["authorization", "last-event-id", "x-requested-with", "Authorization, Cache-Control",
                                   "cache-control,authorization", None])
def test_P0_CORS_05_ANY_55_fields_that_clients_send(hub, names):
    response = preflight(hub, names=names)
    assert response.field("Access-Control-Allow-Origin") == "https://app.example"
    assert members(response.field("Access-Control-Allow-Headers")) == members(names)


@pytest.mark.parametrize("asked", [dict(origin=EVIL), dict(method="PUT"), dict(names="authorization,x-evil")],
                         ids=["origin", "method", "field"])
def test_P0_CORS_05_otherwise_204_without_permission(hub, asked):
    response = preflight(hub, **asked)
    assert response.status == 204
    assert not [name for name, _ in response.head.list if name.lower().startswith("access-control-allow")]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_P0_CORS_05_methods(hub, method):
    assert preflight(hub, method=method).field("Access-Control-Allow-Methods") == method


def test_ANY_04_the_cursor_may_be_read_by_pages(hub):
    with hub.open("a", fields=[APP]) as stream:
        assert {"last-event-id", "mercure-last-event-id"} <= members(stream.head.field("Access-Control-Expose-Headers"))


def test_a_preflight_needs_no_token_and_opens_nothing(hub, server):
    opened = server.await_status(hub.site, Streams=0)["StreamsOpened"]
    assert preflight(hub).status == 204
    assert server.status()[hub.site]["StreamsOpened"] == opened

"""Paths, methods and the fields that every answer carries (protocol-0x section 1)."""
import pytest

from harness import tokens
from harness.hub import PATH

ALL = tokens.publisher()
SECURITY = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "X-XSS-Protection": "1; mode=block",
            "Content-Security-Policy": "default-src 'self'"}


def allowed_by(response):
    return {method.strip() for method in response.field("Allow").split(",")}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "QUERY", "PROPFIND", "MKCOL", "get", "BREW"])
def test_P0_DISC_04_ANY_26_40_52_other_methods_are_405(old, method):
    response = old.request(method, fields=[("Authorization", f"Bearer {ALL}")])
    assert response.status == 405
    assert allowed_by(response) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert response.body == b""


def test_ANY_52_trace_echoes_no_token(hub):
    response = hub.request("TRACE", fields=[("Authorization", f"Bearer {ALL}")])
    assert response.status == 405 and ALL.encode() not in response.head.raw + response.body


def test_ANY_52_connect_stays_httpds_own_400(hub):
    assert hub.request("CONNECT").status == 400


def test_P0_DISC_04_options_is_405_unless_it_is_a_preflight(hub, site):
    assert hub.request("OPTIONS").status == 405
    response = site("anonymous").request("OPTIONS", fields=[("Origin", "https://app.example"),
                                                           ("Access-Control-Request-Method", "GET")])
    assert response.status == 405
    assert allowed_by(response) == {"GET", "HEAD", "POST"}


def test_P0_DISC_05_without_a_publisher_key_post_is_405(site):
    response = site("subscriber").post("topic=a", ALL)
    assert response.status == 405 and allowed_by(response) == {"GET", "HEAD"}


def test_P0_DISC_06_without_a_way_to_subscribe_get_is_405(site):
    response = site("publisher").get("a", tokens.subscriber("*"))
    assert response.status == 405 and allowed_by(response) == {"POST"}


@pytest.mark.parametrize("suffix", ["/", "/subscriptions", "/ui/", "/x?topic=a", "/%2F"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_P0_DISC_08_09_paths_below_the_hub_are_404(hub, method, suffix):
    response = hub.request(method, PATH + suffix, [("Authorization", f"Bearer {ALL}")])
    assert response.status == 404
    assert response.field("Content-Type") == "text/plain; charset=utf-8"
    assert response.body.count(b"\n") == 1 and response.body.endswith(b"\n")


@pytest.mark.parametrize("path", ["/.well-known/%6Dercure", "//.well-known/mercure", "/.well-known//mercure",
                                  "/.well-known/Mercure", "/.well-known/mercureX", "/.well-known/./mercure",
                                  "/.well-known/x/../mercure", "/.well-known"])
def test_P0_DISC_07_other_spellings_are_not_the_hub(hub, path):
    response = hub.request("GET", path + "?topic=a", [("Authorization", f"Bearer {tokens.subscriber('*')}")])
    assert response.status == 404
    assert "text/event-stream" not in (response.field("Content-Type") or "")


def test_P0_DISC_01_the_absolute_form_is_the_hub_too(hub):
    with hub.connect() as connection:
        connection.send(hub.head(target=f"{hub.origin}{PATH}?topic=a",
                                 fields=[("Authorization", f"Bearer {tokens.subscriber('*')}")]))
        hub.opened(connection)


def test_MercurePath_moves_the_hub(site):
    moved = site("renamed", path="/hub")
    with moved.open("a") as stream:
        assert moved.publish("a") == stream.next_event().id
    assert site("renamed").request("GET").status == 404


def test_a_vhost_without_a_hub_has_none(site):
    assert site("off").request("GET", PATH + "?topic=a").status == 404
    assert site("off").request("GET", "/").text == "plain page\n"


def test_P0_DISC_03_head_has_the_fields_of_get_and_no_stream(hub, server):
    opened = server.status()[hub.site]["StreamsOpened"]
    token = [("Authorization", f"Bearer {tokens.subscriber('*')}")]
    with hub.connect() as connection:
        response = hub.request("HEAD", "?topic=a", token, connection=connection)
        assert response.status == 200
        assert response.field("Content-Type") == "text/event-stream"
        assert hub.request("GET", "/", connection=connection).text == "plain page\n", "the connection lives on"
    assert hub.request("HEAD", "?topic=a").status == 401
    assert hub.request("HEAD", "?", token).status == 400
    assert server.status()[hub.site]["StreamsOpened"] == opened


@pytest.mark.parametrize("ask", [
    lambda hub: hub.post("topic=a", ALL),
    lambda hub: hub.post("topic=a"),
    lambda hub: hub.post("", ALL),
    lambda hub: hub.get("a"),
    lambda hub: hub.request("PUT"),
    lambda hub: hub.request("GET", PATH + "/x"),
    lambda hub: hub.request("HEAD"),
    lambda hub: hub.request("OPTIONS", fields=[("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")]),
    lambda hub: hub.open("a"),
], ids=["publish", "401", "400", "401-get", "405", "404", "head", "preflight", "stream"])
def test_P0_DISC_10_every_answer_carries_the_security_fields(hub, ask):
    answer = ask(hub)
    head = answer.head
    assert {name: head.field(name) for name in SECURITY} == SECURITY
    getattr(answer, "close", lambda: None)()


@pytest.mark.parametrize("ask", [
    lambda hub: hub.post("topic=a"),
    lambda hub: hub.post("data=x", ALL),
    lambda hub: hub.get("a"),
    lambda hub: hub.get((), tokens.subscriber("*")),
], ids=["401-post", "400-post", "401-get", "400-get"])
def test_P0_DISC_09_errors_are_one_line_of_text(hub, ask):
    response = ask(hub)
    assert response.field("Content-Type") == "text/plain; charset=utf-8"
    assert response.body.count(b"\n") == 1 and response.body.endswith(b"\n")
    assert b"<" not in response.body, "httpd's own page"


def test_P0_DISC_14_no_link_field_is_added(hub):
    with hub.open("a") as stream:
        assert stream.head.field("Link") is None
    assert hub.post("topic=a", ALL).field("Link") is None

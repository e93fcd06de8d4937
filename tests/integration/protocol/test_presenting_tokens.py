"""Where a token may stand (protocol-0x section 7) and that it is never shown."""
import pytest

from harness import tokens
from harness.hub import PATH, query_of
from harness.waiting import await_until

ALL = tokens.publisher()
READ = tokens.subscriber("*")
BAD = tokens.with_broken_signature(READ)


def field(token, scheme="Bearer"):
    return ("Authorization", f"{scheme} {token}")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
def test_ANY_11_the_scheme_may_have_any_case(hub, scheme):
    assert hub.post("topic=a", fields=[field(ALL, scheme)]).status == 200


@pytest.mark.parametrize("fields", [
    [("Authorization", "Bearer x")],
    [("Authorization", "Bearer " + "x" * 40)],
    [field(ALL), field(ALL)],
    [("Authorization", f"Token {ALL}")],
    [("Authorization", ALL)],
    [("Authorization", f"Bearer  {ALL}")],
    [("Authorization", f"Bearer\t{ALL}")],
    [("Authorization", f"Bearer {ALL} {ALL}")],
    [("Authorization", "Bearer")],
    [("Authorization", "")],
    [("Authorization", "Basic dXNlcjpwYXNzd29yZA==")],
], ids=["short", "forty", "twice", "scheme", "no-scheme", "two-blanks", "tab", "two-tokens", "nothing", "empty", "basic"])
def test_P0_AUTH_01_03_05_06_ANY_12_malformed_fields_are_401(old, old_witness, fields):
    response = old.post("topic=a", fields=fields)
    assert (response.status, response.body) == (401, b"Unauthorized\n")
    assert response.field("WWW-Authenticate") == "Bearer"
    assert not old_witness.sees()


def test_P0_AUTH_07_the_query_parameter_publishes_and_subscribes(hub, witness):
    response = hub.post("topic=a", target="?authorization=" + ALL)
    assert response.status == 200 and "private" in response.field("Cache-Control")
    assert len(witness.sees()) == 1
    hub.open("a", token="", authorization=READ).close()


def test_P0_AUTH_06_07_the_parameter_stands_once_and_is_long_enough(old):
    assert old.request("GET", f"?topic=a&authorization={READ}&authorization={READ}").status == 401
    assert old.get("a", authorization="short").status == 401
    assert old.get("a", authorization="").status == 401


@pytest.mark.parametrize("fields, parameter, status", [
    ([field(BAD)], READ, 401),
    ([field(BAD), ("Cookie", f"mercureAuthorization={READ}")], None, 401),
    ([("Cookie", f"mercureAuthorization={READ}")], BAD, 401),
    ([("Cookie", f"mercureAuthorization={READ}")], "short", 400),
    ([field(READ), ("Cookie", f"mercureAuthorization={BAD}")], BAD, 200),
    ([("Cookie", f"mercureAuthorization={BAD}")], READ, 200),
    ([("Cookie", f"mercureAuthorization={READ}")], None, 200),
], ids=["field-over-parameter", "field-over-cookie", "parameter-over-cookie", "short-parameter-over-cookie", "good-field",
        "good-parameter", "cookie"])
def test_P0_AUTH_02_field_then_parameter_then_cookie(hub, fields, parameter, status):
    query = query_of("a", **({"authorization": parameter} if parameter else {}))
    assert hub_status(hub, query, fields) == status


def hub_status(hub, query, fields):
    """The status of a GET that may open a stream."""
    with hub.connect() as connection:
        connection.send(hub.head(target="?" + query, fields=fields))
        return connection.read_head().status


@pytest.mark.parametrize("cookie, status", [
    (f"mercureAuthorization={READ}", 200),
    (f"other=1; mercureAuthorization={READ}; more=2", 200),
    (f"mercureAuthorization={READ}; mercureAuthorization={BAD}", 200),
    (f"mercureAuthorization={BAD}; mercureAuthorization={READ}", 401),
    (f"MercureAuthorization={READ}", 401),
    (f"xmercureAuthorization={READ}", 401),
    ("mercureAuthorization=short", 401),
    ("mercureAuthorization=", 401),
    ("mercureAuthorization", 401),
])
def test_P0_AUTH_09_10_the_first_cookie_of_the_name(hub, cookie, status):
    assert hub_status(hub, query_of("a"), [("Cookie", cookie)]) == status


def test_P0_AUTH_09_MercureCookieName(site):
    hub = site("renamed", path="/hub")
    assert hub_status(hub, query_of("a"), [("Cookie", f"ticket={READ}")]) == 200
    assert hub_status(hub, query_of("a"), [("Cookie", f"mercureAuthorization={READ}")]) == 401


def test_P0_DISC_12_MercureRequireTLS_refuses_tokens_in_clear(site, tls):
    hub = site("encrypted")
    expected = 200 if tls else 401
    assert hub.post("topic=a", ALL).status == expected
    assert hub_status(hub, query_of("a"), [field(READ)]) == expected
    assert hub_status(hub, query_of("a", authorization=READ), []) == expected
    assert hub_status(hub, query_of("a"), [("Cookie", f"mercureAuthorization={READ}")]) == expected


def test_P0_AUTH_12_tokens_are_masked_in_the_logs(hub, server):
    hub.post("topic=masked", target=f"?x=1&authorization={ALL}&y=2")
    hub.get("masked", authorization=BAD)
    hub.request("GET", f"?topic=masked&%61uthorization={BAD}")
    hub.request("GET", "/", [("Referer", f"{hub.origin}{PATH}?authorization={READ}")])
    hub.request("GET", f"{PATH}/none?authorization={READ}", [("Referer", f"{hub.origin}{PATH}?authorization={READ}")])
    hub.request("BROKEN /x", f"?authorization={READ}")
    hub.open("masked", token="", authorization=READ).close()
    hub.request("GET", "/last-of-this-test")
    await_until(lambda: any("/last-of-this-test" in line for line in server.access_log()))
    logs = "\n".join(server.access_log()) + server.log.text()
    for token in (ALL, READ, BAD):
        assert token not in logs
        assert token.split(".")[1] not in logs and token.split(".")[2] not in logs
    line = next(line for line in server.access_log() if "x=1&authorization=" in line)
    assert "x=1&authorization=" in line and "&y=2" in line, "the rest of the line stays"


def test_P0_AUTH_12_tokens_are_masked_in_server_status(hub, server):
    with server.connect() as page, hub.open("a", token="", authorization=READ):
        response = page.exchange("GET /server-status HTTP/1.1\r\nHost: control.example.test\r\n\r\n")
        assert READ not in response.text

"""The hub's response fields beside those that the site gives every answer with mod_headers."""
import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.h2 import Http2Client
from harness.hub import FORM, PATH, Hub, bearer
from harness.server import Server

PAGE = ("Origin", "https://app.example")
BODY = ("Content-Type", FORM)
READ, WRITE = bearer(tokens.subscriber("*")), bearer(tokens.publisher())
PREFLIGHT = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")]

# What a page of another origin asks for: method, target, fields, body, and the answer's status.
STREAM = ("GET", "?topic=a", READ, None, 200)
REQUESTS = [
    STREAM,
    ("POST", None, [BODY, *WRITE], b"topic=a", 200),
    ("POST", None, [BODY, *WRITE], b"", 400),
    ("POST", None, [BODY], b"topic=a", 401),
    ("GET", PATH + "/x", [], None, 404),
    ("PUT", None, [], None, 405),
]
PREFLIGHTED = [*REQUESTS, ("OPTIONS", None, PREFLIGHT, None, 204)]

SECURITY = {"Strict-Transport-Security": "max-age=31536000", "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN"}
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "false",
        "Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "*",
        "Access-Control-Expose-Headers": "X-Other"}
# How sites write it; `always` goes into a second list of fields, which httpd adds to the first one's.
WAYS = ["set", "always set", "add"]

# Lists may come in several fields (RFC 9110, section 5.3).
LISTS = {"vary", "cache-control", "connection"}


def header(way, fields):
    return "".join(f'Header {way} {name} "{value}"\n' for name, value in fields.items())


def host(kind, way):
    return f"{kind}-{way.replace(' ', '-')}.example.test"


@pytest.fixture(scope="module")
def server(mpm):
    hub = HUB + "MercureCORSOrigins https://app.example\n"
    sites = [Site(host(kind, way), hub + header(way, fields))
             for way in WAYS for kind, fields in (("security", SECURITY), ("cors", CORS))]
    sites += [Site("plain.example.test", hub), Site("no-origins.example.test", HUB + header("always set", CORS))]
    http2 = ["http2"] if mpm != "prefork" else []
    with Server(mpm, modules=http2, sites=sites, directives="Protocols h2 http/1.1\n" if http2 else "") as server:
        yield server


@pytest.fixture
def answers(server, mpm):
    """The fields of a site's answers to some requests, over every protocol; their names in lower case."""
    def fields_of(site, requests):
        for asked in requests:
            yield over_http1(Hub(server, site), *asked)
            yield over_http1(Hub(server, site, tls=True), *asked)
            if mpm != "prefork":  # where mod_http2 does nothing
                yield over_http2(Hub(server, site, tls=True), *asked)
    return fields_of


def over_http1(hub, method, target, fields, body, status):
    length = [("Content-Length", len(body))] if body is not None else []
    with hub.connect() as connection:
        connection.send(hub.head(method, target, [PAGE, *fields, *length]).encode() + (body or b""))
        head = connection.read_head()
    assert head.status == status, head.raw
    return [(name.lower(), value) for name, value in head.list]


def over_http2(hub, method, target, fields, body, status):
    with Http2Client(hub) as client:
        stream = client.request(method, target, [PAGE, *fields], body)
        client.read_until(lambda: stream.list)
    hub.server.await_status(hub.site, ThreadedStreams=0)  # there may be but few
    assert stream.status == status, stream.list
    return stream.list


def values(fields, name):
    return [value for other, value in fields if other == name.lower()]


def check_none_comes_twice(fields):
    found = {name: values(fields, name) for name, _ in fields if name not in LISTS}
    assert not {name: several for name, several in found.items() if len(several) > 1}


def check_values(fields, expected):
    assert {name: values(fields, name) for name in expected} == {name: [value] for name, value in expected.items()}


def test_by_itself_the_hub_sets_its_own(answers):
    for fields in answers("plain.example.test", PREFLIGHTED):
        check_none_comes_twice(fields)
        check_values(fields, {"Content-Security-Policy": "default-src 'self'", "X-Frame-Options": "DENY",
                              "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": PAGE[1]})
        assert not values(fields, "Strict-Transport-Security"), "only the site knows whether all of it speaks TLS"


@pytest.mark.parametrize("way", WAYS)
def test_the_sites_hsts_and_content_security_policy_stand_alone(answers, way):
    """The hub's own fill what the site leaves out."""
    for fields in answers(host("security", way), PREFLIGHTED):
        check_none_comes_twice(fields)
        check_values(fields, {**SECURITY, "X-XSS-Protection": "1; mode=block"})


@pytest.mark.parametrize("way", WAYS)
def test_no_access_control_field_comes_twice(answers, way):
    """Browsers take two for none. The hub's is the one: `*` lets no page in that comes with a cookie."""
    for fields in answers(host("cors", way), PREFLIGHTED):
        check_none_comes_twice(fields)
        check_values(fields, {"Access-Control-Allow-Origin": PAGE[1], "Access-Control-Allow-Credentials": "true"})


def test_without_MercureCORSOrigins_the_sites_access_control_stands(answers):
    for fields in answers("no-origins.example.test", REQUESTS):
        check_none_comes_twice(fields)
        check_values(fields, CORS)


def test_no_transform_keeps_content_delivery_networks_from_streams(answers):
    """Who compresses or rewrites what it passes on holds updates back for it (RFC 9111, section 5.2.2.6)."""
    for fields in answers("plain.example.test", [STREAM]):
        assert "no-transform" in ", ".join(values(fields, "Cache-Control")).split(", ")

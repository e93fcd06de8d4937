"""MercureOverload: over a limit a browser is told when to come back, for after an error it never would."""
import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.h2 import Http2Client
from harness.hub import Hub, bearer, query_of
from harness.server import Server
from harness.sse import Stream

ONE = "MercureMaxSubscribers 1\n"
ASKS = [("Accept", "text/event-stream"), *bearer(tokens.subscriber("*"))]


@pytest.fixture(scope="module")
def server(mpm):
    h2 = "Protocols h2 http/1.1\n" if mpm != "prefork" else ""
    cors = "MercureCORSOrigins https://www.example.test\n"
    sites = [Site(directives=HUB + ONE + cors), Site("status.example.test", HUB + ONE + "MercureOverload status\n"),
             Site("h2.example.test", HUB + "MercureMaxThreadedStreams 0\n" + h2)]
    with Server(mpm, modules=["http2"] if h2 else [], sites=sites) as server:
        yield server


@pytest.fixture
def full(server, tls):
    """A hub that holds as many streams as it may."""
    hub = Hub(server, tls=tls)
    with hub.open("a"):
        yield hub
    server.await_status(Streams=0)


def turned_away(hub, version="1.1", fields=()):
    connection = hub.connect()
    connection.send(hub.head("GET", "?topic=a", [*ASKS, *fields], version))
    return Stream(connection, connection.read_head())


def check_comes_back(stream):
    stream.await_end()
    assert stream.head.status == 200 and stream.head.field("Content-Type") == "text/event-stream"
    assert len(stream.retries) == 1 and 5000 <= stream.retries[0] <= 20000
    assert not stream.events and not stream.torn
    stream.close()


def test_who_asks_for_an_event_stream_is_told_when_to_come_back(server, full):
    before, mark = server.status()[full.site]["RefusedLimit"], server.log.mark()
    stream = turned_away(full)
    check_comes_back(stream)
    assert not stream.body.finished, "a cut, after which every client comes back"
    assert stream.connection.end == ("close_notify" if full.tls else "fin")
    assert server.status()[full.site]["RefusedLimit"] == before + 1
    server.log.await_line(r"told to come back later: .*MercureMaxSubscribers", mark)


def test_P0_DISC_10_P1_DISC_06_that_answer_has_the_security_fields_too(full):
    stream = turned_away(full)
    fields = ("X-Frame-Options", "X-Content-Type-Options", "X-XSS-Protection", "Content-Security-Policy")
    assert [stream.head.field(name) for name in fields] == ["DENY", "nosniff", "1; mode=block", "default-src 'self'"]
    stream.close()


def test_not_everybody_at_once(full):
    waits = set()
    for _ in range(6):
        stream = turned_away(full)
        check_comes_back(stream)
        waits.add(stream.retries[0])
    assert len(waits) > 1


def test_over_http_1_0_too(full):
    check_comes_back(turned_away(full, version="1.0"))


def test_a_page_of_another_origin_may_read_it(full):
    stream = turned_away(full, fields=[("Origin", "https://www.example.test")])
    check_comes_back(stream)
    assert stream.head.field("Access-Control-Allow-Origin") == "https://www.example.test"


def test_others_get_the_status(full):
    for fields in ([], [("Accept", "*/*")], [("Accept", "text/html")]):
        refused = full.get("a", tokens.subscriber("*"), fields)
        assert refused.status == 503 and 5 <= int(refused.field("Retry-After")) <= 20
    assert full.request("HEAD", "?topic=a", ASKS).status == 200, "a HEAD takes no seat"


def test_MercureOverload_status(server, tls):
    hub = Hub(server, "status.example.test", tls=tls)
    with hub.open("a"):
        refused = hub.request("GET", "?topic=a", ASKS)
        assert refused.status == 503 and 5 <= int(refused.field("Retry-After")) <= 20
    server.await_status(hub.site, Streams=0)


def test_over_http_2_the_stream_is_reset(server, mpm):
    if mpm == "prefork":
        pytest.skip("mod_http2 is inactive under prefork")
    with Http2Client(Hub(server, "h2.example.test", tls=True)) as client:
        stream = client.request("GET", "?" + query_of("a"), ASKS)
        assert client.await_end(stream) == "reset"
        assert stream.status == 200 and stream.raw.startswith(b"retry: ")
        assert client.exchange("GET", "/").raw == b"plain page\n"

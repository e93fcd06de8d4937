"""Streams that stay in their thread: HTTP/2, capped so that the rest of the site stays alive."""
import time

import pytest

from harness import tokens
from harness.configuration import HUB, THREADED_MPMS, Site
from harness.h2 import Http2Client
from harness.hub import FORM, Hub, bearer, query_of
from harness.server import Server

READ = bearer(tokens.subscriber("*"))
H2 = "Protocols h2 http/1.1\nH2MaxSessionStreams 100\n"
THREADS = 8


@pytest.fixture(scope="module", params=THREADED_MPMS)
def mpm(request):
    """mod_http2 is inactive under prefork."""
    return request.param


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(directives=HUB + H2), Site("www.example.test", H2), Site("alone.example.test", HUB + "Protocols http/1.1\n"),
             Site("none.example.test", HUB + H2 + "MercureMaxThreadedStreams 0\n"),
             Site("two.example.test", HUB + H2 + "MercureMaxThreadedStreams 2\n"),
             Site("brief.example.test", HUB + H2 + "MercureMaxStreamDuration 1s\nMercureHeartbeat 0\n"),
             Site("beating.example.test", HUB + H2 + "MercureHeartbeat 1s\n")]
    with Server(mpm, modules=["http2"], children=2, threads=THREADS, sites=sites) as server:
        yield server


@pytest.fixture
def hub(server):
    return Hub(server, tls=True)


def subscribe(client, topic="a"):
    stream = client.request("GET", "?" + query_of(topic), READ)
    client.read_until(lambda: stream.raw or stream.ended)
    return stream


def test_P0_DISC_11_a_stream_over_http_2(hub, server):
    with Http2Client(hub) as client:
        stream = subscribe(client)
        assert stream.status == 200 and stream.raw == b":\n"
        assert stream.fields["content-type"] == "text/event-stream"
        assert "connection" not in stream.fields and "transfer-encoding" not in stream.fields
        assert server.await_status(Streams=1, ThreadedStreams=1)["TLSStreams"] == 0
        published = hub.publish("a", data="x")
        client.read_until(lambda: stream.events)
        assert (stream.events[0].id, stream.events[0].data) == (published, "x")
    server.await_status(Streams=0, ThreadedStreams=0)


def test_publishing_over_http_2(hub):
    with Http2Client(hub) as client, hub.open("a") as stream:
        fields = [*bearer(tokens.publisher()), ("Content-Type", "application/x-www-form-urlencoded")]
        answer = client.exchange("POST", fields=fields, body=b"topic=a&id=by-h2")
        assert (answer.status, answer.raw) == (200, b"by-h2")
        assert stream.next_event().id == "by-h2"


def test_a_refusal_over_http_2_waits_for_the_body(hub):
    """mod_http2 resets a stream that is answered before its body has come, and clients then show no answer."""
    with Http2Client(hub) as client:
        refused = client.request("POST", fields=[("Content-Type", FORM)], later=True)
        for _ in range(20):
            assert client.exchange("GET", "/").status == 200
        assert refused.fields is None and not refused.ended
        client.send_body(refused, b"topic=a")
        client.read_until(lambda: refused.ended)
        assert (refused.ended, refused.status, refused.raw) == ("end", 401, b"Unauthorized\n")


def test_several_streams_on_one_connection_beside_pages(hub, server):
    with Http2Client(hub) as client:
        streams = [subscribe(client, f"t{number}") for number in range(3)]
        for number, stream in enumerate(streams):
            published = hub.publish(f"t{number}")
            client.read_until(lambda stream=stream: stream.events)
            assert [event.id for event in stream.events] == [published]
        assert client.exchange("GET", "/").raw == b"plain page\n"
    server.await_status(Streams=0, ThreadedStreams=0)


def test_a_reset_stream_is_noticed_when_next_written_or_before(hub, server):
    with Http2Client(hub) as client:
        stream = subscribe(client)
        server.await_status(Streams=1)
        client.reset(stream)
        hub.publish("a")
        server.await_status(Streams=0, ThreadedStreams=0)
        assert client.exchange("GET", "/").raw == b"plain page\n"


def test_MercureMaxThreadedStreams_refuses_with_503(server):
    hub = Hub(server, "two.example.test", tls=True)
    with Http2Client(hub) as client:
        open_streams = [subscribe(client), subscribe(client)]
        assert all(stream.raw == b":\n" for stream in open_streams)
        refused = client.exchange("GET", "?" + query_of("a"), READ)
        assert refused.status == 503
        assert int(refused.fields["retry-after"]) > 0
        assert refused.raw == b"Service Unavailable\n"
        assert client.exchange("GET", "/").raw == b"plain page\n"
        server.log.await_line("MercureMaxThreadedStreams")
        published = hub.publish("a")
        client.read_until(lambda: all(stream.events for stream in open_streams))
        assert {stream.events[0].id for stream in open_streams} == {published}
    server.await_status(hub.site, Streams=0)
    with Http2Client(hub) as client:
        assert subscribe(client).status == 200, "there is room again"


def test_MercureMaxThreadedStreams_0_allows_none(server):
    hub = Hub(server, "none.example.test", tls=True)
    with Http2Client(hub) as client:
        assert client.exchange("GET", "?" + query_of("a"), READ).status == 503
    with hub.open("a") as stream:
        assert hub.publish("a") == stream.next_event().id, "HTTP/1.1 needs no thread"


def test_http_2_streams_never_take_all_threads(hub, server):
    """At most half of a child's threads."""
    clients, opened, refused = [], 0, 0
    for _ in range(6):
        client = Http2Client(hub)
        clients.append(client)
        for _ in range(4):
            stream = client.request("GET", "?" + query_of("a"), READ)
            client.read_until(lambda: stream.raw or stream.ended)
            opened += stream.status == 200
            refused += stream.status == 503
    assert 1 <= opened <= 2 * THREADS // 2 and refused == 24 - opened
    for _ in range(5):
        assert hub.request("GET", "/").text == "plain page\n"
    for client in clients:
        client.close()
    server.await_status(Streams=0, ThreadedStreams=0)


def test_P0_TIME_02_SUB_12_a_threaded_stream_ends_in_time_and_without_a_beat(server):
    hub = Hub(server, "brief.example.test", tls=True)
    with Http2Client(hub) as client:
        stream = subscribe(client)
        assert client.await_end(stream) == "reset", "a clean end would keep clients from coming back"
        assert stream.raw == b":\n"
        assert client.exchange("GET", "/").raw == b"plain page\n"
    server.await_status(hub.site, Streams=0, ThreadedStreams=0)


def test_a_browsers_threaded_stream_ends_properly(server):
    """Each reset would make mod_http2 serve fewer requests of its connection at a time, down to two."""
    hub = Hub(server, "brief.example.test", tls=True)
    with Http2Client(hub) as client:
        stream = client.request("GET", "?" + query_of("a"), [*READ, ("Sec-Fetch-Mode", "cors")])
        assert client.await_end(stream) == "end"
        assert client.exchange("GET", "/").raw == b"plain page\n"
    server.await_status(hub.site, Streams=0, ThreadedStreams=0)


def test_a_connection_gets_three_streams_and_its_pages_answer(hub, server):
    with Http2Client(hub) as client, Http2Client(hub) as another:
        streams = [subscribe(client) for _ in range(3)]
        mark = server.log.mark()
        assert subscribe(client).status == 503
        server.log.await_line("as many streams as leave room for its pages", mark)
        for _ in range(10):
            assert client.exchange("GET", "/").raw == b"plain page\n"
        streams.append(subscribe(another))
        assert all(stream.status == 200 and not stream.ended for stream in streams)
    server.await_status(Streams=0, ThreadedStreams=0)


def test_P0_SUB_11_P1_SUB_34_a_threaded_stream_has_a_heartbeat(server):
    hub = Hub(server, "beating.example.test", tls=True)
    with Http2Client(hub) as client:
        stream = subscribe(client)
        client.read_until(lambda: stream.comments >= 3)
        assert stream.raw == b":\n" * stream.comments


def test_P0_SUB_12_an_update_puts_a_threaded_streams_beat_off(server):
    hub = Hub(server, "beating.example.test", tls=True)
    with Http2Client(hub) as client, hub.connect() as connection:
        stream = subscribe(client)
        ends = time.monotonic() + 2.5
        while time.monotonic() < ends:
            published = hub.publish("a", connection=connection)
            client.read_until(lambda: stream.events and stream.events[-1].id == published)
            time.sleep(0.4)  # the thread looks more often, and finds nothing in between
        assert stream.comments == 1


def test_a_hub_without_h2_sends_the_browser_to_a_connection_of_its_own(server):
    """Browsers reuse www's connection for the hub when one certificate covers both; 421 tells them not to."""
    www = Hub(server, "www.example.test", tls=True)
    with Http2Client(www, authority=f"alone.example.test:{server.ports.tls}") as client:
        assert subscribe(client).status == 421
    with Hub(server, "alone.example.test", tls=True).open("a") as stream:
        assert stream.head.status == 200


@pytest.mark.parametrize("reload", ["graceful", "restart"])
def test_threaded_streams_end_when_their_child_is_asked_to(mpm, reload):
    with Server(mpm, modules=["http2"], children=1, threads=THREADS, sites=[Site(directives=HUB + H2)]) as server:
        hub = Hub(server, tls=True)
        with Http2Client(hub) as client:
            stream = subscribe(client)
            getattr(server, reload)()
            assert client.await_end(stream) != "end", "a clean end would keep clients from coming back"
        with Http2Client(hub) as client:
            assert subscribe(client).status == 200

"""A reader that does not read is closed, by time or by volume, and delays nobody."""
import pytest

from harness.configuration import HUB, THREADED_MPMS, Site
from harness.h2 import Http2Client
from harness.hub import Hub, bearer, query_of
from harness.server import Server
from harness.sse import read_all
from harness import tokens

SMALL = 4096


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(directives=HUB + "MercureSendTimeout 1s\nMercureSendBuffer 1G\nMercureMaxStreamDuration 0\n"),
             Site("small.example.test", HUB + "MercureSendTimeout 0\nMercureSendBuffer 64K\nMercureHeartbeat 0\n"),
             Site("patient.example.test", HUB + "MercureSendTimeout 1h\nMercureSendBuffer 1G\n")]
    with Server(mpm, sites=sites) as server:
        yield server


def fill(hub, connection, reader, total=16_000_000, size=500_000):
    """Publishes more than sockets hold; the good reader keeps up all the time."""
    for _ in range(total // size):
        published = hub.publish("a", "x" * size, connection=connection)
        reader.read_until(lambda published=published: reader.events and reader.events[-1].id == published)
        reader.events.clear()
        reader.raw = b""


def test_P0_TIME_04_P1_TIME_03_MercureSendTimeout_closes_a_reader_that_stands_still(server, tls):
    hub = Hub(server, tls=tls)
    with hub.open("a", connection=hub.connect(receive_buffer=SMALL)), hub.open("a") as good, hub.connect() as connection:
        mark = server.log.mark()
        fill(hub, connection, good)
        server.log.await_line(r"stream of .* ended after .*client too slow: send timeout", mark)
        server.await_status(Streams=1)
        published = hub.publish("a")
        good.read_until(lambda: good.events and good.events[-1].id == published)
    server.await_status(Streams=0, TLSStreams=0)


def test_P0_TIME_05_P1_TIME_03_MercureSendBuffer_closes_a_reader_that_lags_too_much(server, tls):
    hub = Hub(server, "small.example.test", tls=tls)
    with hub.open("a", connection=hub.connect(receive_buffer=SMALL)), hub.open("a") as good, hub.connect() as connection:
        mark = server.log.mark()
        fill(hub, connection, good, size=50_000)
        server.log.await_line(r"stream of .* ended after .*client too slow: send buffer full", mark)
        server.await_status(hub.site, Streams=1)
    server.await_status(hub.site, Streams=0)


def test_a_slow_reader_gets_everything_whole_if_it_is_given_time(server, tls):
    """Partial writes, under TLS with records that are retried from a buffer that has moved."""
    hub = Hub(server, "patient.example.test", tls=tls)
    with hub.open("a", connection=hub.connect(receive_buffer=SMALL)) as slow, hub.open("a") as good, hub.connect() as connection:
        data = [chr(ord("a") + n % 26) * 300_000 for n in range(30)]
        for each in data:
            hub.publish("a", each, connection=connection)
            good.next_event()
        read_all([slow], lambda: len(slow.events) == len(data), 60)
        assert [event.data for event in slow.events] == data
    server.await_status(hub.site, Streams=0)


def test_ANY_46_one_update_larger_than_the_buffer_goes_to_an_empty_queue(server, tls):
    hub = Hub(server, "small.example.test", tls=tls)
    with hub.open("a") as stream:
        hub.publish("a", "x" * 1_000_000)
        assert len(stream.next_event(20).data) == 1_000_000


@pytest.mark.parametrize("name", THREADED_MPMS)
def test_a_slow_http_2_reader_is_closed_too(name):
    directives = HUB + "Protocols h2 http/1.1\nH2StreamTimeout 2\nMercureSendTimeout 1s\nMercureSendBuffer 64K\n"
    with Server(name, modules=["http2"], threads=8, sites=[Site(directives=directives)]) as server:
        hub = Hub(server, tls=True)
        with Http2Client(hub) as client, hub.open("a") as good, hub.connect() as connection:
            stream = client.request("GET", "?" + query_of("a"), bearer(tokens.subscriber("*")))
            client.read_until(lambda: stream.raw)
            server.await_status(Streams=2, ThreadedStreams=1)
            fill(hub, connection, good, size=60_000)
            server.await_status(Streams=1, ThreadedStreams=0, timeout=20)
            assert hub.request("GET", "/").text == "plain page\n"

"""stop, restart, graceful and graceful-stop with streams open: no hang, no crash, the site is back."""
import time

import pytest

from harness.configuration import FEW_CHILDREN, HUB, Site
from harness.hub import Hub
from harness.publishers import Publisher
from harness.server import Server
from harness.sse import check_cuts, read_all
from harness.waiting import await_until

STREAMS = 50


def open_streams(server):
    """Half of them in clear, half under TLS."""
    hubs = [Hub(server), Hub(server, tls=True)]
    streams = [hubs[number % 2].open("a") for number in range(STREAMS)]
    server.await_status(Streams=STREAMS, TLSStreams=STREAMS // 2)
    return streams


def check_ends(streams):
    """Each was cut, between events, after a `retry:`; not all with one value."""
    check_cuts(streams)
    assert len({stream.retries[0] for stream in streams}) > 5, "a random value of its own for each"


@pytest.fixture
def server(mpm):
    with Server(mpm, sites=[Site(directives=HUB + "MercureMaxStreamDuration 0\n")], **FEW_CHILDREN[mpm]) as server:
        yield server


@pytest.mark.parametrize("way", ["stop", "graceful_stop"])
def test_a_stop_cuts_every_stream_and_ends_the_server(server, way):
    streams = open_streams(server)
    began = time.monotonic()
    getattr(server, way)()
    assert time.monotonic() - began < 8, "within a few seconds, however many are open"
    check_ends(streams)
    server.start()
    with Hub(server).open("a") as stream:
        assert Hub(server).publish("a") == stream.next_event().id


def test_a_restart_cuts_every_stream_and_serves_again(server):
    streams = open_streams(server)
    server.restart()
    check_ends(streams)
    assert Hub(server).request("GET", "/").text == "plain page\n"
    await_new_stream(server)


def await_new_stream(server):
    with await_until(lambda: try_to_open(Hub(server))) as stream:
        assert Hub(server).publish("a") == stream.next_event().id


def try_to_open(hub):
    try:
        return hub.open("a")
    except (AssertionError, OSError):
        return None


@pytest.mark.parametrize("way", ["restart", "graceful"])
def test_several_reloads_in_a_row_under_load(server, way):
    publishers = [Publisher(Hub(server, tls=tls), name=str(tls)) for tls in (False, True)]
    for publisher in publishers:
        publisher.start()
    for _ in range(3):
        streams = []
        while len(streams) < 10:
            stream = await_until(lambda: try_to_open(Hub(server, tls=bool(len(streams) % 2))))
            streams.append(stream)
        try:
            read_all(streams, lambda: all(len(stream.events) > 5 for stream in streams))
        except AssertionError:
            assert any(stream.ended for stream in streams), "an earlier reload may have cut some"
        if way == "graceful":
            server.graceful()
        else:
            for publisher in publishers:  # mpm_event itself may crash when it is killed in the midst of a connection
                publisher.stop()
            server.restart()
            publishers = [Publisher(Hub(server, tls=tls), name=str(tls)) for tls in (False, True)]
            for publisher in publishers:
                publisher.start()
        for stream in streams:
            if way == "restart":
                stream.await_end()
            stream.close()
    for publisher in publishers:
        publisher.stop()
        assert not publisher.errors, publisher.errors
        assert publisher.answered


def test_a_stop_with_slow_readers_is_as_fast(mpm):
    directives = HUB + "MercureSendTimeout 1h\nMercureSendBuffer 1G\n"
    with Server(mpm, sites=[Site(directives=directives)]) as server:
        hubs = [Hub(server), Hub(server, tls=True)]
        streams = [hub.open("a", connection=hub.connect(receive_buffer=4096)) for hub in hubs for _ in range(5)]
        for _ in range(20):
            hubs[0].publish("a", "x" * 500_000)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 8
        for stream in streams:
            stream.close()

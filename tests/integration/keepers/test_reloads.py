"""Streams outlive the child that opened them: a keeper carries them on."""
import pytest

from harness.hub import Hub
from harness.pages import Visitor
from harness.publishers import Publisher
from harness.sse import read_all

STREAMS = 300


def open_streams(server, count=STREAMS, topic="a"):
    """Half of them in clear, half under TLS."""
    hubs = [Hub(server), Hub(server, tls=True)]
    return [hubs[number % 2].open(topic) for number in range(count)]


def has_come(identifier, stream):
    return any(event.id == identifier for event in reversed(stream.events))


@pytest.fixture
def server(start):
    with start() as server:
        yield server


def test_ten_graceful_restarts_lose_no_stream_and_no_page(server):
    streams = open_streams(server)
    publisher = Publisher(Hub(server), pause=0.1)
    publisher.start()
    with Visitor(server) as visitor:
        for _ in range(10):
            server.graceful()
            published = Hub(server).publish("a")
            read_all(streams, lambda: all(has_come(published, stream) for stream in streams))
    assert not visitor.failures, visitor.failures
    publisher.stop()
    assert not publisher.errors, publisher.errors
    last = Hub(server).publish("a")
    read_all(streams, lambda: all(stream.events[-1].id == last for stream in streams))
    assert not any(stream.ended or stream.torn for stream in streams)
    assert len({tuple(event.id for event in stream.events[-1000:]) for stream in streams}) == 1, "one order for all"
    for stream in streams:
        ids = [event.id for event in stream.events]
        assert len(ids) == len(set(ids)), "an update came twice"
        assert set(publisher.answered) <= set(ids), "an update is missing"
    status = server.await_status(Streams=STREAMS, TLSStreams=STREAMS // 2)
    assert status["Keepers"] >= 1
    for stream in streams:
        stream.close()
    server.await_status(Streams=0, TLSStreams=0, Keepers=0)

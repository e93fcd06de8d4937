"""To an MPM a parked stream is idleness: children that it ends as surplus, or as old, leave their streams to keepers."""
import pytest

from harness.hub import Hub
from harness.pages import Visitor
from harness.sse import read_all
from harness.waiting import await_until

STREAMS = 60
SURPLUS = {
    "event": "StartServers 4\nServerLimit 8\nThreadLimit 4\nThreadsPerChild 4\nMaxRequestWorkers 32\nMinSpareThreads 1\n"
             "MaxSpareThreads 5\n",
    "prefork": "StartServers 6\nServerLimit 8\nMaxRequestWorkers 8\nMinSpareServers 1\nMaxSpareServers 1\n",
}
SURPLUS["worker"] = SURPLUS["event"]
FEW = {"event": 1, "worker": 1, "prefork": 1}


def open_streams(server):
    hubs = [Hub(server), Hub(server, tls=True)]
    return [hubs[number % 2].open("a") for number in range(STREAMS)]


def check_alive(server, streams):
    published = Hub(server).publish("a")
    read_all(streams, lambda: all(stream.events and stream.events[-1].id == published for stream in streams))
    assert not any(stream.ended for stream in streams)
    server.await_status(Streams=STREAMS, TLSStreams=STREAMS // 2)
    for stream in streams:
        stream.close()
    server.await_status(Streams=0, TLSStreams=0, Keepers=0)


def test_surplus_children_lose_no_stream(start, mpm):
    with start(mpm_directives=SURPLUS[mpm], threads=4) as server:
        streams = open_streams(server)
        await_until(lambda: len(server.child_pids()) <= FEW[mpm] + 1, 60, "surplus children end", interval=0.2)
        check_alive(server, streams)


def test_MaxConnectionsPerChild_loses_no_stream(start, mpm):
    with start(directives="MaxConnectionsPerChild 25\nMercureMaxKeepers 100\n") as server:
        first = set(server.child_pids())
        with Visitor(server) as visitor:
            streams = open_streams(server)
            await_until(lambda: visitor.visits > 60)
        assert not visitor.failures, visitor.failures
        assert not first & set(server.child_pids())
        check_alive(server, streams)

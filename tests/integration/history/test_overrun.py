"""A process that the log has overrun: its streams go on from the history, and end where there is none."""
import os
import signal

import pytest

from harness.configuration import HUB, SEVERAL_CHILDREN, Site
from harness.hub import Hub
from harness.server import Server
from harness.sse import read_all
from harness.waiting import await_until

SMALL = HUB + "MercureMaxUpdateSize 4K\nMercureLogSize 64K\nMercureMaxStreamDuration 0\n"
UPDATES = 200
DATA = "x" * 1000
# The log holds several of these: a process that isn't stopped is given the time to read each before the next.
BATCH = 10


@pytest.fixture
def start(mpm):
    def make(directives=""):
        return Server(mpm, sites=[Site(directives=SMALL + directives, tls=False)], **SEVERAL_CHILDREN[mpm])
    return make


def open_streams(server, hub, count=16):
    streams = []
    for _ in range(count):
        streams.append(hub.open("a"))
        streams[-1].pid = await_until(lambda: server.owner_of(streams[-1].connection))[0]
    return streams


def publish_beside(server, hub, pid):
    """A connection whose requests another process than this one serves."""
    while True:
        connection = hub.connect()
        hub.publish("a", connection=connection)
        if await_until(lambda: server.owner_of(connection))[0] != pid:
            return connection
        connection.close()


def overrun(server, hub, streams):
    """Publishes more than the log holds while the process of the first stream stands still; the updates' ids, and the
    streams of that process and of the others."""
    frozen = streams[0].pid
    mine = [stream for stream in streams if stream.pid == frozen]
    others = [stream for stream in streams if stream.pid != frozen]
    publishing = publish_beside(server, hub, frozen)
    marker = hub.publish("a", connection=publishing)
    read_all(streams, lambda: all(stream.events and stream.events[-1].id == marker for stream in streams))
    server.settle()
    os.kill(frozen, signal.SIGSTOP)
    try:
        ids = []
        while len(ids) < UPDATES:
            ids += [hub.publish("a", DATA, connection=publishing) for _ in range(BATCH)]
            read_all(others, lambda: all(stream.events[-1].id == ids[-1] for stream in others))
    finally:
        os.kill(frozen, signal.SIGCONT)
    publishing.close()
    return ids, mine, others


@pytest.mark.parametrize("sync", ["On", "Off"])
def test_its_streams_get_everything_once_and_in_order(start, sync):
    with start(f"MercureHistorySync {sync}\n") as server:
        hub = Hub(server)
        ids, mine, others = overrun(server, hub, open_streams(server, hub))
        read_all(mine, lambda: all(stream.events[-1].id == ids[-1] for stream in mine))
        last = hub.publish("a")
        read_all(mine + others, lambda: all(stream.events[-1].id == last for stream in mine + others))
        for stream in mine + others:
            assert [event.id for event in stream.events][-UPDATES - 1:] == [*ids, last]
            stream.close()


def test_without_a_history_they_are_cut_and_the_others_go_on(start):
    with start("MercureHistory off\n") as server:
        hub = Hub(server)
        ids, mine, others = overrun(server, hub, open_streams(server, hub))
        for stream in mine:
            assert stream.await_end() == "fin" and not stream.torn and not stream.body.finished
            # Not a part of what came meanwhile: its client can tell where it stands.
            assert not {event.id for event in stream.events} & set(ids)
            stream.close()
        last = hub.publish("a")
        read_all(others, lambda: all(stream.events[-1].id == last for stream in others))
        for stream in others:
            assert [event.id for event in stream.events][-UPDATES - 1:] == [*ids, last]
            stream.close()
        assert server.status()[hub.site]["Overruns"] >= 1

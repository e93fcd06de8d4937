"""A client that was away for long gets everything, and nobody else notices."""
import os
import shutil

import pytest

from harness import processes, waiting
from harness.configuration import HUB, Site
from harness.environment import SANITIZE
from harness.histories import Writer, update
from harness.hub import Hub
from harness.server import Server

NAME = "hub.example.test"
MANY = 100_000
TOPIC = "https://example.com/0"  # each of the updates has it
# Two doors to one hub.
SITES = [Site(directives=HUB + "MercureSendTimeout 60s\n"),
         Site("impatient.example.test", HUB + f"MercureHub {NAME}\nMercureSendTimeout 1s\n")]


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request):
    server = Server(request.param, sites=SITES)
    directory = server.directory / "history" / NAME
    directory.mkdir(parents=True, mode=0o700)
    with Writer(directory, 256 << 20) as writer:
        writer.store(*(update(sequence, size=200) for sequence in range(1, MANY + 1)))
    if os.geteuid() == 0:
        for path in (directory, *directory.iterdir()):
            shutil.chown(path, "www-data", "www-data")
    with server:
        yield server


def replayed(number):
    return f"urn:u:{number}"


def test_a_hundred_thousand_updates_come_whole_beside_live_ones(server):
    hub = Hub(server)
    with hub.open("live") as live, hub.open([TOPIC, "live"], lastEventID=replayed(1)) as stream:
        published = []
        while len(stream.events) < MANY - 1 + len(published):
            stream.read_until(lambda seen=len(stream.events): len(stream.events) > seen)
            if len(published) < 50 and len(stream.events) > 1000 * len(published):
                published.append(hub.publish("live"))
                assert live.next_event().id == published[-1]
        ids = [event.id for event in stream.events]
        assert ids == [replayed(number) for number in range(2, MANY + 1)] + published


def test_a_client_that_stops_reading_half_way_leaves_nothing_behind(server):
    hub = Hub(server, "impatient.example.test")
    file = server.directory / "history" / NAME / "data.mdb"

    def is_idle():
        status = server.status()
        return status.busy_workers == 1 and status[NAME]["Streams"] == status[NAME]["ThreadedStreams"] == 0

    waiting.await_until(is_idle)
    size_before = file.stat().st_size
    memory = {pid: processes.private_memory(pid) for pid in server.child_pids()}
    streams = [hub.open(TOPIC, lastEventID="earliest") for _ in range(20)]
    for stream in streams:
        stream.read_until(lambda stream=stream: len(stream.events) > 100)
    waiting.await_until(is_idle)
    assert file.stat().st_size == size_before
    for pid, size in memory.items():
        # AddressSanitizer keeps back what was freed.
        assert SANITIZE or processes.private_memory(pid) < size + (8 << 20)
    assert hub.publish("live")
    for stream in streams:
        assert len(stream.events) < MANY
        stream.close()

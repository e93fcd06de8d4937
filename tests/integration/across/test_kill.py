"""A child that is killed loses its own streams and nothing else: no update of others, no lock, no order."""
import os
import random
import signal

import pytest

from harness.configuration import SEVERAL_CHILDREN
from harness.environment import SANITIZE
from harness.hub import Hub
from harness.publishers import Publisher
from harness.server import Server
from harness.sse import read_all
from harness.waiting import await_until

KILLED = [r"AH1039[23]: children are killed successively", r"AH00052: child pid \d+ exit signal Killed", "AH00546: no record of generation of exiting child",
          r"\[mercure:(warn|notice)\].*(died|killed|repair)"]
KILLS = 4 if SANITIZE else 12


@pytest.fixture
def server(mpm):
    with Server(mpm, allow=KILLED, **SEVERAL_CHILDREN[mpm]) as server:
        server.await_children(SEVERAL_CHILDREN[mpm]["children"])
        yield server


def survivors_of(server, streams, dead):
    return [stream for stream in streams if stream.pid not in dead]


def open_streams(server, hub, count):
    streams = []
    for _ in range(count):
        stream = hub.open("a")
        stream.pid = await_until(lambda stream=stream: server.owner_of(stream.connection))[0]
        streams.append(stream)
    return streams


def test_children_killed_while_they_publish_lose_nothing_for_others(server, mpm, tls):
    hub = Hub(server, tls=tls)
    streams = open_streams(server, hub, 16)
    keep = streams[0].pid  # the one child that is never killed
    watched = [stream for stream in streams if stream.pid == keep]
    publishers = [Publisher(hub, name=f"p{number}") for number in range(6)]
    for publisher in publishers:
        publisher.start()
    chance = random.Random(mpm)
    for kill in range(KILLS):
        seen = len(watched[0].events)
        victims = [pid for pid in server.child_pids() if pid != keep]
        if victims:
            os.kill(chance.choice(victims), signal.SIGKILL)
        # The hub goes on after each: the watched streams get more.
        read_all(watched, lambda seen=seen: all(len(stream.events) > seen + 20 for stream in watched))
    for publisher in publishers:
        publisher.stop()
        assert not publisher.errors, publisher.errors
    last = hub.publish("a")
    read_all(watched, lambda: all(stream.events[-1].id == last for stream in watched))
    answered = {update for publisher in publishers for update in publisher.answered}
    orders = {tuple(event.id for event in stream.events) for stream in watched}
    assert len(orders) == 1
    order = orders.pop()
    assert len(order) == len(set(order)), "an update came twice"
    assert answered <= set(order), "an update that was answered is missing"
    attempted = {f"p{number}-{n}" for number, publisher in enumerate(publishers) for n in range(publisher.attempted)}
    assert set(order) - {last} <= attempted
    for stream in watched:
        assert not stream.torn
    for stream in streams:
        stream.close()
    server.await_status(hub.site, Streams=0, TLSStreams=0)


def test_a_killed_childs_streams_are_cut_and_no_longer_counted(server, tls):
    hub = Hub(server, tls=tls)
    streams = open_streams(server, hub, 16)
    server.await_status(Streams=16)
    victim = streams[0].pid
    lost = [stream for stream in streams if stream.pid == victim]
    kept = [stream for stream in streams if stream.pid != victim]
    os.kill(victim, signal.SIGKILL)
    for stream in lost:
        stream.await_end()
    assert server.await_status(Streams=len(kept))["TLSStreams"] == (len(kept) if tls else 0)
    for publish in range(20):
        published = hub.publish("a")
    read_all(kept, lambda: all(stream.events and stream.events[-1].id == published for stream in kept))
    with hub.open("a") as again:
        assert hub.publish("a") == again.next_event().id
    for stream in kept:
        stream.close()


def test_every_child_killed_at_once_leaves_a_hub_that_works(server):
    hub = Hub(server)
    streams = open_streams(server, hub, 8)
    publishers = [Publisher(hub, name=f"p{number}") for number in range(3)]
    for publisher in publishers:
        publisher.start()
    read_all(streams, lambda: all(len(stream.events) > 10 for stream in streams))
    dead = server.child_pids()
    for pid in dead:
        os.kill(pid, signal.SIGKILL)
    await_until(lambda: server.child_pids() and not set(dead) & set(server.child_pids()))
    with hub.open("a") as stream:
        stream.read_until(lambda: len(stream.events) > 20)
    for publisher in publishers:
        publisher.stop()
        assert not publisher.errors, publisher.errors
    server.await_status(Streams=0)


def test_a_stopped_process_holds_nobody_up(server):
    """A child that the system does not run for a while (SIGSTOP) delays its own streams only."""
    hub = Hub(server)
    streams = open_streams(server, hub, 16)
    frozen = streams[0].pid
    others = [stream for stream in streams if stream.pid != frozen]
    mine = [stream for stream in streams if stream.pid == frozen]
    publishing = hub.connect()
    hub.publish("a", connection=publishing)
    await_until(lambda: server.owner_of(publishing))
    while server.owner_of(publishing)[0] == frozen:
        publishing.close()
        publishing = hub.connect()
        hub.publish("a", connection=publishing)
    server.settle()
    os.kill(frozen, signal.SIGSTOP)
    try:
        ids = [hub.publish("a", connection=publishing) for _ in range(50)]
        read_all(others, lambda: all(stream.events and stream.events[-1].id == ids[-1] for stream in others))
    finally:
        os.kill(frozen, signal.SIGCONT)
    read_all(mine, lambda: all(stream.events and stream.events[-1].id == ids[-1] for stream in mine))
    for stream in mine + others:
        assert [event.id for event in stream.events][-50:] == ids
        stream.close()
    publishing.close()

"""Publishers and subscribers in different processes: every update once, and all in one order."""
from collections import Counter

import pytest

from harness.configuration import HUB, MPMS, SEVERAL_CHILDREN, Site
from harness.environment import SANITIZE
from harness.hub import Hub
from harness.publishers import publish_all
from harness.server import Server
from harness.sse import read_all
from harness.waiting import await_until

# A test that publishes and reads in one process may read late.
PATIENT = "MercureSendTimeout 0\nMercureSendBuffer 64M\n"
EACH = 150 if SANITIZE else 500


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(directives=HUB + PATIENT), Site("other.example.test", HUB + PATIENT),
             Site("shared.example.test", HUB + PATIENT + "MercureHub common\n"),
             Site("sharing.example.test", HUB + PATIENT + "MercureHub common\n")]
    with Server(mpm, sites=sites, **SEVERAL_CHILDREN[mpm]) as server:
        server.await_children(SEVERAL_CHILDREN[mpm]["children"])
        yield server


def open_in_several_children(server, hub, topic, least):
    """Opens streams until at least so many children hold one."""
    streams, owners = [], set()

    def spread():
        streams.append(hub.open(topic))
        owners.add(await_until(lambda: server.owner_of(streams[-1].connection))[0])
        return len(owners) >= least and len(streams) >= 8

    await_until(spread, 20, f"streams in {least} children")
    return streams


def check_none_lost_or_doubled(order, publishers):
    """Every answered update came once; one whose connection ended under it came once at most."""
    assert not any(publisher.errors for publisher in publishers)
    came = Counter(order)
    answered = Counter(update for publisher in publishers for update in publisher.answered)
    assert not answered - came, "lost"
    assert sum((came - answered).values()) <= sum(publisher.broken for publisher in publishers), "doubled"


def test_P0_EVT_06_07_every_update_once_and_in_one_order(server, mpm, tls):
    hub = Hub(server, tls=tls)
    streams = open_in_several_children(server, hub, "a", 3)
    assert server.status()[hub.site]["Processes"] >= 3
    delivered = server.status()[hub.site]["Delivered"]
    publishers = publish_all(hub, 6, EACH)
    read_all(streams, lambda: not any(publisher.is_alive() for publisher in publishers), 60)
    last = hub.publish("a")
    read_all(streams, lambda: all(stream.events and stream.events[-1].id == last for stream in streams))
    orders = {tuple(event.id for event in stream.events) for stream in streams}
    assert len(orders) == 1, "every subscriber sees the same order"
    order = orders.pop()
    check_none_lost_or_doubled(order[:-1], publishers)
    for publisher in publishers:
        mine = [update for update in order if update in set(publisher.answered)]
        assert mine == publisher.answered, "a publisher's own order is kept"
    counters = server.await_status(hub.site, Delivered=delivered + len(order) * len(streams))
    assert counters["Overruns"] == 0
    for stream in streams:
        stream.close()
    server.await_status(hub.site, Streams=0)


def test_hubs_of_two_virtual_hosts_never_mix(server, tls):
    one, other = Hub(server, tls=tls), Hub(server, "other.example.test", tls=tls)
    mine, theirs = open_in_several_children(server, one, "*", 3), open_in_several_children(server, other, "*", 3)
    running = publish_all(one, 2, 50, data="one") + publish_all(other, 2, 50, data="other")
    read_all(mine + theirs, lambda: not any(publisher.is_alive() for publisher in running))
    assert not any(publisher.errors for publisher in running)
    first, second = one.publish("a", "one"), other.publish("a", "other")
    for streams, data, last in ((mine, "one", first), (theirs, "other", second)):
        read_all(streams, lambda: all(stream.events and stream.events[-1].id == last for stream in streams))
        for stream in streams:
            assert len(stream.events) > 100 and {event.data for event in stream.events} == {data}
            stream.close()


def test_the_clear_and_the_tls_port_of_one_name_share_a_hub(server):
    clear, encrypted = Hub(server), Hub(server, tls=True)
    with clear.open("a") as one, encrypted.open("a") as other:
        for publisher in (clear, encrypted):
            assert publisher.publish("a") == one.next_event().id == other.next_event().id


def test_MercureHub_lets_virtual_hosts_share_one(server):
    one, other = Hub(server, "shared.example.test"), Hub(server, "sharing.example.test")
    with one.open("a") as stream:
        assert other.publish("a") == stream.next_event().id
        assert server.status()["common"]["Streams"] == 1
    assert "shared.example.test" not in server.status()


def test_large_updates_cross_processes_whole(server, tls):
    hub = Hub(server, tls=tls)
    streams = open_in_several_children(server, hub, "a", 3)
    sizes = [10, 100_000, 900_000, 1, 500_000]
    for size in sizes:
        published = hub.publish("a", data="x" * size)
        read_all(streams, lambda: all(stream.events and stream.events[-1].id == published for stream in streams))
    for stream in streams:
        assert [len(event.data) for event in stream.events] == sizes
        stream.close()


@pytest.mark.parametrize("name", MPMS)
def test_a_log_that_wraps_loses_nothing_for_who_keeps_up(name):
    """A small ring, rewritten many times over."""
    small = HUB + "MercureMaxUpdateSize 8K\nMercureLogSize 256K\n"
    with Server(name, sites=[Site(directives=small)], **SEVERAL_CHILDREN[name]) as server:
        hub = Hub(server)
        streams = open_in_several_children(server, hub, "a", 3)
        sent = 0
        for _ in range(25):
            ids = [hub.publish("a", data="x" * 4000) for _ in range(20)]
            sent += len(ids)
            read_all(streams, lambda: all(len(stream.events) == sent for stream in streams))
        assert server.status()[hub.site]["Overruns"] == 0
        assert len({tuple(event.id for event in stream.events) for stream in streams}) == 1
        for stream in streams:
            stream.close()

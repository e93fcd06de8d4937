"""A server that is stopped and started again: its updates, their ids and their sequence go on."""
import collections
import json
import signal

import pytest

from harness.histories import mercurectl
from harness.hub import Hub
from harness.waiting import await_until

FIELD = "Last-Event-ID"

# When mpm_event is stopped it shuts the sockets of its workers, now and then one that its worker has just given back,
# memory and all: without any module of ours too, once in a dozen stops under connections as short as publishers'.
CRASHES_OF_ITS_OWN = collections.defaultdict(list, {
    ("event", signal.SIGTERM): [r"AH00052: child pid \d+ exit signal Segmentation fault"]})


@pytest.fixture
def hub(server):
    return Hub(server)


@pytest.fixture
def server(run_debian):
    with run_debian() as server:
        yield server


@pytest.fixture(params=["stop", "graceful_stop"])
def stop_and_start(request, server):
    def both():
        getattr(server, request.param)()
        server.start()
    return both


def replay(hub, cursor, *ids):
    """Opens a stream from a cursor on, and awaits these and no others before they are closed."""
    with hub.open("a", fields=[(FIELD, cursor)]) as stream:
        stream.read_until(lambda: len(stream.events) >= len(ids))
        assert stream.holds_only(*ids)
        return stream.head.field(FIELD)


def follow_unknown(hub, cursor):
    """Opens a stream from an unknown cursor on: it gets what is published then, and nothing of the past."""
    with hub.open("a", fields=[(FIELD, cursor)]) as stream:
        assert stream.head.field(FIELD) == "earliest"
        fresh = hub.publish("a")
        stream.next_event()
        assert stream.holds_only(fresh)
        return fresh


def sequences(server):
    dumped = mercurectl("history", "dump", server.directory / "history" / "hub.example.test")
    assert dumped.returncode == 0, dumped.stderr
    return [json.loads(line)["sequence"] for line in dumped.stdout.splitlines()]


def test_P0_REC_16_history_goes_on_after_a_stop(server, hub, stop_and_start):
    first = [hub.publish("a") for _ in range(3)]
    stop_and_start()
    # Before anything is published.
    assert replay(hub, first[0], *first[1:]) == first[0]
    assert replay(hub, "earliest", *first) == "earliest"
    second = [hub.publish("a") for _ in range(3)]
    assert replay(hub, first[-1], *second) == first[-1]
    assert replay(hub, first[0], *first[1:], *second) == first[0]
    stop_and_start()
    assert replay(hub, second[0], *second[1:]) == second[0]
    last = hub.publish("a")
    assert replay(hub, "earliest", *first, *second, last) == "earliest"
    assert sequences(server) == list(range(1, 8))


def test_what_is_published_first_after_a_start_comes_after_what_is_replayed(hub, stop_and_start):
    before = [hub.publish("a") for _ in range(2)]
    stop_and_start()
    with hub.open("a", fields=[(FIELD, before[0])]) as stream:
        after = hub.publish("a")
        stream.read_until(lambda: len(stream.events) == 2)
        assert stream.holds_only(before[1], after)


def test_without_a_history_the_past_is_as_long_as_the_log_and_the_life(run_debian):
    with run_debian("MercureHistory off\n") as server:
        hub = Hub(server)
        ids = [hub.publish("a") for _ in range(3)]
        assert replay(hub, ids[0], *ids[1:]) == ids[0]
        assert replay(hub, "earliest", *ids) == "earliest"
        server.graceful()
        assert replay(hub, ids[0], *ids[1:]) == ids[0]
        server.stop()
        server.start()
        fresh = [follow_unknown(hub, ids[0]) for _ in range(2)]
        assert replay(hub, "earliest", *fresh) == "earliest"


@pytest.mark.parametrize("number", [signal.SIGWINCH, signal.SIGTERM], ids=["graceful_stop", "stop"])
def test_under_load_nothing_that_was_taken_is_lost(mpm, run_debian, under_load, number):
    with run_debian(allow=CRASHES_OF_ITS_OWN[mpm, number]) as server, under_load(server, 300, retry=100) as load:
        for _ in range(3):
            taken = sum(publisher.accepted for publisher in load.publishers)
            await_until(lambda taken=taken: sum(publisher.accepted for publisher in load.publishers) > taken + 20)
            server.process.send_signal(number)
            assert server.process.wait(20) == 0
            server.start()
        load.settle()
        assert not any(publisher.refused for publisher in load.publishers)

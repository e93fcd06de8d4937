"""A clock that jumps, as a machine's does that gets its time from the network late: nothing is lost by it, and updates
keep their order."""
from pathlib import Path

import pytest

from harness.configuration import FEW_CHILDREN, HUB, Site
from harness.environment import SANITIZE
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
HOUR = 3600
pytestmark = pytest.mark.skipif(SANITIZE or LIBRARY is None, reason="needs libfaketime, without a sanitizer")


class ShiftedServer(Server):
    """httpd by a clock that differs from the machine's by `shift()`; how long anything takes it knows nevertheless."""

    def __init__(self, mpm, directives=""):
        self._shift = None
        super().__init__(mpm, sites=[Site(directives=HUB + directives, tls=False)], **FEW_CHILDREN[mpm])
        self._environment.update(LD_PRELOAD=str(LIBRARY), FAKETIME_TIMESTAMP_FILE=str(self.directory / "shift"),
                                 FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.shift(0)

    def shift(self, seconds):
        path = self.write("shift.new", f"{seconds:+d}\n")
        path.rename(self.directory / "shift")


@pytest.fixture
def start(mpm):
    return lambda directives="": ShiftedServer(mpm, directives)


def replayed(hub, cursor, last):
    """The ids of what follows a cursor, up to one of them."""
    with hub.open("a", fields=[("Last-Event-ID", cursor)]) as stream:
        stream.read_until(lambda: any(event.id == last for event in stream.events))
        return [event.id for event in stream.events]


def check_all_there(hub, ids):
    assert replayed(hub, "earliest", ids[-1]) == ids
    for number in range(len(ids) - 1):
        assert replayed(hub, ids[number], ids[-1]) == ids[number + 1:]


JUMPS = (0, -HOUR, 24 * HOUR, -24 * HOUR, 365 * 24 * HOUR, 0)


def test_jumps_while_it_runs_and_while_it_does_not(start):
    with start() as server:
        hub = Hub(server)
        ids = []
        with hub.open("a") as stream:
            for jump in JUMPS:
                server.shift(jump)
                ids += [hub.publish("a") for _ in range(2)]
                check_all_there(hub, ids)
            stream.read_until(lambda: len(stream.events) == len(ids))
            assert stream.holds_only(*ids)
        for jump in (-2 * HOUR, 48 * HOUR):
            server.stop()
            server.shift(jump)
            server.start()
            check_all_there(hub, ids)
            ids.append(hub.publish("a"))
            check_all_there(hub, ids)


def is_pruned(hub, ids, witness):
    """Publishes, which makes room and sees to what is too old; whether just these are left."""
    ids.append(hub.publish("a"))
    return replayed(hub, "earliest", ids[-1])[0] == witness


def test_only_what_is_too_old_by_the_clock_goes(start):
    with start("MercureHistoryAge 1h\n") as server:
        hub = Hub(server)
        first = hub.publish("a")
        server.shift(HOUR // 2)
        ids = [hub.publish("a")]
        # What is from the future is not old, nor is what came before it.
        server.shift(-24 * HOUR)
        ids.append(hub.publish("a"))
        check_all_there(hub, [first, *ids])
        server.shift(0)
        check_all_there(hub, [first, *ids])
        # The first one is too old now, and those that came after it are not.
        server.shift(HOUR + 60)
        await_until(lambda: is_pruned(hub, ids, ids[0]))
        check_all_there(hub, ids)


def test_a_clock_that_comes_back_from_far_ahead_prunes_nothing_more(start):
    with start("MercureHistoryAge 1h\n") as server:
        hub = Hub(server)
        old = hub.publish("a")
        server.shift(365 * 24 * HOUR)
        ids = [hub.publish("a")]
        await_until(lambda: is_pruned(hub, ids, ids[0]))
        server.shift(0)
        ids += [hub.publish("a") for _ in range(3)]
        check_all_there(hub, ids)
        server.stop()
        server.start()
        check_all_there(hub, ids)
        with hub.open("a", fields=[("Last-Event-ID", old)]) as stream:
            assert stream.head.field("Last-Event-ID") == "earliest"

"""A child that is killed while it holds the lock of the log: the next one repairs, nobody waits for ever."""
import os
import random
import signal
import time

import pytest

from harness.configuration import HUB, SEVERAL_CHILDREN, Site
from harness.environment import PATIENCE
from harness.hub import Hub
from harness.publishers import Publisher
from harness.server import Server
from harness.sse import read_all
from harness.waiting import await_until

# Large updates are long under the lock; the log is large enough for whoever is stopped for a moment.
ROOMY = HUB + "MercureLogSize 1G\nMercureSendBuffer 1G\nMercureSendTimeout 0\n"
KILLED = [r"AH1039[23]: children are killed successively", r"AH00052: child pid \d+ exit signal Killed",
          r"\[mercure:(warn|notice)\].*(died|killed|repair)"]


def answered(publishers):
    return sum(len(publisher.answered) for publisher in publishers)


def holds_the_lock(publishers) -> bool:
    """Whether nobody gets an answer any more: of a stopped child, only a lock can hold up the others."""
    before, end = answered(publishers), time.monotonic() + 0.7 * PATIENCE
    while time.monotonic() < end:
        if answered(publishers) > before + 6:
            return False
        time.sleep(0.01)
    return True


def kill_a_holder(server, hub, publishers, keep) -> bool:
    """Kills a child that seems to hold the lock; whether it did, as the next one to lock found."""
    victim = random.choice([pid for pid in server.child_pids() if pid != keep])
    try:
        os.kill(victim, signal.SIGSTOP)
        if not holds_the_lock(publishers):
            os.kill(victim, signal.SIGCONT)
            return False
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return False  # httpd has ended it meanwhile
    before = answered(publishers)
    await_until(lambda: answered(publishers) > before + 5, what="the others go on")
    # No victim has a stream, and so a slot, that would count as well.
    return server.status()[hub.site]["Repairs"] >= 1


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_a_child_killed_in_the_middle_of_an_append(mpm):
    with Server(mpm, sites=[Site(directives=ROOMY)], allow=KILLED, **SEVERAL_CHILDREN[mpm]) as server:
        server.await_children(SEVERAL_CHILDREN[mpm]["children"])
        hub = Hub(server)
        witness = hub.open("small")
        keep = await_until(lambda: server.owner_of(witness.connection))[0]
        publishers = [Publisher(hub, "large", name=f"large{n}", data="x" * 900_000) for n in range(5)]
        publishers.append(Publisher(hub, "small", name="small"))
        for publisher in publishers:
            publisher.start()
        await_until(lambda: answered(publishers) > 10)
        try:
            await_until(lambda: kill_a_holder(server, hub, publishers, keep), 60, "a child is caught with the lock")
            before = answered(publishers)
            await_until(lambda: answered(publishers) > before + 20, what="the others go on")
        finally:
            for publisher in publishers:
                publisher.stop()
        for publisher in publishers:
            assert not publisher.errors, publisher.errors
        last = hub.publish("small")
        read_all([witness], lambda: witness.events and witness.events[-1].id == last)
        seen = [event.id for event in witness.events]
        assert len(seen) == len(set(seen)) and set(publishers[-1].answered) <= set(seen)
        witness.close()

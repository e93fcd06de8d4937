"""A disk that is full: who publishes learns it or is not held up, as MercureHistorySync has it, and all goes on by
itself when there is room again."""
import contextlib
import os
import subprocess

import pytest

from harness import server as servers
from harness import tokens
from harness.configuration import FEW_CHILDREN, HUB, Site
from harness.hub import Hub, Witness, query_of
from harness.server import Server
from harness.sse import read_all
from harness.waiting import await_until

DISK = 8 << 20
FULL = r"\[mercure:error\].*MERCURE0024: .*No space left on device"
DATA = "x" * 40_000


@pytest.fixture(scope="module")
def disk():
    """A small file system of its own."""
    directory = servers.session.directory / "disk"
    directory.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", directory],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


@contextlib.contextmanager
def full(disk):
    """Nothing more fits while the block runs."""
    ballast = disk / "ballast"
    with open(ballast, "wb") as file, contextlib.suppress(OSError):
        while True:
            os.write(file.fileno(), bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def start(mpm, disk):
    def make(sync, name="filled"):
        directives = f'MercureHistory "{disk}/{name}-{mpm}-{sync}"\nMercureHistorySync {sync}\nMercureHistorySize 64M\n'
        return Server(mpm, sites=[Site(directives=HUB + directives, tls=False)], allow=[FULL], **FEW_CHILDREN[mpm])
    return make


def post(hub):
    return hub.post(query_of("a", data=DATA), tokens.publisher())


def is_taken(hub):
    """The update's id, if it is."""
    answer = post(hub)
    return answer.status == 200 and answer.text


def fill_up(hub):
    """Publishes until it is refused, for pages that the file has left over are used first."""
    taken = []

    def is_refused():
        answer = post(hub)
        if answer.status == 200:
            taken.append(answer.text)
        return answer.status != 200 and answer

    return await_until(is_refused), taken


def replayed(hub, count):
    with hub.open("a", fields=[("Last-Event-ID", "earliest")]) as stream:
        stream.read_until(lambda: len(stream.events) == count)
        return [event.id for event in stream.events]


def test_with_sync_publishing_is_refused_and_nobody_receives_it(start, disk):
    with start("On") as server:
        hub = Hub(server)
        with Witness(hub) as witness:
            before = hub.publish("a")
            assert [event.id for event in witness.sees()] == [before]
            with full(disk):
                answer, taken = fill_up(hub)
                assert answer.status == 503 and int(answer.field("Retry-After")) > 0, answer
                assert "could not be stored" in answer.text
                server.log.await_line(FULL)
                assert all(post(hub).status == 503 for _ in range(20))
                refused = server.status()[hub.site]["HistoryRefused"]
                assert refused >= 21
            # By itself, and nothing of what was refused.
            after = await_until(lambda: is_taken(hub))
            assert [event.id for event in witness.sees()] == [*taken, after]
        assert replayed(hub, 2 + len(taken)) == [before, *taken, after]
        assert server.status()[hub.site]["HistoryLost"] == 0


def test_without_sync_everybody_receives_it_all_the_same(start, disk):
    with start("Off") as server:
        hub = Hub(server)
        streams = [hub.open("a") for _ in range(4)]
        before = hub.publish("a")
        with full(disk):
            lost = [hub.publish("a", DATA)]

            def is_lost():
                lost.append(hub.publish("a", DATA))
                return server.status()[hub.site]["HistoryLost"]

            await_until(is_lost)
            server.log.await_line(FULL)
            counted = server.status()[hub.site]["HistoryLost"]
            lost += [hub.publish("a", DATA) for _ in range(5)]
            server.await_status(HistoryLost=counted + 5)
            read_all(streams, lambda: all(stream.events and stream.events[-1].id == lost[-1] for stream in streams))
        after = hub.publish("a")
        read_all(streams, lambda: all(stream.events[-1].id == after for stream in streams))
        for stream in streams:
            assert stream.holds_only(before, *lost, after)
            stream.close()
        counted = server.status()[hub.site]["HistoryLost"]
        kept = lost[:len(lost) - counted]
        assert replayed(hub, 2 + len(kept)) == [before, *kept, after]
        assert server.status()[hub.site]["HistoryRefused"] == 0


def test_a_server_that_starts_on_a_full_disk_goes_on_when_there_is_room(start, disk):
    with contextlib.ExitStack() as crowd:
        crowd.enter_context(full(disk))
        with start("On", "fresh") as server:
            hub = Hub(server)
            with hub.open("a") as stream:
                assert post(hub).status == 503
                server.log.await_line(FULL)
                crowd.close()
                published = await_until(lambda: is_taken(hub))
                stream.read_until(lambda: stream.events)
                assert stream.holds_only(published)

"""A stream holds no worker: however many are open, the site answers; and what each child has and has not."""
import time

import pytest

from harness import processes, tokens
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

FEW = {"event": dict(children=1, threads=4), "worker": dict(children=1, threads=4), "prefork": dict(children=2)}
ALL_SIGNALS_BUT_THREADING = 0xFFFFFFFE7FFBFEFF


@pytest.fixture(scope="module")
def server(mpm):
    with Server(mpm, **FEW[mpm]) as server:
        yield server


def test_forty_streams_on_four_workers(server, tls):
    hub = Hub(server, tls=tls)
    streams = [hub.open("a") for _ in range(40)]
    assert server.await_status(Streams=40)["ThreadedStreams"] == 0
    for _ in range(10):
        assert hub.request("GET", "/").text == "plain page\n"
    assert server.status().busy_workers <= 2
    published = hub.publish("a")
    assert {stream.next_event().id for stream in streams} == {published}
    for stream in streams:
        stream.close()
    server.await_status(Streams=0)


def test_nothing_of_httpds_is_kept(server, tls):
    """No descriptor of httpd's own stays open beside the stream's."""
    hub = Hub(server, tls=tls)
    streams = [hub.open("a") for _ in range(20)]
    server.await_status(Streams=20)
    server.settle()
    sockets = [(number, target) for pid in server.child_pids() for number, target in processes.descriptors(pid).items()
               if target.startswith("socket:")]
    high = [target for number, target in sockets if number >= 1024]
    assert len(high) == 20
    assert not set(high) & {target for number, target in sockets if number < 1024}
    for stream in streams:
        stream.close()
    server.await_status(Streams=0)


def test_the_dispatcher_starts_with_the_first_stream_and_takes_no_signals(mpm):
    with Server(mpm, children=1, threads=4) as server:
        child = server.await_children(1)[0]
        Hub(server).publish("a")
        Hub(server).get("a")
        before = processes.threads(child)
        assert len(before) == server.configuration.threads_of_child, "idle, the module costs no thread"
        with Hub(server).open("a"):
            fresh = await_until(lambda: processes.threads(child) - before)
            for thread in fresh:
                blocked = processes.blocked_signals(child, thread)
                assert blocked & ALL_SIGNALS_BUT_THREADING == ALL_SIGNALS_BUT_THREADING, hex(blocked)


def test_MercureDispatchers_caps_the_threads(mpm):
    with Server(mpm, children=1, threads=4, sites=[Site(directives=HUB)], directives="MercureDispatchers 1\n") as server:
        child = server.await_children(1)[0]
        # The thread that starts the others has ended then.
        before = server.configuration.threads_of_child
        await_until(lambda: len(processes.threads(child)) == before)
        streams = [Hub(server).open("a") for _ in range(600)]
        server.await_status(Streams=600)
        assert len(processes.threads(child)) == before + 1
        for stream in streams:
            stream.close()
        server.await_status(Streams=0)


def test_an_idle_stream_costs_no_cpu(server):
    hub = Hub(server)
    streams = [hub.open("a") for _ in range(20)]
    server.await_status(Streams=20)
    server.settle()
    before = [processes.cpu_seconds(pid) for pid in server.child_pids()]
    time.sleep(1)  # the measure itself: a busy loop would take all of it
    after = [processes.cpu_seconds(pid) for pid in server.child_pids()]
    assert sum(after) - sum(before) < 0.3
    for stream in streams:
        stream.close()


def test_the_soft_limit_of_descriptors_is_raised_and_the_hard_one_kept(mpm):
    with Server(mpm, descriptors=(256, 4096)) as server:
        for pid in server.child_pids():
            await_until(lambda pid=pid: processes.limits(pid, "Max open files") == (4096, 4096))
        assert "4096" in server.log.await_line(r"\[mercure:notice\].*open files")


def test_when_descriptors_run_low_streams_are_refused_and_the_site_lives(mpm):
    limit = 256
    with Server(mpm, children=1, threads=4, descriptors=(limit, limit)) as server:
        hub = Hub(server)
        children = server.await_children(1)
        streams, refused = [], None
        while refused is None and len(streams) < 2 * limit:
            connection = hub.connect()
            connection.send(hub.head("GET", "?topic=a", [("Authorization", "Bearer " + tokens.subscriber())]))
            head = connection.read_head()
            if head.status == 200:
                streams.append(connection)
            else:
                refused = head
        assert refused.status == 503 and refused.field("Retry-After")
        assert len(streams) > 50
        assert hub.request("GET", "/").text == "plain page\n"
        assert server.status()[hub.site]["RefusedLimit"] == 1
        server.log.await_line(r"\[mercure:info\].*descriptors")
        for connection in streams:
            connection.close()
        server.await_status(Streams=0)
        hub.open("a").close()
        assert server.child_pids() == children, "no child had to quit"


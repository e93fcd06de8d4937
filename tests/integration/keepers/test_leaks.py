"""Opening and closing leaves nothing behind: descriptors, TLS objects, slots, memory."""
import pytest

from harness import processes
from harness.environment import SANITIZE
from harness.hub import Hub

OPENINGS = 2000 if SANITIZE else 10_000
AT_ONCE = 100


def churn(server, tls, count):
    hub = Hub(server, tls=tls)
    for _ in range(count // AT_ONCE):
        for stream in [hub.open("a") for _ in range(AT_ONCE)]:
            stream.close()
    server.await_status(Streams=0, TLSStreams=0)


def held(server):
    server.settle()
    return [(len(processes.descriptors(pid)), processes.private_memory(pid)) for pid in server.child_pids()]


@pytest.mark.parametrize("mpm", ["event"])
def test_ten_thousand_streams_leave_nothing(start, tls):
    with start(children=1, threads=4) as server:
        churn(server, tls, 2000)  # what httpd and the allocator keep for the next ones
        before = held(server)
        churn(server, tls, OPENINGS)
        after = held(server)
        assert len(before) == len(after) == 1
        assert after[0][0] == before[0][0]
        if not SANITIZE:
            assert after[0][1] < before[0][1] + (1 << 20)
        status = server.status()["hub.example.test"]
        assert status["StreamsOpened"] == status["StreamsClosed"] == OPENINGS + 2000

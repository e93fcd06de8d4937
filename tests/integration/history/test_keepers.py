"""A child closes its history before it forks a keeper: LMDB cannot be carried across."""
from harness import processes
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server


def holds_history(pid) -> bool:
    opened = any(target.endswith(".mdb") for target in processes.descriptors(pid).values())
    return opened or ".mdb" in processes.maps(pid)


def test_a_keeper_inherits_no_open_history(mpm):
    lasting = Site(directives=HUB + "MercureMaxStreamDuration 0\n")
    with Server(mpm, sites=[lasting], children=1) as server:
        hub = Hub(server)
        with hub.open("a") as stream:
            assert hub.publish("a") == stream.next_event().id
            child, = server.child_pids()
            assert holds_history(child), "it has published"
            server.graceful()
            keeper = server.await_owner(stream.connection, lambda pid: pid in server.keeper_pids())
            assert not holds_history(keeper)
            for _ in range(3):
                assert hub.publish("a") == stream.next_event().id

"""Free loopback ports below the range that outgoing connections use, so that no client takes one meanwhile."""
import itertools
import os
import random
import socket

HOST = "127.0.0.1"


def _share_of_this_worker():
    """Ports that no other worker of the run gives out; none comes twice soon, for a server may be stopped for a while."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = list(range(12000 + number, 32000, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))))
    random.shuffle(ports)
    return itertools.cycle(ports)


_PORTS = _share_of_this_worker()


def free_port() -> int:
    for port in itertools.islice(_PORTS, 1000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free loopback port")

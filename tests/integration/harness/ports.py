"""Free loopback ports below the range that outgoing connections use, so that no client takes one meanwhile."""
import random
import socket

HOST = "127.0.0.1"


def free_port() -> int:
    for _ in range(1000):
        port = random.randrange(12000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free loopback port")

"""Servers that tests leave running for the next ones."""
import contextlib


@contextlib.contextmanager
def kept_servers():
    """A dictionary of servers by MPM. Whoever needs one that is not there starts it and adds it."""
    servers = {}
    yield servers
    for server in servers.values():
        server.stop()
        server.check()

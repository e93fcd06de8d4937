"""A server whose streams are in keepers' hands."""
import pytest

from harness.configuration import FEW_CHILDREN, HUB, Site
from harness.hub import Hub
from harness.server import Server

LASTING = HUB + "MercureMaxStreamDuration 0\n"


@pytest.fixture(scope="session")
def lasting():
    """Directives of a hub whose streams end only when something ends them."""
    return LASTING


@pytest.fixture
def start(mpm):
    """Runs a server of this MPM, with one lasting hub unless sites are given."""
    def make(sites=(Site(directives=LASTING),), **settings):
        return Server(mpm, sites=sites, **{**FEW_CHILDREN[mpm], **settings})
    return make


@pytest.fixture
def open_kept():
    """Opens streams, half of them in clear and half under TLS, and has a reload leave them to keepers."""
    def opened(server, count=12, topic="a", site="hub.example.test"):
        hubs = [Hub(server, site), Hub(server, site, tls=True)]
        streams = [hubs[number % 2].open(topic) for number in range(count)]
        children = set(server.child_pids())
        server.graceful()
        for stream in streams:
            owner = server.await_owner(stream.connection, lambda pid: pid not in children)
            assert owner in server.keeper_pids()
            stream.keeper = owner
        return streams
    return opened

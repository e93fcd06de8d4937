"""MercureMaxSubscribers: over the limit a subscription is refused, over all processes."""
import pytest

from harness import tokens
from harness.configuration import HUB, SEVERAL_CHILDREN, Site
from harness.hub import Hub
from harness.server import Server



@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(directives=HUB + "MercureMaxSubscribers 10\n"), Site("free.example.test", HUB)]
    with Server(mpm, sites=sites, **SEVERAL_CHILDREN[mpm]) as server:
        yield server


def test_P1_SUB_35_ERR_07_MercureMaxSubscribers(server, tls):
    hub, free = Hub(server, tls=tls), Hub(server, "free.example.test", tls=tls)
    streams = [hub.open("a") for _ in range(10)]
    server.await_status(Streams=10)
    before, mark = server.status()[hub.site]["RefusedLimit"], server.log.mark()
    refused = hub.get("a", tokens.subscriber("*"))
    assert (refused.status, refused.body) == (503, b"Service Unavailable\n")
    assert int(refused.field("Retry-After")) > 0 and refused.field("WWW-Authenticate") is None
    assert refused.field("X-Content-Type-Options") == "nosniff"
    assert server.status()[hub.site]["RefusedLimit"] == before + 1
    server.log.await_line(r"503: .*MercureMaxSubscribers", mark)
    free.open("a").close()
    published = hub.publish("a")
    assert {stream.next_event().id for stream in streams} == {published}
    streams.pop().close()
    server.await_status(Streams=9)
    hub.open("a").close()
    for stream in streams:
        stream.close()
    server.await_status(Streams=0)

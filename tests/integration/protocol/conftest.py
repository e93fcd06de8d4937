"""One server for each MPM carries every hub that the protocol's tests need, over both of its ports."""
import pytest

from harness.configuration import HUB, KEYS, Site
from harness.hub import Hub, Witness
from harness.kept_servers import kept_servers
from harness.server import Server
from harness.tokens import SECRET

ORIGINS = "MercureCORSOrigins https://app.example https://*.wild.example\nMercurePublishOrigins https://app.example\n"
ONLY_OLD = "MercureProtocol 0.x\n"

SITES = [
    Site("hub.example.test", HUB + ORIGINS),
    Site("old.example.test", HUB + ORIGINS + ONLY_OLD),
    Site("anonymous.example.test", HUB + ONLY_OLD + "MercureAnonymous On"),
    Site("keyless.example.test", "Mercure On\nMercureAnonymous On"),
    Site("publisher.example.test", f"Mercure On\n{ONLY_OLD}MercurePublisherJWT {SECRET}"),
    Site("subscriber.example.test", f"Mercure On\n{ONLY_OLD}MercureSubscriberJWT {SECRET}"),
    Site("everywhere.example.test", HUB + "MercureProtocol 0.x\nMercureCORSOrigins *\nMercurePublishOrigins *"),
    Site("encrypted.example.test", HUB + "MercureRequireTLS On"),
    Site("renamed.example.test", HUB + "MercurePath /hub\nMercureCookieName ticket"),
    Site("small.example.test", HUB + "MercureMaxUpdateSize 1K\nMercureMaxTopics 3\nMercureMaxSelectors 2"),
    Site("hurried.example.test", HUB + "Timeout 1"),
    Site("off.example.test", "Mercure Off\n" + KEYS),
]


@pytest.fixture(scope="package")
def protocol_servers():
    with kept_servers() as servers:
        yield servers


@pytest.fixture
def server(mpm, protocol_servers):
    if mpm not in protocol_servers:
        # Room for the longest requests of the list: a thousand selectors, a thousand grants.
        fresh = Server(mpm, sites=SITES, directives="LimitRequestLine 65536\nLimitRequestFieldSize 65536\n")
        fresh.start()
        protocol_servers[mpm] = fresh
    return protocol_servers[mpm]


@pytest.fixture
def site(server, tls):
    """Any of the hubs, by the first word of its host."""
    return lambda name, **options: Hub(server, f"{name}.example.test", tls=tls, **options)


@pytest.fixture
def hub(site):
    return site("hub")


@pytest.fixture
def old(site):
    """A hub of 0.x alone, for what one that serves both generations answers otherwise."""
    return site("old")


@pytest.fixture
def witness(hub):
    with Witness(hub) as witness:
        yield witness


@pytest.fixture
def old_witness(old):
    with Witness(old) as witness:
        yield witness

"""A reload that drops a key ends the streams that it let in, and no others."""
import pytest

from harness import tokens
from harness.configuration import FEW_CHILDREN, Site
from harness.hub import Hub
from harness.issuer import both, document, section
from harness.server import Server
from harness.sse import check_cuts
from harness.verdicts import Client

OTHER = "https://other.example.test"
STAYING, LEAVING = (f"a secret of an issuer that is {word} for now and ever" for word in ("staying", "leaving"))
LASTING = "Mercure On\nMercureMaxStreamDuration 0\n"


def jwks(*names):
    return document(*(tokens.public_jwk("ES256", name, kid=name) for name in names))


OLD = "\n".join(both(f"JWT {tokens.SECRET}")) + "\n"
SET = section(*both("JWKS file:{directory}/keys.json"), name=OTHER)
BEFORE = LASTING + OLD + section(*both(f'JWT "{LEAVING}" HS256'), *both(f'JWT "{STAYING}" HS256')) + SET
AFTER = LASTING + OLD + section(*both(f'JWT "{STAYING}" HS256')) + SET
WITHOUT_ISSUER = LASTING + OLD + SET


def site(directives):
    return [Site(directives=directives)]


@pytest.fixture
def server(mpm):
    server = Server(mpm, sites=site(BEFORE), **FEW_CHILDREN[mpm])
    server.write("keys.json", jwks("staying", "leaving"))
    with server:
        yield server


def open_streams(server):
    """Two of each key, in clear and under TLS: those that are to leave, and those that are to stay."""
    leaving, staying = [], []
    for tls in (False, True):
        client = Client(Hub(server, tls=tls))

        def opened(**options):
            return client.hub.open("a", client.token(**options))

        leaving += [opened(secret=LEAVING), opened(algorithm="ES256", key_name="leaving", kid="leaving", iss=OTHER)]
        staying += [opened(secret=STAYING), opened(algorithm="ES256", key_name="staying", kid="staying", iss=OTHER),
                    client.hub.open("a")]
    return leaving, staying


def check_delivery(server, streams):
    published = Hub(server).publish("a")
    for stream in streams:
        stream.read_until(lambda: any(event.id == published for event in stream.events))


def drop_keys(server, directives):
    server.write("keys.json", jwks("staying"))
    server.reconfigure(sites=site(directives))
    server.graceful()


def test_P1_TOK_05_streams_of_dropped_keys_end_those_of_others_stay(server):
    """Streams that a keeper has by now, and streams of the children that run."""
    kept_leaving, kept_staying = open_streams(server)
    server.graceful()
    leaving, staying = open_streams(server)
    check_delivery(server, [*kept_leaving, *kept_staying, *leaving, *staying])
    drop_keys(server, AFTER)
    check_cuts([*kept_leaving, *leaving])
    check_delivery(server, [*kept_staying, *staying])
    assert len(server.log.matching("its key, its issuer or anonymous subscribers are no longer let in")) == len([*kept_leaving, *leaving])
    for stream in [*kept_staying, *staying]:
        assert not stream.ended
        stream.close()


def test_P1_TOK_05_streams_of_a_dropped_issuer_end(server):
    leaving, staying = open_streams(server)
    of_issuer = [stream for number, stream in enumerate(staying) if number % 3 == 0]
    others = [stream for stream in staying if stream not in of_issuer]
    drop_keys(server, WITHOUT_ISSUER)
    check_cuts([*leaving, *of_issuer])
    check_delivery(server, others)
    client = Client(Hub(server))
    client.check_refused(client.publish(client.token(secret=STAYING)), told="names no issuer that is configured")
    for stream in others:
        stream.close()

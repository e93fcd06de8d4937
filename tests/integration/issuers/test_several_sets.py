"""Hubs with more than one key set, or more than one issuer: what one of them does is no other's loss."""
import time

import pytest

from harness import tokens
from harness.configuration import FEW_CHILDREN, Site
from harness.environment import PATIENCE
from harness.issuer import Issuer, both, section
from harness.server import Server
from harness.sse import check_cuts
from harness.verdicts import client_of

FIRST, SECOND = "https://first.example.test", "https://second.example.test"
LASTING = "Mercure On\nMercureJWKSPrivateAddresses On\nMercureMaxStreamDuration 0\n"
ALLOWED = ["MERCURE0025"]   # a reload may find an issuer down


def key(name):
    return tokens.public_jwk("ES256", name, kid=name)


def token_of(client, name, issuer=FIRST):
    return client.token(algorithm="ES256", key_name=name, kid=name, iss=issuer)


def site_of(*sections):
    return [Site(directives=LASTING + "".join(sections), tls=False)]


@pytest.fixture(scope="module", params=["event", "prefork"])
def mpm(request):
    """Children with threads, and children without."""
    return request.param


@pytest.fixture
def issuer():
    with Issuer() as issuer:
        for name in ("one", "two", "three"):
            issuer[name].hold(key(name))
        yield issuer


@pytest.fixture
def serve(mpm):
    """A client of a hub with these sections."""
    servers = []

    def start(*sections):
        servers.append(Server(mpm, sites=site_of(*sections), allow=ALLOWED, **FEW_CHILDREN[mpm]))
        servers[-1].start()
        return client_of(servers[-1], "hub")

    yield start
    for server in servers:
        server.stop()
        server.check(server.allow)


def reload(client, *sections):
    server = client.hub.server
    server.reconfigure(sites=site_of(*sections))
    server.graceful()


def test_P1_TOK_04_an_unknown_kid_waits_no_longer_for_several_sets(serve, issuer):
    client = serve(section(*(line for name in ("one", "two", "three") for line in both("JWKS " + issuer.url(name))), name=FIRST))
    assert client.publish(token_of(client, "one")).status == 200
    for name in ("one", "two", "three"):
        issuer[name].hangs = True
    begin = time.monotonic()
    client.check_refused(client.publish(token_of(client, "unknown")))
    assert 1.5 < time.monotonic() - begin < 5 * PATIENCE, "as long as for one of them"


def test_P1_TOK_04_a_set_that_hangs_keeps_no_key_of_another_back(serve, issuer):
    client = serve(section(*both("JWKS " + issuer.url("one")), *both("JWKS " + issuer.url("two")), name=FIRST))
    assert client.publish(token_of(client, "one")).status == 200
    issuer["one"].hangs = True
    issuer["two"].hold(key("new"))
    assert client.publish(token_of(client, "new")).status == 200


def test_P1_TOK_05_the_keys_of_a_set_are_its_issuers_own(serve, issuer):
    client = serve(section(*both("JWKS " + issuer.url("one")), name=FIRST), section(*both("JWKS " + issuer.url("two")), name=SECOND))
    for name, own, other in (("one", FIRST, SECOND), ("two", SECOND, FIRST)):
        assert client.publish(token_of(client, name, own)).status == 200
        client.check_refused(client.publish(token_of(client, name, other)))


def test_P1_TOK_14_a_set_that_a_reload_adds_takes_no_other_away(serve, issuer):
    """Its issuer may be down just then."""
    first, second = (section(*both("JWKS " + issuer.url(name)), name=iss) for name, iss in (("one", FIRST), ("two", SECOND)))
    client = serve(first)
    assert client.publish(token_of(client, "one")).status == 200
    issuer["one"].fail(status=500)
    reload(client, first, second)
    assert client.publish(token_of(client, "one")).status == 200
    assert client.publish(token_of(client, "two", SECOND)).status == 200
    reload(client, first)
    assert client.publish(token_of(client, "one")).status == 200
    client.check_refused(client.publish(token_of(client, "two", SECOND)), told="no issuer that is configured")
    assert issuer["one"].requests == 1


def test_a_reload_has_a_fetch_that_failed_tried_again_at_once(serve, issuer):
    """What was in its way may have been mended."""
    issuer["one"].fail(status=500)
    only = section(*both("JWKS " + issuer.url("one")), name=FIRST)
    client = serve(only)
    client.check_refused(client.publish(token_of(client, "one")), told="no keys have come from")
    issuer["one"].hold(key("one"))
    client.check_refused(client.publish(token_of(client, "one")))
    assert issuer["one"].requests == 1
    reload(client, only)
    assert client.publish(token_of(client, "one")).status == 200


# Who may no longer hold a stream.

SECRET = "a secret that two issuers share, longer than a block of it"
OTHER_SECRET = "a secret that nobody but one issuer has, longer than a block of it"
SHARED_SET = {"algorithm": "ES256", "key_name": "one", "kid": "one"}
SHARED = {
    "a secret": lambda issuer: both(f'JWT "{SECRET}" HS256'),
    "a set": lambda issuer: both("JWKS " + issuer.url("one")),
}


@pytest.fixture(params=SHARED)
def shared(request, issuer):
    """The lines of a key that several have, and how a token is signed with it."""
    publisher, subscriber = SHARED[request.param](issuer)
    options = {"secret": SECRET} if request.param == "a secret" else SHARED_SET
    return publisher, subscriber, options


def check_withdrawn(client, leaving, staying, options):
    check_cuts([leaving])
    with staying:
        published = client.hub.publish("a", token=client.token(iss=FIRST, **options))
        assert staying.next_event().id == published


def test_streams_of_an_issuer_that_a_reload_drops_end_though_another_has_its_key(serve, shared):
    publisher, subscriber, options = shared
    client = serve(*(section(publisher, subscriber, name=name) for name in (FIRST, SECOND)))
    staying, leaving = (client.hub.open("a", client.token(iss=name, **options)) for name in (FIRST, SECOND))
    reload(client, section(publisher, subscriber, name=FIRST))
    check_withdrawn(client, leaving, staying, options)


def test_streams_of_an_issuer_that_may_only_publish_from_now_on_end(serve, shared):
    publisher, subscriber, options = shared
    client = serve(*(section(publisher, subscriber, name=name) for name in (FIRST, SECOND)))
    staying, leaving = (client.hub.open("a", client.token(iss=name, **options)) for name in (FIRST, SECOND))
    reload(client, section(publisher, subscriber, name=FIRST), section(publisher, name=SECOND))
    check_withdrawn(client, leaving, staying, options)


def test_streams_of_a_set_that_only_publishers_may_use_from_now_on_end(serve, issuer):
    """Their issuer has another key for subscribers, and its publishers have the set."""
    publisher, subscriber = both("JWKS " + issuer.url("one"))
    secret = f'MercureSubscriberJWT "{SECRET}" HS256'
    client = serve(section(publisher, subscriber, secret, name=FIRST))
    leaving = client.hub.open("a", token_of(client, "one"))
    staying = client.hub.open("a", client.token(iss=FIRST, secret=SECRET))
    reload(client, section(publisher, secret, name=FIRST))
    check_withdrawn(client, leaving, staying, SHARED_SET)


def test_streams_of_a_key_that_only_another_issuer_has_from_now_on_end(serve, shared):
    publisher, subscriber, options = shared
    other = both(f'JWT "{OTHER_SECRET}" HS256')
    client = serve(*(section(publisher, subscriber, *other, name=name) for name in (FIRST, SECOND)))
    staying, leaving = (client.hub.open("a", client.token(iss=name, **options)) for name in (FIRST, SECOND))
    others = client.hub.open("a", client.token(iss=SECOND, secret=OTHER_SECRET))
    reload(client, section(publisher, subscriber, *other, name=FIRST), section(*other, name=SECOND))
    check_withdrawn(client, leaving, staying, options)
    with others:
        assert others.next_event()

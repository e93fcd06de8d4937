"""JWK Sets that a hub fetches: from an issuer's web server, which the test is."""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import tokens
from harness.configuration import FEW_CHILDREN, Site
from harness.environment import PATIENCE
from harness.issuer import Issuer, both, document, section
from harness.server import Server
from harness.sse import check_cuts
from harness.verdicts import client_of
from harness.waiting import await_until

NAMES = ["first", "shared", "unknown", "rotated", "dropped", "kept", "missing", "moved", "large", "text", "keyless", "broken",
         "never", "unsuitable"]

# As long as a request may wait for a key set, with room for a slow machine.
LONGEST_WAIT = 10 * PATIENCE


def key(name, **members):
    return tokens.public_jwk("ES256", name, kid=name, **members)


def site_of(name, url, directives="MercureJWKSPrivateAddresses On\nMercureMaxStreamDuration 0\n"):
    return Site(f"{name}.example.test", f"Mercure On\n{directives}"
                + section(*both(f"JWKS {url}")), tls=False)


def token_of(client, name, **options):
    return client.token(algorithm="ES256", key_name=name, **{"kid": name, **options})


@pytest.fixture(scope="module", params=["event", "prefork"])
def mpm(request):
    """Children with threads, and children without."""
    return request.param


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(mpm, issuer):
    for name in NAMES:
        issuer[name].hold(key("a"))
        issuer[name].requests = 0
    sites = [*(site_of(name, issuer.url(name)) for name in NAMES), site_of("refused", issuer.url("refused"), ""),
             Site("old.example.test", "Mercure On\nMercureJWKSPrivateAddresses On\n"
                  f"MercurePublisherJWKS {issuer.url('old')}\nMercureSubscriberJWKS {issuer.url('old')}\n", tls=False)]
    clear = r"refused.json (comes over clear text|is at a private address)"
    with Server(mpm, sites=sites, allow=[clear], **FEW_CHILDREN[mpm]) as server:
        yield server


@pytest.fixture
def hub_of(server):
    """A hub, by the name of its key set."""
    return lambda name: client_of(server, name)


def publish_on_many_connections(client, token, count=12):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: client.hub.post("topic=a", token).status, range(count)))


# The first fetch.

def test_P1_TOK_14_the_first_token_waits_for_its_key(hub_of, issuer):
    client = hub_of("first")
    issuer["first"].delay = 0.5
    assert issuer["first"].requests == 0, "nobody has asked for anything"
    assert client.subscribe(token_of(client, "a")).status == 200
    assert client.publish(token_of(client, "a")).status == 200
    assert issuer["first"].requests == 1


def test_P1_TOK_14_one_fetch_for_all_children_and_requests(hub_of, issuer):
    client = hub_of("shared")
    issuer["shared"].delay = 0.3
    assert set(publish_on_many_connections(client, token_of(client, "a"))) == {200}
    assert set(publish_on_many_connections(client, token_of(client, "a", kid=None))) == {200}
    assert issuer["shared"].requests == 1


def test_P1_SEC_01_a_set_at_a_private_address_is_refused_in_words(server, hub_of, issuer, expect_log):
    expect_log.allow("MERCURE0025")
    issuer["refused"].hold(key("a"))
    client, mark = hub_of("refused"), server.log.mark()
    client.check_refused(client.publish(token_of(client, "a")), told="no key has the name that its kid gives|no key is configured")
    line = server.log.await_line("MERCURE0025", mark)
    assert issuer.url("refused") in line and "private address" in line and "MercureJWKSPrivateAddresses On" in line
    client.check_refused(client.subscribe(token_of(client, "a")))
    assert len(server.log.matching("MERCURE0025", mark)) == 1, "once"
    assert issuer["refused"].requests == 0


def test_P0_TOK_04_tokens_of_0x_too(hub_of, issuer):
    client = hub_of("old")
    issuer["old"].hold(key("a"), key("b"))
    claims = {"mercure": {"publish": ["*"], "subscribe": ["*"]}}

    def publish(header, name):
        return client.publish(tokens.sign(claims, "ES256", header={"alg": "ES256", **header}, key_name=name))

    assert [publish({"kid": "a"}, "a").status, publish({}, "b").status] == [200, 200]
    refused = publish({"kid": "a"}, "b")
    assert (refused.status, refused.challenge) == (401, "Bearer")


# Keys that come and go.

def test_P1_TOK_04_an_unknown_kid_has_the_set_fetched_once_a_minute(server, hub_of, issuer):
    client = hub_of("unknown")
    assert client.publish(token_of(client, "a")).status == 200
    client.check_refused(client.publish(token_of(client, "x")), told='no key has the name that its kid gives: "x"')
    assert issuer["unknown"].requests == 2
    begin = time.monotonic()
    for name in ("x", "y", "z"):
        client.check_refused(client.publish(token_of(client, name)), told=f'its kid gives: "{name}"')
    assert set(publish_on_many_connections(client, token_of(client, "x"))) == {401}
    assert time.monotonic() - begin < LONGEST_WAIT / 2, "nobody waits for what is not due"
    assert issuer["unknown"].requests == 2
    assert client.publish(token_of(client, "a")).status == 200


def test_P1_TOK_04_a_new_key_is_known_at_once(server, hub_of, issuer):
    """Its first token waits for the set and is served, wherever it comes first."""
    client, mark = hub_of("rotated"), server.log.mark()
    assert client.publish(token_of(client, "a")).status == 200
    issuer["rotated"].delay = 0.3
    issuer["rotated"].hold(key("a"), key("b"))
    assert set(publish_on_many_connections(client, token_of(client, "b"))) == {200}
    assert client.publish(token_of(client, "a")).status == 200
    assert issuer["rotated"].requests == 2
    server.log.await_line(r"MERCURE0027.*rotated.*have changed", mark)


def test_streams_of_a_fetched_key_end_when_the_set_drops_it(server, hub_of, issuer):
    client = hub_of("dropped")
    issuer["dropped"].hold(key("a"), key("b"))
    known = token_of(client, "a")
    for _ in range(8):   # so that all children know it
        assert client.publish(known).status == 200
    leaving, staying = (client.hub.open("a", token_of(client, name)) for name in "ab")
    assert client.hub.publish("a", token=token_of(client, "b")) == staying.next_event().id == leaving.next_event().id
    issuer["dropped"].hold(key("b"), key("c"))
    assert client.publish(token_of(client, "c")).status == 200
    for _ in range(8):
        client.check_refused(client.publish(known), told='its kid gives: "a"')
    check_cuts([leaving])
    with staying:
        assert client.hub.publish("a", token=token_of(client, "b")) == staying.next_event().id


def test_streams_of_a_fetched_key_go_on_over_a_reload(server, hub_of, issuer):
    """A keeper's among them, and those of a child that has not fetched anything itself."""
    client = hub_of("kept")
    with client.hub.open("a", token_of(client, "a")) as before:
        server.graceful()
        with client.hub.open("a", token_of(client, "a")) as after:
            for _ in range(3):
                published = client.hub.publish("a", token=token_of(client, "a"))
                assert before.next_event().id == after.next_event().id == published
                time.sleep(0.5)   # longer than a dispatcher takes to notice whose key has gone
    assert issuer["kept"].requests == 1


# Issuers in trouble.

TROUBLES = {
    "missing": (dict(status=404), "the answer's status is 404"),
    "moved": (dict(status=302, Location="/first.json"), "redirects are not followed"),
    "large": (dict(body=b'{"keys":[' + b" " * 70_000 + b"]}"), "the answer is too large; expected 65536 bytes at most"),
    "text": (dict(body=b"<html>Log in</html>"), "the JWK Set .*JSON"),
    "keyless": (dict(body=b'{"key":[]}'), "no keys that is an array"),
    "broken": (dict(status=500, body=document(key("a")).encode()), "the answer's status is 500"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_set_that_breaks_leaves_the_keys_as_they_were(server, hub_of, issuer, expect_log, name):
    expect_log.allow("MERCURE0025")
    answer, told = TROUBLES[name]
    client, mark = hub_of(name), server.log.mark()
    assert client.publish(token_of(client, "a")).status == 200
    issuer[name].fail(**answer)
    client.check_refused(client.publish(token_of(client, "x")), told='its kid gives: "x"')
    line = server.log.await_line(rf"MERCURE0025.*{issuer.url(name)}.*{told}", mark)
    assert "any that it gave before stay" in line
    assert set(publish_on_many_connections(client, token_of(client, "a"))) == {200}
    client.check_refused(client.publish(token_of(client, "x")))
    assert len(server.log.matching("MERCURE0025", mark)) == 1, "once"
    assert issuer[name].requests == 2, "and not again within a minute"


def test_a_set_that_never_was_good(server, hub_of, issuer, expect_log):
    expect_log.allow("MERCURE0025")
    issuer["never"].fail(body=b"[]")
    client, mark = hub_of("never"), server.log.mark()
    client.check_refused(client.publish(token_of(client, "a")), told="no key")
    server.log.await_line(r"MERCURE0025.*the JWK Set is not a JSON object", mark)
    assert set(publish_on_many_connections(client, token_of(client, "a"))) == {401}
    assert (issuer["never"].requests, len(server.log.matching("MERCURE0025", mark))) == (1, 1)


def test_P1_TOK_03_keys_that_are_of_no_use_are_told(server, hub_of, issuer):
    secret = tokens.encode(tokens.SECRET.encode())
    issuer["unsuitable"].hold({"kty": "oct", "k": secret, "kid": "s", "alg": "HS256"}, key("a"), {"kty": "RSA", "kid": "r"})
    client, mark = hub_of("unsuitable"), server.log.mark()
    client.check_refused(client.publish(client.token(kid="s")), told="no key|signed with HS256")
    assert client.publish(token_of(client, "a")).status == 200
    line = server.log.await_line(r"MERCURE0027.*unsuitable", mark)
    assert 'key 1 "s" is not used' in line and 'key 3 "r" is not used' in line
    assert secret not in server.log.text()


def test_an_issuer_that_is_down_is_not_missed(mpm):
    """Not for tokens of known keys, nor over a reload."""
    with Issuer() as issuer:
        issuer["keys"].hold(key("a"))
        with Server(mpm, sites=[site_of("hub", issuer.url())], allow=["MERCURE0025"], **FEW_CHILDREN[mpm]) as server:
            client = client_of(server, "hub")
            assert client.publish(token_of(client, "a")).status == 200
            issuer.stop()
            client.check_refused(client.publish(token_of(client, "x")))
            server.log.await_line("MERCURE0025.*can't be connected to")
            for _ in range(2):
                assert set(publish_on_many_connections(client, token_of(client, "a"))) == {200}
                server.graceful()
            assert client.publish(token_of(client, "a")).status == 200
            assert len(server.log.matching("MERCURE0025")) == 1


@pytest.fixture
def hanging(mpm):
    """A hub whose issuer has given a set and from then on answers nothing."""
    with Issuer() as issuer:
        issuer["keys"].hold(key("a"))
        directives = f"MercureSubscriberJWT {tokens.SECRET}\nMercureJWKSPrivateAddresses On\n"
        server = Server(mpm, sites=[site_of("hub", issuer.url(), directives)], **FEW_CHILDREN[mpm])
        server.start()
        client = client_of(server, "hub")
        assert client.publish(token_of(client, "a")).status == 200
        issuer["keys"].hangs = True
        yield client, issuer, server
        server.stop()
        server.check(server.allow)


def test_an_issuer_that_hangs_keeps_nobody_for_long(hanging):
    client, issuer, server = hanging
    begin = time.monotonic()
    client.check_refused(client.publish(token_of(client, "x")))
    assert 1.5 < time.monotonic() - begin < LONGEST_WAIT, "as long as the hub waits, and no longer"
    begin = time.monotonic()
    assert set(publish_on_many_connections(client, token_of(client, "a"), 8)) == {200}
    assert time.monotonic() - begin < LONGEST_WAIT / 2, "known keys wait for nobody"
    assert issuer["keys"].requests == 2


def begin_fetch(client, issuer):
    """A request that waits for the set."""
    waiting = threading.Thread(target=lambda: client.hub.post("topic=a", token_of(client, "x")), daemon=True)
    waiting.start()
    issuer.await_requests("keys", 2)
    return waiting


@pytest.mark.parametrize("way", ["stop", "restart"])
def test_a_fetch_holds_up_no_end(hanging, way):
    client, issuer, server = hanging
    begin_fetch(client, issuer).join()
    begin = time.monotonic()
    getattr(server, way)()
    assert time.monotonic() - begin < LONGEST_WAIT / 2
    if way == "stop":
        server.start()


def test_a_fetch_holds_up_no_child_of_a_graceful_restart(hanging):
    client, issuer, server = hanging
    with client.hub.open("a") as stream:
        children = set(server.child_pids())
        begin_fetch(client, issuer).join()
        begin = time.monotonic()
        server.graceful()
        await_until(lambda: not children & set(server.child_pids()), what="the old children have gone")
        assert time.monotonic() - begin < LONGEST_WAIT / 2
        assert client.hub.publish("a", token=token_of(client, "a")) == stream.next_event().id

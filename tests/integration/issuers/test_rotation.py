"""Keys change hands under constant publishing, by tokens of both generations, and nobody is refused."""
import pytest

from harness import tokens
from harness.configuration import FEW_CHILDREN, Site
from harness.hub import Hub
from harness.issuer import document, section
from harness.numbered import NumberedPublisher
from harness.server import Server
from harness.verdicts import Client
from harness.waiting import await_until

OLD_SECRET, NEW_SECRET = (f"the {word} secret of everybody who publishes, longer than a block of it" for word in ("old", "new"))
SET = "https://set.example.test"


def hub_with(*secrets):
    """The same keys for tokens of 0.x and of an issuer, and a set that is written beside."""
    keys = [f'MercurePublisherJWT "{secret}" HS256' for secret in secrets]
    return [Site(directives="\n".join([
        "Mercure On", *keys, section(*keys), section("MercurePublisherJWKS file:keys.json", name=SET)]), tls=False)]


def set_of(*names):
    return document(*(tokens.public_jwk("ES256", name, kid=name) for name in names))


@pytest.fixture
def server(mpm):
    server = Server(mpm, sites=hub_with(OLD_SECRET), **FEW_CHILDREN[mpm])
    server.write("keys.json", set_of("old"))
    with server:
        yield server


def publishers_of(server, secret, name):
    """One for each generation, and one for the key set."""
    client = Client(Hub(server))
    all_tokens = [tokens.sign({"mercure": {"publish": ["*"]}}, secret=secret), client.token(secret=secret),
                  client.token(algorithm="ES256", key_name=name, kid=name, iss=SET)]
    publishers = [NumberedPublisher(number, server.ports.clear, token, 0.02) for number, token in enumerate(all_tokens)]
    for publisher in publishers:
        publisher.start()
    return publishers


def reload(server, secrets, names):
    """Returns when nobody works by the former keys any more."""
    before = set(server.child_pids())
    server.write("keys.json", set_of(*names))
    server.reconfigure(sites=hub_with(*secrets))
    server.graceful()
    await_until(lambda: not before & set(server.child_pids()), what="the former children have gone")


def await_progress(publishers):
    """A few more updates of each."""
    counts = [publisher.last for publisher in publishers]
    await_until(lambda: all(publisher.last >= count + 5 for publisher, count in zip(publishers, counts)),
                what="every publisher goes on")


def test_P1_TOK_05_P0_TOK_02_keys_are_rotated_without_a_401(server):
    old = publishers_of(server, OLD_SECRET, "old")
    await_progress(old)
    reload(server, [OLD_SECRET, NEW_SECRET], ["old", "new"])
    new = publishers_of(server, NEW_SECRET, "new")
    for secrets, names in (([NEW_SECRET, OLD_SECRET], ["new", "old"]), ([OLD_SECRET, NEW_SECRET], ["old", "new"])):
        reload(server, secrets, names)
        await_progress([*old, *new])
    for publisher in old:
        publisher.stop()
    reload(server, [NEW_SECRET], ["new"])
    await_progress(new)
    for publisher in new:
        publisher.stop()
    for publisher in [*old, *new]:
        assert publisher.accepted > 10 and not publisher.failures, publisher.failures
    client = Client(Hub(server))
    client.check_refused(client.publish(client.token(secret=OLD_SECRET)), told="signature is not from the configured HS256 key")

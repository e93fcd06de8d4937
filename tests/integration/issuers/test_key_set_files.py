"""JWK Sets from files, in every form that names one; read at the start and at each reload."""
import pytest

from harness import tokens
from harness.configuration import Site
from harness.hub import Hub
from harness.issuer import both, document, section
from harness.server import Server
from harness.verdicts import Client
from harness.waiting import await_until

FORMS = {"plain": "file:{directory}/keys.json", "empty-host": "file://{directory}/keys.json",
         "localhost": "file://localhost{directory}/keys.json", "relative": "file:keys.json"}
CLAIMS = {"mercure": {"publish": ["*"], "subscribe": ["*"]}}


def site_of(name, place):
    keys = both(f"JWKS {place}")
    return Site(f"{name}.example.test", "\n".join(["Mercure On", *keys, section(*keys)]), tls=False)


def keys(*names):
    return document(*(tokens.public_jwk("ES256", name, kid=name) for name in names))


@pytest.fixture(scope="module")
def server():
    server = Server(sites=[site_of(name, place) for name, place in FORMS.items()])
    server.write("keys.json", keys("a"))
    with server:
        yield server


def statuses(client, name):
    """A token of each generation, signed with this key."""
    old = tokens.sign(CLAIMS, "ES256", header={"alg": "ES256", "kid": name}, key_name=name)
    new = client.token(algorithm="ES256", key_name=name, kid=name)
    return client.publish(old).status, client.publish(new).status


@pytest.mark.parametrize("form", FORMS)
def test_P0_TOK_04_P1_TOK_14_each_form_of_a_files_url(server, form):
    client = Client(Hub(server, f"{form}.example.test"))
    assert statuses(client, "a") == (200, 200)
    assert statuses(client, "x") == (401, 401)


def test_P0_TOK_04_P1_TOK_14_a_file_is_read_at_a_reload_only(server):
    client = Client(Hub(server, "plain.example.test"))
    server.write("keys.json", keys("a", "b"))
    assert (statuses(client, "a"), statuses(client, "b")) == ((200, 200), (401, 401))
    server.graceful()
    await_until(lambda: statuses(client, "b") == (200, 200), what="the new key is known")
    assert statuses(client, "a") == (200, 200)


def test_P1_TOK_14_a_file_that_breaks_before_a_reload_takes_down_its_hubs_alone(server, expect_log):
    expect_log.allow(r"\[mercure:emerg\].*(MERCURE0011|MERCURE0012)")
    client, other = (Client(Hub(server, f"{form}.example.test")) for form in ("plain", "other"))
    sites = server.configuration.sites
    server.write("other.json", keys("a"))
    server.reconfigure(sites=[*sites, site_of("other", "file:other.json")])
    server.write("keys.json", "{")
    server.graceful()
    await_until(lambda: statuses(client, "a") == (503, 503), what="the hub is out of order")
    assert statuses(other, "a") == (200, 200)
    assert server.log.matching(r"\[mercure:emerg\].*keys\.json is no JWK Set")
    server.write("keys.json", keys("a"))
    server.graceful()
    await_until(lambda: statuses(client, "a") == (200, 200), what="the hub is back")


def test_P0_TOK_04_a_key_of_a_set_is_pinned_to_its_algorithm(server):
    client = Client(Hub(server, "plain.example.test"))
    pem = tokens.public_pem("ES256", "a")
    for token in (tokens.sign(CLAIMS, secret=pem, header={"alg": "HS256", "kid": "a"}),
                  tokens.sign(CLAIMS, secret=keys("a"), header={"alg": "ES256", "kid": "a"}),
                  tokens.sign(CLAIMS, "ES384", header={"alg": "ES384", "kid": "a"})):
        verdict = client.publish(token)
        assert (verdict.status, verdict.challenge, verdict.body) == (401, "Bearer", b"Unauthorized\n")
        assert '"a"' in verdict.told

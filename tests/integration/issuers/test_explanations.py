"""What an administrator reads of tokens that are refused for want of something in the configuration."""
import pytest

from harness import tokens
from harness.configuration import Site
from harness.issuer import Issuer, section
from harness.server import Server
from harness.verdicts import client_of

SECRET = "a secret of the issuer alone, longer than a block of it"
KEY = f'MercurePublisherJWT "{SECRET}" HS256\n'


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(issuer):
    fetched = "Mercure On\nMercureJWKSPrivateAddresses On\n" + section(f"MercurePublisherJWKS {issuer.url()}")
    sites = [Site("new.example.test", "Mercure On\n" + section(KEY), tls=False),
             Site("any.example.test", "Mercure On\n" + section(KEY) + f"MercurePublisherJWT {tokens.SECRET}\n", tls=False),
             Site("old.example.test", f"Mercure On\nMercurePublisherJWT {tokens.SECRET}\n", tls=False),
             Site("role.example.test", f"Mercure On\nMercureSubscriberJWT {tokens.SECRET}\n" + section(KEY), tls=False),
             Site("fetched.example.test", fetched, tls=False),
             Site("emptied.example.test", fetched.replace("keys", "emptied"), tls=False)]
    with Server(sites=sites, allow=["comes over clear text", "MERCURE0025", "MERCURE0028"]) as server:
        yield server


@pytest.mark.parametrize("site", ["new", "any"])
def test_ANY_01_P1_TOK_15_an_issuers_token_without_its_type_is_told_to_lack_it(server, site):
    client = client_of(server, site)
    for typ in (None, "JWT"):
        verdict = client.publish(client.token(secret=SECRET, header={"typ": typ}))
        assert (verdict.status, verdict.challenge) == (401, "Bearer")
        assert "judged as a token of 0.x, since its typ is not at+jwt" in verdict.told


def test_a_hub_without_issuers_says_nothing_of_them(server):
    client = client_of(server, "old")
    assert "at+jwt" not in client.publish(tokens.sign({"mercure": {"publish": ["*"]}}, secret="another " * 5)).told


def test_P1_TOK_08_15_the_audience_that_is_expected_is_told(server):
    client = client_of(server, "new")
    client.check_refused(client.publish(client.token(secret=SECRET, aud="https://x.example/hub")),
                         told=f'aud is not this hub but "https://x.example/hub", expected "{client.hub.url}"')


def test_P1_TOK_11_15_an_issuer_without_a_key_in_the_role_is_told(server):
    client = client_of(server, "role")
    client.check_refused(client.subscribe(client.token(secret=SECRET)), told="no key is configured for the token in this role")


def test_a_set_that_never_came_is_told(server, issuer):
    client = client_of(server, "fetched")
    for _ in range(2):
        client.check_refused(client.publish(client.token(algorithm="ES256", kid="a")),
                             told=rf"no keys have come from {issuer.url()} yet")


def test_a_set_that_has_no_usable_key_any_more_is_an_error(server, issuer):
    issuer["emptied"].hold({"kty": "oct", "k": "AAAA", "kid": "s"})
    client, mark = client_of(server, "emptied"), server.log.mark()
    client.check_refused(client.publish(client.token(algorithm="ES256", kid="a")))
    line = server.log.await_line("MERCURE0028", mark)
    assert "mercure:error" in line and issuer.url("emptied") in line and 'key 1 "s" is not used' in line

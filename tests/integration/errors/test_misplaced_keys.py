"""A key that is no key: what somebody has written in the wrong place, or without what makes it a file's path, must not
become a secret that everybody can guess."""
import re

import pytest

from harness import tokens
from harness.configuration import Site
from harness.issuer import document, section
from harness.server import Server

PEM = tokens.public_pem("RS256")
BARE = "".join(PEM.splitlines()[1:-1])

PLACES = ["/etc/apache2/mercure/publisher.key", "flie:/etc/apache2/mercure/publisher.key",
          "https://login.example.com/jwks.json", "http://x/"]
FILES = {
    "set.json": (document(tokens.public_jwk("ES256", kid="a")), "a JWK or a JWK Set"),
    "key.json": (document(tokens.public_jwk("ES256"))[10:-2] + "\n", "a JWK or a JWK Set"),
    "bare.key": (BARE + "\n", "a public key without its PEM lines"),
    "id_rsa.pub": ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 somebody@example.com\n", "a key of SSH"),
}
# Begin like something else, and are secrets all the same.
SECRETS = ["/9j4AAQSkZJRgABAQEAYABgAAD+2wBDAAgGBgcGBQgHBwc=", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
           "{not JSON, but a secret of some length}",
           "user:password of some length, and longer still", "file is the first word of this secret, which is long"]


@pytest.fixture(scope="module")
def server():
    server = Server()
    for name, (text, _) in FILES.items():
        server.write(name, text, mode=0o600)
    return server


def configtest(server, directives):
    server.reconfigure(sites=[Site(directives="Mercure On\n" + directives, tls=False)])
    return server.configtest()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("algorithm", ["", " HS256"])
def test_a_path_or_a_url_is_no_secret(server, place, algorithm):
    for directives in (f"MercurePublisherJWT {place}{algorithm}", section(f"MercureSubscriberJWT {place}{algorithm}")):
        code, messages = configtest(server, directives)
        assert code != 0 and re.search(r"reads like a path or a URL.*expected file: .*for example: \S", messages), messages


@pytest.mark.parametrize("name", FILES)
def test_what_is_public_is_no_secret(server, name):
    code, messages = configtest(server, f"MercurePublisherJWT file:{name}")
    assert code != 0 and f"{FILES[name][1]} is no secret for HS256" in messages and "expected" in messages, messages
    assert FILES[name][0][:40] not in messages


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_may_begin_like_something_else(server, secret):
    code, messages = configtest(server, f'MercurePublisherJWT "{secret}"')
    assert code == 0, messages


def test_an_unusable_set_says_what_is_wrong_with_its_keys(server):
    code, messages = configtest(server, "MercurePublisherJWKS file:set.json RS256")
    told = r'set.json has no key that can be used: key 1 "a" is not used: its alg is none'
    assert code != 0 and re.search(told, messages), messages


def test_a_url_is_taken_as_it_is_usually_spelled(server):
    _, messages = configtest(server, "MercurePublisherJWKS 'HTTP://x.example/a b'")
    assert "http://x.example/a%20b comes over clear" in messages, messages


def test_tokens_over_clear_text_are_warned_of_though_their_keys_are_still_to_be_fetched(server):
    code, messages = configtest(server, "MercurePublisherJWKS https://x.example/keys")
    assert code == 0 and "tokens are accepted over clear text" in messages, messages


@pytest.mark.parametrize("more, warned", [("", True), ("MercurePublicURLs https://a.example\n", False),
                                          ("MercureResourceIdentifier https://a.example/hub\n", False)])
def test_P1_TOK_08_a_name_for_every_host_is_warned_of(server, more, warned):
    code, messages = configtest(server, f"ServerAlias *\n{more}" + section(f"MercureSubscriberJWT {tokens.SECRET}"))
    assert code == 0 and ("for any other hub valid here" in messages) == warned, messages


def test_one_hub_fetches_its_sets_by_one_rule(server):
    """Either of its virtual hosts may do so for both."""
    sets = "MercureHub news\nMercure On\n" + section("MercurePublisherJWKS https://x.example/keys")
    sites = [Site("a.example.test", sets, tls=False),
             Site("b.example.test", sets + "MercureJWKSPrivateAddresses On\n", tls=False)]
    server.reconfigure(sites=sites)
    code, messages = server.configtest()
    told = "MercureJWKSPrivateAddresses is On here, but Off in another virtual host of the hub news"
    assert code != 0 and told in messages, messages

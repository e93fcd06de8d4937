"""What the error log says at the start: one line for each virtual host with a hub, and what will hurt."""
import re

import pytest

from harness.configuration import HUB, MPMS, THREADED_MPMS, Site
from harness.issuer import section
from harness.server import Server
from harness.tokens import SECRET

FILE_KEYS = "Mercure On\nMercurePublisherJWT file:{directory}/key\nMercureSubscriberJWT file:{directory}/key\n"
ADVICE = r"\[mercure:warn\].*MERCURE0010: "


def start(mpm="event", site=HUB, clear=True, **settings):
    server = Server(mpm, sites=[Site(directives=site, clear=clear)], **settings)
    server.write("key", SECRET, 0o600)
    return server


def advice(server):
    return server.log.matching(ADVICE)


@pytest.mark.parametrize("mpm", MPMS)
def test_one_line_a_hub_says_version_address_protocol_history_and_capacity(mpm):
    with start(mpm, descriptors=(8192, 8192)) as server:
        lines = server.log.matching(r"\[mercure:notice\]")
        assert len(lines) == 2, "one for each port"
        for line, port in zip(lines, (server.ports.clear, server.ports.tls)):
            assert "mod_mercure/0." in line and f"hub hub.example.test at hub.example.test:{port}/.well-known/mercure" in line
            assert "protocol any (tokens of 0.x only, for there is no MercureIssuer)" in line  # ANY-49
            assert "1 publisher key, 1 subscriber key, anonymous subscribers Off" in line
            assert f"history in {server.directory}/history/hub.example.test, synced;" in line
            assert "each child can hold 7168 streams (its limit of open files is 8192)" in line
            assert "over the whole server may hold a thread" in line


KEY = "MercureSubscriberJWT file:{directory}/key"
SET = "MercureSubscriberJWKS https://login.example.com/jwks.json"
ISSUERS = section(KEY) + section(SET, name="https://other.example.test")
PROTOCOLS = {
    "0.x": ("MercureProtocol 0.x\n" + FILE_KEYS, "protocol 0.x, 1 publisher key, 1 subscriber key, anonymous"),
    "any with issuers": (FILE_KEYS + ISSUERS, "protocol any, 1 publisher key, 1 subscriber key, 2 issuers, anonymous"),
    "any with issuers alone":
        ("Mercure On\n" + section(KEY), "protocol any, 0 publisher keys, 0 subscriber keys, 1 issuer, anonymous"),
    "ANY-49 any with a set": ("Mercure On\n" + SET, "protocol any (tokens of 0.x only, for there is no MercureIssuer), "
                              "0 publisher keys, 0 subscriber keys and 1 subscriber key set, anonymous"),
    "1.0": ("Mercure On\nMercureProtocol 1.0\n" + ISSUERS, "protocol 1.0, 2 issuers, anonymous"),
    "1.0 without an issuer": ("Mercure On\nMercureProtocol 1.0\nMercureAnonymous On",
                              "protocol 1.0 (no token is taken, for there is no MercureIssuer), no key, anonymous"),
}


@pytest.mark.parametrize("site, said", PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_the_line_says_whose_tokens_are_taken(site, said):
    with start(site=site, clear=False) as server:
        server.log.await_line(rf"\[mercure:notice\].*{re.escape(said)}")


def test_good_settings_need_no_advice():
    with start(site=FILE_KEYS, clear=False, modules=["info"]) as server:
        assert not advice(server)


def test_tokens_over_clear_text():
    with start() as server:
        assert len(advice(server)) == 1 and "MercureRequireTLS On" in advice(server)[0]
        assert f"hub.example.test:{server.ports.clear}" in advice(server)[0]


def test_behind_a_proxy_that_ends_tls_nothing_travels_in_clear():
    site = Site("https://hub.example.test", HUB, tls=False)
    with Server(sites=[site]) as server:
        assert not advice(server)


def test_a_short_secret():
    with start(site="Mercure On\nMercureRequireTLS On\nMercurePublisherJWT short\nMercureAnonymous On\n",
               allow=["only 5 bytes"]) as server:
        assert all("openssl rand -base64 32" in line and "short" not in line.partition("only")[0] for line in advice(server))
        assert len(advice(server)) == 2


def test_a_literal_key_while_mod_info_is_loaded():
    with start(modules=["info"], allow=["mod_info"]) as server:
        assert len([line for line in advice(server) if "mod_info" in line and "file:PATH" in line]) == 2
        assert SECRET not in server.log.text()
    with start(site=FILE_KEYS, modules=["info"]) as server:
        assert not [line for line in advice(server) if "mod_info" in line]


@pytest.mark.parametrize("mpm", MPMS)
def test_MaxConnectionsPerChild(mpm):
    with start(mpm, directives="MaxConnectionsPerChild 5000\n") as server:
        assert len([line for line in advice(server) if "MaxConnectionsPerChild is 5000" in line]) == 2


@pytest.mark.parametrize("mpm", THREADED_MPMS)
def test_h2_in_Protocols(mpm):
    with start(mpm, HUB + "Protocols h2 http/1.1\n", modules=["http2"], threads=8, children=2) as server:
        told = [line for line in advice(server) if "Protocols lists h2" in line]
        assert len(told) == 1 and f":{server.ports.tls}" in told[0], "of the TLS port alone"
        assert "at most 4 over the whole server" in told[0] and "Protocols http/1.1" in told[0]
    with start(mpm, HUB + "Protocols http/1.1\n", modules=["http2"]) as server:
        assert not [line for line in advice(server) if "h2" in line]


def test_few_open_files():
    with start(descriptors=(4096, 4096)) as server:
        assert all("ulimit -n 65536" in line for line in advice(server) if "4096" in line)
        assert len([line for line in advice(server) if "4096" in line]) == 2


def test_more_subscribers_than_descriptors():
    with start(site=HUB + "MercureMaxSubscribers 50000\n", descriptors=(8192, 8192), children=2,
               allow=["MercureMaxSubscribers is 50000"]) as server:
        told = [line for line in advice(server) if "MercureMaxSubscribers is 50000, but all children can hold" in line]
        assert len(told) == 2 and all("APACHE_ULIMIT_MAX_FILES" in line for line in told)


def test_a_key_set_over_clear_text():
    key_set = "MercureSubscriberJWKS http://login.example.test/jwks.json\n"
    with start(site=FILE_KEYS + key_set, clear=False, allow=["over clear text"]) as server:
        assert len([line for line in advice(server) if "http://login.example.test/jwks.json" in line and "https://" in line]) == 1
    with start(site=FILE_KEYS + key_set + "MercureJWKSPrivateAddresses On\n", clear=False) as server:
        assert not advice(server), "it comes from inside"

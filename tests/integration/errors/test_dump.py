"""`apachectl -t -D DUMP_MERCURE`: every hub as resolved, no key but by length and fingerprint."""
import re

import pytest

from harness.configuration import HUB, MPMS, Site
from harness.issuer import document, section
from harness.server import Server
from harness.tokens import ISSUER, SECRET, public_jwk, public_pem


ISSUED = section("MercurePublisherJWKS https://login.example.com/jwks.json RS256", "MercureSubscriberJWKS file:keys.json",
                 "MercureAuthorizationServer On") + section(f"MercureSubscriberJWT {SECRET} HS512", name="https://other.example.test")


@pytest.fixture(scope="module")
def dump():
    sites = [Site(directives=HUB + "MercureCORSOrigins https://a.example http://localhost:*\nMercureHeartbeat 1500ms\n"),
             Site("plain.example.test", ""),
             Site("other.example.test", "Mercure On\nMercureSubscriberJWT file:{directory}/public.pem RS256\nMercureAnonymous On\n"
                  "MercureOverload status\nMercureHub News\n", clear=False),
             Site("issued.example.test", HUB + ISSUED + "MercureHeartbeat 0\n", clear=False)]
    server = Server(sites=sites, directives="MercureMaxSubscribersPerClient 7\n")
    server.write("public.pem", public_pem("RS256"))
    server.write("keys.json", document(public_jwk("ES256", kid="a")))
    code, output, messages = server.run_httpd("-t", "-D", "DUMP_MERCURE")
    assert code == 0 and "Syntax OK" in messages
    return server, output


def hubs(output):
    """Each hub's head and its directives with their values."""
    parts = re.split(r"^(?=hub )", output, flags=re.M)[1:]
    return [(part.splitlines()[0], [re.split(r"  +", line.strip()) for line in part.splitlines()[1:]]) for part in parts]


def test_it_begins_with_the_modules_version(dump):
    assert re.match(r"mod_mercure/0\.\d+\.\d+\n", dump[1])


def test_every_hub_is_there_with_its_virtual_host(dump):
    server, output = dump
    heads = [head for head, _ in hubs(output)]
    assert [head.split(" (")[0] for head in heads] == [
        f"hub hub.example.test of hub.example.test:{server.ports.clear}",
        f"hub hub.example.test of hub.example.test:{server.ports.tls}",
        f"hub news of other.example.test:{server.ports.tls}",
        f"hub issued.example.test of issued.example.test:{server.ports.tls}"]
    assert all(f"({server.directory}/httpd.conf:" in head for head in heads)


def test_P0_TIME_04_readers_have_five_seconds_unless_it_is_said_otherwise(dump):
    assert [dict(lines)["MercureSendTimeout"] for _, lines in hubs(dump[1])[:3]] == ["5s"] * 3


def test_P0_SUB_12_TIME_02_P1_SUB_34_TIME_02_03_what_holds_unless_it_is_said_otherwise(dump):
    """The 0.x list has 40 seconds between heartbeats, too many for phone networks."""
    lines = dict(hubs(dump[1])[2][1])
    assert [lines["Mercure" + name] for name in ("Heartbeat", "MaxStreamDuration", "SendTimeout", "SendBuffer")] == [
        "25s", "600s", "5s", "1048576"]
    assert ["MercureHeartbeat", "0s"] in hubs(dump[1])[3][1], "off"


def test_directives_are_resolved(dump):
    one, _, other = (dict(lines) for _, lines in hubs(dump[1])[:3])
    assert one["MercureHeartbeat"] == "1500ms" and other["MercureHeartbeat"] == "25s", "the default filled in"
    assert one["MercureMaxSubscribersPerClient"] == other["MercureMaxSubscribersPerClient"] == "7", "inherited"
    assert one["MercureCORSOrigins"] == "https://a.example http://localhost:* http://localhost" and other["MercureCORSOrigins"] == "none"
    assert (one["MercureAnonymous"], other["MercureAnonymous"]) == ("Off", "On")
    assert (one["MercureOverload"], other["MercureOverload"]) == ("retry", "status")


def test_keys_are_shown_by_length_and_fingerprint_only(dump):
    one, _, other = (dict(lines) for _, lines in hubs(dump[1])[:3])
    assert re.fullmatch(rf"HS256, {len(SECRET)} bytes, fingerprint [0-9a-f]{{32}}", one["MercurePublisherJWT"])
    assert re.fullmatch(r"RS256, 2048 bits, fingerprint [0-9a-f]{32}", other["MercureSubscriberJWT"])
    assert other["MercurePublisherJWT"] == "none"
    assert SECRET not in dump[1]


def test_each_issuer_is_shown_with_its_keys(dump):
    lines = hubs(dump[1])[3][1]
    issuers = [number for number, line in enumerate(lines) if line[0] == "<MercureIssuer"]
    assert [lines[number][1] for number in issuers] == [f'"{ISSUER}">', '"https://other.example.test">']
    first, second = lines[issuers[0] + 1:issuers[1] - 1], lines[issuers[1] + 1:issuers[1] + 4]
    assert ["MercurePublisherJWT", "none"] in first and ["MercurePublisherJWKS", "https://login.example.com/jwks.json RS256"] in first
    assert dict(first)["MercureSubscriberJWKS"].startswith("file:keys.json EdDSA ES256 ES384")
    assert ["MercureAuthorizationServer", "On"] in first
    assert re.fullmatch(r"ES256, 256 bits, fingerprint [0-9a-f]{32}", dict(first)["MercureSubscriberJWT"])
    assert re.fullmatch(rf"HS512, {len(SECRET)} bytes, fingerprint [0-9a-f]{{32}}", dict(second)["MercureSubscriberJWT"])
    assert ["MercureAuthorizationServer", "Off"] in second


def test_ANY_15_the_cookies_of_both_generations_are_shown(dump):
    cookies = [line[1] for line in hubs(dump[1])[0][1] if line[0] == "MercureCookieName"]
    assert cookies == ["mercureAuthorization 0.x", "__Secure-mercure_access_token 1.0"]


def test_P1_ID_02_the_identifier_is_shown(dump):
    """The one that pages know, where none is configured."""
    server, one = dump[0], dict(hubs(dump[1])[0][1])
    assert one["MercureResourceIdentifier"] == f"derived, such as https://hub.example.test:{server.ports.tls}/.well-known/mercure"
    assert (one["MercurePublicURLs"], one["MercureProtocol"]) == ("none", "any")


def test_a_faulty_hub_is_shown_with_its_fault():
    server = Server(sites=[Site(directives="Mercure On\nMercurePublisherJWT file:nowhere\n", tls=False)])
    code, output, _ = server.run_httpd("-t", "-D", "DUMP_MERCURE")
    assert code != 0
    assert "nowhere" in dict(hubs(output)[0][1])["answers 503"]


def test_without_asking_nothing_is_printed():
    assert Server().run_httpd("-t")[1] == ""


def test_every_directive_of_a_hub_is_shown(dump):
    from hygiene.test_directives import command_table
    of_the_server = {"Mercure", "MercureHub", "MercureDispatchers", "MercureMaxKeepers"}
    shown = {line[0] for line in hubs(dump[1])[3][1]}
    assert shown == set(command_table()) - of_the_server | {"<MercureIssuer", "</MercureIssuer>"}


@pytest.mark.parametrize("mpm", MPMS)
def test_with_each_mpm_it_shows_what_will_be_served(mpm):
    """A quarter of MaxRequestWorkers, which is not what ServerLimit would allow."""
    workers = dict(children=8) if mpm == "prefork" else dict(children=2, threads=4)
    lines = dict(hubs(Server(mpm, **workers).run_httpd("-t", "-D", "DUMP_MERCURE")[1])[0][1])
    assert lines["MercureMaxThreadedStreams"] == "2"

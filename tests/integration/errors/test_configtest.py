"""Every mistake in the directives: configtest says what was wrong, what was expected, and gives an example."""
import re

import pytest

from harness import tokens
from harness.configuration import HUB, KEYS, MPMS, Site
from harness.hub import Hub
from harness.server import Server
from harness.tokens import public_pem

# What is written in the virtual host; what the message must repeat; what else it must say.
MISTAKES = {
    "Mercure": ("Mercure Yes", "'Yes'", "On"),
    "Mercure without a value": ("Mercure", "Mercure", "one argument"),
    "MercureHub": ("MercureHub 'two words'", "'two words'", "letters"),
    "MercureHub with a slash": ("MercureHub a/b", "'a/b'", "letters"),
    "MercurePath relative": ("MercurePath mercure", "'mercure'", "slash"),
    "MercurePath with a slash at its end": ("MercurePath /hub/", "'/hub/'", "slash"),
    "MercurePath with a query": ("MercurePath /hub?x", "'/hub\\?x'", "query"),
    "MercurePath encoded": ("MercurePath /%68ub", "'/%68ub'", "percent"),
    "MercurePath with dots": ("MercurePath /a/../b", "'/a/../b'", "dot"),
    "MercureProtocol": ("MercureProtocol 2.0", "'2.0'", "0.x, 1.0 or any"),
    "ANY_29 MercureProtocol 1.0 with keys outside of an issuer": ("MercureProtocol 1.0", "names no issuer", "<MercureIssuer"),
    "MercurePublisherJWT without an algorithm": ("MercurePublisherJWT file:{directory}/public.pem", "public.pem", "RS256"),
    "MercurePublisherJWT algorithm": (f"MercurePublisherJWT {'x' * 32} HS257", "second argument is not an algorithm", "HS256"),
    "MercurePublisherJWT EdDSA": (f"MercurePublisherJWT {'x' * 32} EdDSA", "the key is not PEM", "EdDSA expects a public key"),
    "MercurePublisherJWT none": (f"MercurePublisherJWT {'x' * 32} none", "second argument is not an algorithm", "HS256"),
    "MercurePublisherJWT empty": ('MercurePublisherJWT ""', "MercurePublisherJWT", "such as"),
    "MercurePublisherJWT no file": ("MercurePublisherJWT file:{directory}/nowhere", "nowhere", "No such file"),
    "MercurePublisherJWT a directory": ("MercurePublisherJWT file:{directory}", "file", "not a file"),
    "MercurePublisherJWT nothing named": ("MercurePublisherJWT file:", "'file:'", "path"),
    "MercureSubscriberJWT unset": ("MercureSubscriberJWT env:MERCURE_NOT_SET", "MERCURE_NOT_SET", "not set"),
    "MercureSubscriberJWT nothing named": ("MercureSubscriberJWT env:", "'env:'", "environment"),
    "MercureSubscriberJWT empty file": ("MercureSubscriberJWT file:{directory}/empty", "empty", "expect"),
    "MercureSubscriberJWT broken PEM": ("MercureSubscriberJWT file:{directory}/broken.pem RS256", "broken.pem", "expect"),
    "MercureSubscriberJWT wrong kind": ("MercureSubscriberJWT file:{directory}/public.pem ES256", "public.pem", "expect"),
    "MercureSubscriberJWT a secret for RS256": (f"MercureSubscriberJWT {'x' * 40} RS256", "MercureSubscriberJWT", "PEM"),
    "MercureAnonymous": ("MercureAnonymous Maybe", "'Maybe'", "On"),
    "MercureRequireTLS": ("MercureRequireTLS 1", "'1'", "On"),
    "P0_CORS_08 MercureCORSOrigins with a path": ("MercureCORSOrigins https://a.example/", "https://a.example/",
                                                  "expected"),
    "MercureCORSOrigins without a scheme": ("MercureCORSOrigins a.example", "a.example", "expected"),
    "MercureCORSOrigins two stars": ("MercureCORSOrigins https://*.*.example", "example", "expected"),
    "MercurePublishOrigins": ("MercurePublishOrigins https://user@a.example", "user@a.example", "expected"),
    "MercurePublishOrigins query": ("MercurePublishOrigins https://a.example?x", "a.example", "expected"),
    "MercureCookieName": ("MercureCookieName 'a b'", "'a b'", "letters"),
    "MercureCookieName generation": ("MercureCookieName ticket 3.0", "'3.0'", "0.x"),
    "MercureHeartbeat": ("MercureHeartbeat soon", "'soon'", "25s"),
    "MercureHeartbeat unit": ("MercureHeartbeat 25x", "'25x'", "1s to 1h"),
    "MercureHeartbeat negative": ("MercureHeartbeat -1s", "'-1s'", "1s to 1h"),
    "MercureHeartbeat huge": ("MercureHeartbeat 99999999999999999999h", "'99999999999999999999h'", "1s to 1h"),
    "MercureMaxStreamDuration": ("MercureMaxStreamDuration 1ms", "'1ms'", "1s"),
    "MercureSendTimeout": ("MercureSendTimeout 5m", "'5m'", "5s"),
    "MercureSendBuffer": ("MercureSendBuffer 0", "'0'", "1K"),
    "MercureMaxSubscribers": ("MercureMaxSubscribers many", "'many'", "10000"),
    "MercureMaxSubscribersPerClient": ("MercureMaxSubscribersPerClient 1.5", "'1.5'", "100"),
    "MercureOverload": ("MercureOverload 503", "'503'", "MercureOverload retry"),
    "MercureMaxThreadedStreams": ("MercureMaxThreadedStreams -1", "'-1'", "40"),
    "MercureMaxUpdateSize": ("MercureMaxUpdateSize 1T", "'1T'", "1M"),
    "MercureMaxTopics": ("MercureMaxTopics 0", "'0'", "1000"),
    "MercureMaxSelectors": ("MercureMaxSelectors 1e3", "'1e3'", "1000"),
    "MercureLogSize": ("MercureLogSize 16MiB", "'16MiB'", "16M"),
    "ANY_46 MercureLogSize below sixteen updates": ("MercureLogSize 1M", "1048576", "16 times"),
    "ANY_46 MercureLogSize beside MercureMaxUpdateSize":
        ("MercureMaxUpdateSize 2M", "2097152", "MercureLogSize 33554432"),
    "MercureDispatchers": ("MercureDispatchers 0", "'0'", "1 to 64"),
    "MercureMaxKeepers": ("MercureMaxKeepers x", "'x'", "16"),
    "too many arguments": ("MercureHeartbeat 5s 6s", "MercureHeartbeat", "one argument"),
}


@pytest.fixture(scope="module")
def server():
    server = Server()
    server.write("public.pem", public_pem("RS256"))
    server.write("broken.pem", "-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n")
    server.write("empty", "\n")
    return server


def refused(server, *sites, **settings):
    """What configtest says of a configuration that it must refuse."""
    server.reconfigure(sites=sites, **settings)
    code, messages = server.configtest()
    assert code != 0, messages
    return messages


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_explained(server, mistake):
    written, wrong, expected = mistake
    written = written.replace("{directory}", str(server.directory))
    messages = refused(server, Site(directives=HUB + written, tls=False))
    assert re.search(wrong, messages), messages
    assert expected in messages, messages
    directive = written.split()[0]
    assert re.search(rf"\b{directive}\b", messages), messages
    if "argument" not in expected:
        assert re.search(r"for example: <?Mercure\w* \S+|such as \S+", messages), messages


CONTRADICTIONS = {
    "no ServerName": ([Site("", HUB, tls=False)], "ServerName", "MercureHub news.example.com"),
    "no key": ([Site(directives="Mercure On", tls=False)], "without a key", "MercurePublisherJWT file:"),
    "two sizes of one log": ([Site("a.example.test", HUB + "MercureHub one\nMercureLogSize 32M", tls=False),
                              Site("b.example.test", HUB + "MercureHub one", tls=False)], "33554432", "one value"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_contradiction_is_explained(server, case):
    sites, wrong, expected = case
    messages = refused(server, *sites)
    assert wrong in messages and expected in messages, messages
    assert "httpd.conf" in messages, "where it stands"


def test_the_fine_configurations_are_fine(server):
    fine = ["MercureHub a-b_c.9", "MercurePath /hub", "MercureProtocol 0.x", "MercureProtocol any", "MercureAnonymous off", "MercureRequireTLS ON",
            "MercureCORSOrigins https://a.example http://localhost:* capacitor:// null", "MercureCORSOrigins *",
            "MercurePublishOrigins https://*.a.example", "MercureCookieName a 0.x", "MercureHeartbeat 0", "MercureHeartbeat 30",
            "MercureMaxStreamDuration 1h", "MercureSendTimeout 250ms", "MercureSendBuffer 64K", "MercureMaxSubscribers 0",
            "MercureMaxThreadedStreams 0", "MercureMaxUpdateSize 512k", "MercureMaxTopics 1", "MercureMaxSelectors 1",
            "MercureLogSize 1G", "MercureDispatchers 64", "MercureMaxKeepers 0",
            f"MercureSubscriberJWT file:{server.directory}/public.pem RS512", "MercurePublisherJWT env:PATH HS512"]
    for line in fine:
        server.reconfigure(sites=[Site(directives=HUB + line, tls=False)])
        code, messages = server.configtest()
        assert code == 0, (line, messages)


@pytest.mark.parametrize("where", ["<Location /x>\n{}\n</Location>", "<Directory /x>\n{}\n</Directory>"])
def test_directives_stand_in_servers_and_virtual_hosts_only(server, where):
    messages = refused(server, Site(directives=where.format("Mercure On"), tls=False))
    assert "Mercure" in messages and "not allowed" in messages


def test_an_unknown_directive_is_httpds_own_error(server):
    assert "MercureHertbeat" in refused(server, Site(directives=HUB + "MercureHertbeat 5s", tls=False))


def test_no_key_is_ever_shown(server):
    secret = "0123456789-this-is-a-secret-value"
    for line in (f"MercurePublisherJWT {secret} HS999", f"MercurePublisherJWT {secret} RS256",
                 f"MercurePublisherJWT {secret} HS256 more"):
        assert secret not in refused(server, Site(directives=HUB + line, tls=False)).replace(f"{line}", "")


def test_a_secret_that_everybody_can_read_is_warned_of(server):
    path = server.write("open.key", "a-secret-that-is-long-enough-for-hs256\n", mode=0o644)
    server.reconfigure(sites=[Site(directives=f"Mercure On\nMercurePublisherJWT file:{path}", tls=False)])
    code, messages = server.configtest()
    assert code == 0 and "everybody" in messages and "chmod" in messages
    path.chmod(0o600)
    assert "everybody" not in server.configtest()[1]


def test_a_short_secret_is_warned_of(server):
    server.reconfigure(sites=[Site(directives="Mercure On\nMercurePublisherJWT short", tls=False)])
    code, messages = server.configtest()
    assert code == 0 and "openssl rand" in messages


def test_keys_without_a_hub_are_warned_of(server):
    server.reconfigure(sites=[Site(directives=KEYS, tls=False)])
    code, messages = server.configtest()
    assert code == 0 and "Mercure On" in messages


@pytest.mark.parametrize("name", MPMS)
def test_keys_and_names_are_not_inherited(name):
    """A panel's virtual hosts must not each get a hub with one tenant's key; limits and times are inherited."""
    with Server(name, directives=KEYS + "MercureMaxTopics 1\nMercureHeartbeat 1s\n", allow=["have no effect here"],
                sites=[Site("hubless.example.test", ""), Site(directives=HUB)]) as server:
        assert Hub(server, "hubless.example.test").post("topic=a").status == 404
        hub = Hub(server)
        assert hub.request("POST", body=b"").status == 401
        with hub.open("a") as stream:
            stream.read_until(lambda: stream.comments >= 2)
        assert hub.post("topic=a&topic=b", tokens.publisher()).status == 400

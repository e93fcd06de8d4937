"""When an issuer's token is valid, and for which hub (protocol-1.0 section 13), over a real server."""
import json
import re
import time

import pytest

from harness import tokens
from harness.configuration import Site
from harness.hub import Hub
from harness.issuer import both, section
from harness.server import Server
from harness.verdicts import ALL, Client, client_of
from harness.waiting import await_until

SECRET = "an issuer's secret, long enough for HS256"
HUB = "Mercure On\n" + section(*both(f'JWT "{SECRET}" HS256'))


def site_of(name, directives):
    return Site(f"{name}.example.test", HUB + directives, tls=False)


@pytest.fixture(scope="module")
def server():
    server = Server()
    server.reconfigure(sites=[
        Site(directives=HUB), site_of("identified", "MercureResourceIdentifier https://public.example.com/hub"),
        site_of("public", f"MercurePublicURLs https://a.example.com http://public.example.test:{server.ports.clear}"),
        site_of("aliased", "ServerAlias www.aliased.example.test *.wild.example.test")])
    with server:
        yield server


@pytest.fixture
def client(server):
    return Client(Hub(server))


# Times.

NOW = int(time.time())
TIMES = {
    "exp missing": (dict(exp=None), "has no exp"),
    "exp past": (dict(exp=NOW - 3600), r"expired \d+ s ago \(exp\)"),
    "exp just past": (dict(exp=NOW - 1), r"expired \d+ s ago \(exp\)"),
    "exp a past real number": (dict(exp=NOW - 1.5), r"expired \d+ s ago \(exp\)"),
    "exp ahead": (dict(exp=NOW + 3600), ""),
    "exp a real number ahead": (dict(exp=NOW + 3600.123456), ""),
    "exp a string": (dict(exp=str(NOW + 3600)), "claim exp is not a number"),
    "exp a list": (dict(exp=[NOW + 3600]), "claim exp is not a number"),
    "exp true": (dict(exp=True), "claim exp is not a number"),
    "exp out of range": (dict(exp=1e300), "claim exp is beyond the clock's range"),
    "exp zero": (dict(exp=0), r"expired \d+ s ago"),
    "exp negative": (dict(exp=-1), r"expired \d+ s ago"),
    "nbf past": (dict(nbf=NOW - 10), ""),
    "nbf a past real number": (dict(nbf=NOW - 0.5), ""),
    "nbf ahead": (dict(nbf=NOW + 3600), r"becomes valid in \d+ s \(nbf\)"),
    "nbf a real number ahead": (dict(nbf=NOW + 3600.5), r"becomes valid in \d+ s \(nbf\)"),
    "nbf a string": (dict(nbf=str(NOW - 10)), "claim nbf is not a number"),
    "nbf out of range": (dict(nbf=-1e300), "claim nbf is beyond the clock's range"),
    "iat ahead": (dict(iat=NOW + 9999), ""),
    "iat a string": (dict(iat="soon"), ""),
    "sub, client_id, jti": (dict(sub="u", client_id="c", jti="j"), ""),
}


@pytest.mark.parametrize("claims, told", TIMES.values(), ids=TIMES.keys())
def test_P1_TOK_07_09_ANY_50_times(client, claims, told):
    token = client.token(secret=SECRET, **claims)
    for verdict in (client.publish(token), client.subscribe(token)):
        if told:
            client.check_refused(verdict, told=told)
        else:
            assert verdict.status == 200, verdict


def raw_token(client, members):
    """Claims as text, for what no dict can hold."""
    text = f'{{"iss":"{tokens.ISSUER}","aud":"{client.hub.url}","authorization_details":{json.dumps([ALL])},{members}}}'
    return tokens.sign(text, secret=SECRET, header={"alg": "HS256", "typ": "at+jwt"})


@pytest.mark.parametrize("members, told", [
    ('"exp":null', "claim exp is not a number|no exp"), ('"exp":4102444800,"exp":4102444800', "duplicate|twice"),
    ('"exp":4102444800,"nbf":null', "claim nbf is not a number"), ('"exp":1' + "0" * 40, "beyond|JSON|number"),
    ('"exp":4102444800,"iss":"' + tokens.ISSUER + '"', "duplicate|twice"), ('"exp":NaN', "JSON"),
], ids=["exp null", "exp twice", "nbf null", "exp huge", "iss twice", "exp NaN"])
def test_P1_TOK_07_ANY_50_claims_that_mean_two_things_or_none(client, members, told):
    client.check_refused(client.publish(raw_token(client, members)), told=told)


def test_P1_TOK_07_a_token_expires_between_two_requests(client):
    """What was verified once is not believed for longer than it says."""
    token = client.token(secret=SECRET, exp=time.time() + 1.5)
    assert client.publish(token).status == 200
    with client.hub.open("a", token) as stream:
        await_until(lambda: client.publish(token).status == 401, 10, "the token has expired", interval=0.2)
        client.check_refused(client.publish(token), told=r"expired \d+ s ago")
        stream.await_end()


def test_P1_TOK_07_a_token_becomes_valid(client):
    token = client.token(secret=SECRET, nbf=time.time() + 1)
    client.check_refused(client.publish(token), told="becomes valid in")
    await_until(lambda: client.publish(token).status == 200, 10, "the token is valid", interval=0.2)


# Audiences.

def audiences(url):
    origin = url.removesuffix("/.well-known/mercure")
    return {
        "a string": (url, ""),
        "a list": ([url], ""),
        "one of several": (["https://x.example", url], ""),
        "missing": (None, "has no aud"),
        "an empty list": ([], "aud is empty"),
        "an empty string": ("", "aud is not this hub but"),
        "another": ("https://x.example/.well-known/mercure", 'aud is not this hub but "https://x.example/.well-known/mercure"'),
        "others": (["https://x.example", "y"], 'aud is not this hub but "https://x.example" and others'),
        "a number": (1, "neither a string nor an array of strings"),
        "a list with a number": ([url, 1], "neither a string nor an array of strings"),
        "an object": ({"x": url}, "neither a string nor an array of strings"),
        "a list of a list": ([[url]], "neither a string nor an array of strings"),
        "with a slash": (url + "/", "aud is not this hub"),
        "with a query": (url + "?x", "aud is not this hub"),
        "the origin": (origin, "aud is not this hub"),
        "in another case": (url.replace("mercure", "MERCURE"), "aud is not this hub"),
        "a host in another case": (url.replace("hub.", "HUB."), "aud is not this hub"),
        "the other scheme": (url.replace("http:", "https:"), ""),
        "a port where nobody listens": (re.sub(r":\d+", ":1", url), "aud is not this hub"),
        "the scheme's own port": (re.sub(r":\d+", "", url), ""),
        "the issuer": (tokens.ISSUER, "aud is not this hub"),
        "a longer host": (url.replace("//hub", "//x.hub"), "aud is not this hub"),
    }


@pytest.mark.parametrize("case", audiences("http://hub.example.test:1/.well-known/mercure"))
def test_P1_TOK_08_P1_ID_02_the_audience_is_the_hub(client, case):
    audience, told = audiences(client.hub.url)[case]
    token = client.token(secret=SECRET, aud=audience)
    if told:
        client.check_refused(client.publish(token), told=told)
        client.check_refused(client.subscribe(token), told=told)
    else:
        assert (client.publish(token).status, client.subscribe(token).status) == (200, 200)


def test_P1_TOK_08_P1_ID_01_a_configured_identifier_is_the_only_audience(server):
    client = client_of(server, "identified")
    assert client.publish(client.token(secret=SECRET, aud="https://public.example.com/hub")).status == 200
    for audience in (client.hub.url, "https://public.example.com/hub/", "https://public.example.com/.well-known/mercure"):
        verdict = client.publish(client.token(secret=SECRET, aud=audience))
        assert (verdict.status, "aud is not this hub" in verdict.told) == (401, True)
        assert verdict.challenge == ('Bearer error="invalid_token", resource_metadata='
                                     '"https://public.example.com/.well-known/oauth-protected-resource/hub"')


def test_P1_TOK_08_public_urls_are_the_audiences(server):
    client = client_of(server, "public")
    assert client.publish(client.token(secret=SECRET)).status == 200
    assert client.publish(client.token(secret=SECRET, aud="https://a.example.com/.well-known/mercure")).status == 200
    client.check_refused(client.publish(client.token(secret=SECRET, aud="https://b.example.com/.well-known/mercure")),
                         told="aud is not this hub")


@pytest.mark.parametrize("name, status", [("aliased", 200), ("www.aliased", 200), ("x.wild", 200), ("wild", 401), ("hub", 401)])
def test_P1_TOK_08_every_alias_is_an_audience(server, name, status):
    client = client_of(server, "aliased")
    audience = client.hub.url.replace("aliased.example.test", f"{name}.example.test")
    assert client.publish(client.token(secret=SECRET, aud=audience)).status == status

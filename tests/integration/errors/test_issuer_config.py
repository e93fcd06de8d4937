"""Every mistake about issuers and what comes with protocol 1.0: configtest says what was wrong, what was expected, and
gives an example."""
import re

import pytest

from harness import tokens
from harness.configuration import HUB, KEYS, Site
from harness.issuer import document, section
from harness.server import Server
from harness.tokens import ISSUER, SECRET, public_jwk, public_pem

KEY = f"MercureSubscriberJWT {SECRET}"
LONE = "MercureSubscriberJWKS"          # within an issuer's section that holds nothing else
FILE = "file:{directory}"

# What stands inside the section; what the message must repeat; what else it must say.
INSIDE = {
    "P1_TOK_13 nothing": ("", f'<MercureIssuer "{ISSUER}"> has no key', "MercureSubscriberJWKS https://"),
    "P1_TOK_13 no key":
        ("MercureAuthorizationServer On", f'<MercureIssuer "{ISSUER}"> has no key', "MercureSubscriberJWKS https://"),
    "P1_TOK_13 a PEM key without an algorithm":
        (f"MercureSubscriberJWT {FILE}/public.pem", f'<MercureIssuer "{ISSUER}">: MercureSubscriberJWT: the file .*public.pem holds',
         "key.pem RS256"),
    "P1_TOK_13 a PEM key for HMAC": (f"MercureSubscriberJWT {FILE}/public.pem HS256", "PEM key is no secret for HS256", "RS256"),
    "a foreign directive": (f"{KEY}\nMercureAnonymous On", "MercureAnonymous does not belong", "MercureSubscriberJWKS"),
    "another module's directive": (f"{KEY}\nHeader set X y", "Header does not belong", "MercureSubscriberJWKS"),
    "an issuer":
        (f'<MercureIssuer "https://x.example">\n{KEY}\n</MercureIssuer>', "<MercureIssuer does not belong", "MercureSubscriberJWKS"),
    "an algorithm that is none": (f"{KEY} HS257", "second argument is not an algorithm", "EdDSA"),
    "no algorithm": (f"{KEY} none", "second argument is not an algorithm", "EdDSA"),
    "a secret for EdDSA": (f"{KEY} EdDSA", "the key is not PEM", "EdDSA expects a public key"),
    "an RSA key for EdDSA": (f"MercureSubscriberJWT {FILE}/public.pem EdDSA", "the key's type is RSA", "an Ed25519 or Ed448 key"),
    "a private key": (f"MercureSubscriberJWT {FILE}/private.pem ES256", "private key, which a hub must not have", "-pubout"),
    "P1_TOK_13 a key set without a place": (LONE, "MercureSubscriberJWKS", "such as|for example"),
    "P1_TOK_14 ftp": (f"{LONE} ftp://login.example.com/jwks.json", "'ftp://login.example.com/jwks.json'", "https://"),
    "P1_TOK_14 a path": (f"{LONE} /jwks.json", "'/jwks.json'", "file:PATH"),
    "P1_TOK_14 a host": (f"{LONE} login.example.com", "'login.example.com'", "https://"),
    "P1_TOK_14 a URL with a user": (f"{LONE} https://u:p@login.example.com/", "is not where a JWK Set can be", "without user"),
    "P1_TOK_14 a URL with a fragment": (f"{LONE} 'https://login.example.com/#x'", "is not where a JWK Set can be", "fragment"),
    "P1_TOK_14 a file of another host": (f"{LONE} file://example.com/jwks.json", "example.com/jwks.json", "expected"),
    "P1_TOK_14 no file named": (f"{LONE} file:", "'file:'", "file:PATH"),
    "P1_TOK_14 a missing file":
        (f"{LONE} {FILE}/nowhere.json", "nowhere.json cannot be read: No such file", "expected a JWK Set"),
    "P1_TOK_14 a directory": (f"{LONE} {FILE}", "cannot be read: it is not a file", "expected a JWK Set"),
    "P1_TOK_14 no set": (f"{LONE} {FILE}/public.pem", "public.pem is no JWK Set: the JWK Set .*JSON", "expected a JWK Set"),
    "P1_TOK_14 a lone key": (f"{LONE} {FILE}/key.json", "key.json is no JWK Set: the JWK Set has no keys", "expected a JWK Set"),
    "P1_TOK_14 an empty set": (f"{LONE} {FILE}/empty.json", "empty.json has no key that can be used", "expected a JWK Set"),
    "P1_TOK_03 a set of secrets without HMAC's names": (f"{LONE} {FILE}/secrets.json", "secrets.json has no key that can be used",
                                                        "expected a JWK Set"),
    "P1_TOK_02 a set without a key for the algorithm": (f"{LONE} {FILE}/keys.json RS256", "keys.json has no key that can be used",
                                                        "expected a JWK Set"),
    "P1_TOK_02 a set with an algorithm that is none": (f"{LONE} {FILE}/keys.json ES255", "'ES255' is not an algorithm", "ES256"),
    "P1_TOK_02 a set with no algorithm": (f"{LONE} {FILE}/keys.json none", "'none' is not an algorithm", "ES256"),
    "P1_TOK_03 a secret at a URL": (f"{LONE} https://login.example.com/jwks.json HS256", "HS256 needs a secret", "RS256"),
    "P1_TOK_03 a secret at a URL beside others":
        (f"{LONE} https://login.example.com/jwks.json RS256 HS512", "HS512 needs a secret", "RS256"),
    "MercurePublisherJWKS": ("MercurePublisherJWKS ftp://x.example/", "'ftp://x.example/'", "MercurePublisherJWKS https://"),
    "P1_PRM_03 MercureAuthorizationServer":
        (f"{KEY}\nMercureAuthorizationServer Maybe", "'Maybe'", "MercureAuthorizationServer On"),
    "P1_PRM_03 MercureAuthorizationServer twice":
        (f"{KEY}\nMercureAuthorizationServer On Off", "MercureAuthorizationServer", "one argument"),
}

# The same for what stands beside the keys.
BESIDE = {
    "P1_TOK_13 an empty issuer":
        (f'<MercureIssuer "">\n{KEY}\n</MercureIssuer>', "expected the issuer's identifier", '<MercureIssuer "https'),
    "P1_TOK_13 no issuer":
        (f"<MercureIssuer>\n{KEY}\n</MercureIssuer>", "expected the issuer's identifier", '<MercureIssuer "https'),
    "no closing bracket": (f'<MercureIssuer "{ISSUER}"\n{KEY}\n</MercureIssuer>', "expected the issuer's identifier.*'>'",
                           '<MercureIssuer "https'),
    "two names": (f"<MercureIssuer a b>\n{KEY}\n</MercureIssuer>", "expected the issuer's identifier", '<MercureIssuer "https'),
    "P1_TOK_13 an issuer twice": (section(KEY) * 2, f"the issuer '{ISSUER}' has a section already", "one for each issuer"),
    "P1_TOK_13 an issuer twice, once without quotes": (section(KEY) + f"<MercureIssuer {ISSUER}>\n{KEY}\n</MercureIssuer>",
                                                       "has a section already", "one for each issuer"),
    "P1_PRM_03 MercureAuthorizationServer outside":
        ("MercureAuthorizationServer On", "outside of every issuer's section", "<MercureIssuer"),
    "MercureJWKSPrivateAddresses": ("MercureJWKSPrivateAddresses Maybe", "'Maybe'", "MercureJWKSPrivateAddresses On"),
    "MercureJWKSPrivateAddresses empty": ("MercureJWKSPrivateAddresses", "MercureJWKSPrivateAddresses", "one argument"),
    "P0_TOK_04 a set outside of an issuer": ("MercureSubscriberJWKS ftp://x.example/", "'ftp://x.example/'", "https://"),
    "P1_ID_03 MercureResourceIdentifier relative": ("MercureResourceIdentifier /hub", "'/hub'", "an absolute URL with a host"),
    "P1_ID_03 MercureResourceIdentifier a name":
        ("MercureResourceIdentifier urn:hub", "'urn:hub'", "an absolute URL with a host"),
    "P1_ID_03 MercureResourceIdentifier empty":
        ('MercureResourceIdentifier ""', "''|MercureResourceIdentifier", "https://example.com/"),
    "P1_ID_03 MercureResourceIdentifier ftp":
        ("MercureResourceIdentifier ftp://a.example/", "'ftp://a.example/'", "expected https://"),
    "P1_ID_03 MercureResourceIdentifier with a fragment":
        ("MercureResourceIdentifier 'https://a.example/#x'", "a.example/#x'", "fragment"),
    "P1_ID_03 MercureResourceIdentifier with an empty fragment":
        ("MercureResourceIdentifier 'https://a.example/#'", "a.example/#'", "fragment"),
    "P1_ID_03 MercureResourceIdentifier with a query":
        ("MercureResourceIdentifier https://a.example/?x", r"a.example/\?x'", "query"),
    "P1_ID_03 MercureResourceIdentifier with a user": ("MercureResourceIdentifier https://u@a.example/", "u@a.example/'", "user"),
    "P1_TOK_08 MercureResourceIdentifier in another case": ("MercureResourceIdentifier https://A.example/hub", "A.example/hub'",
                                                           "expected https://a.example/hub"),
    "P1_TOK_08 MercureResourceIdentifier with the usual port":
        ("MercureResourceIdentifier https://a.example:443/hub", "a.example:443/hub'",
                                                               "expected https://a.example/hub"),
    "P1_TOK_08 MercureResourceIdentifier without a path": ("MercureResourceIdentifier https://a.example", "a.example'",
                                                          "expected https://a.example/"),
    "P1_ID_04 MercurePublicURLs relative": ("MercurePublicURLs https://a.example /hub", "'/hub'", "an absolute URL with a host"),
    "P1_ID_04 MercurePublicURLs a host": ("MercurePublicURLs a.example", "'a.example'", "an absolute URL with a host"),
    "P1_ID_04 MercurePublicURLs ftp": ("MercurePublicURLs ftp://a.example", "'ftp://a.example'", "expected https://"),
    "P1_ID_04 MercurePublicURLs with a fragment": ("MercurePublicURLs 'https://a.example/#x'", "a.example/#x'", "fragment"),
    "P1_ID_04 MercurePublicURLs with a wildcard":
        ("MercurePublicURLs https://*.a.example", "a.example' is more than one URL", "MercurePublicURLs https://example.com"),
    "P1_ID_04 MercurePublicURLs with a comma":
        ("MercurePublicURLs https://a.example,https://b.example", "is more than one URL", "a blank between"),
    "P1_ID_04 MercurePublicURLs none": ("MercurePublicURLs", "MercurePublicURLs", "argument"),
    "ANY_02 MercureMaxMatchers": ("MercureMaxMatchers 0", "'0'", "1 to 10000"),
    "ANY_02 MercureMaxMatchers a word": ("MercureMaxMatchers many", "'many'", "MercureMaxMatchers 100"),
    "ANY_02 MercureMaxMatchers too many": ("MercureMaxMatchers 10001", "'10001'", "1 to 10000"),
    "ANY_02 MercureMaxMatcherLength": ("MercureMaxMatcherLength 15", "'15'", "16 bytes to 64K"),
    "ANY_02 MercureMaxMatcherLength too long": ("MercureMaxMatcherLength 65K", "'65K'", "16 bytes to 64K"),
    "ANY_02 MercureMaxMatcherLength a unit": ("MercureMaxMatcherLength 4KB", "'4KB'", "MercureMaxMatcherLength 4K"),
    "MercureProtocol": ("MercureProtocol 2.0", "'2.0'", "0.x, 1.0 or any"),
    "MercureProtocol a part": ("MercureProtocol 1", "'1'", "0.x, 1.0 or any"),
    "MercureProtocol two": ("MercureProtocol 0.x 1.0", "MercureProtocol", "one argument"),
    "ANY_15 MercureCookieName": ("MercureCookieName 'a b' 1.0", "'a b'", "letters"),
    "ANY_15 MercureCookieName with a generation to come": ("MercureCookieName ticket 2.0", "'2.0'", "0.x or 1.0"),
    "ANY_15 MercureCookieName of any": ("MercureCookieName ticket any", "'any'", "0.x or 1.0"),
}

STRICT = "Mercure On\nMercureProtocol 1.0\n"
WHOLE = {
    "ANY_29 1.0 with keys outside": (Site(directives=STRICT + KEYS + section(KEY)), "takes no token that names no issuer",
                                     '<MercureIssuer "https://login.example.com"> MercureSubscriberJWT file:'),
    "ANY_29 1.0 with a key outside alone":
        (Site(directives=STRICT + KEY), "takes no token that names no issuer", "<MercureIssuer"),
    "ANY_29 1.0 with a set outside":
        (Site(directives=STRICT + "MercureSubscriberJWKS https://login.example.com/\n" + section(KEY)),
                                      "takes no token that names no issuer", "<MercureIssuer"),
    "ANY_29 1.0 without a key": (Site(directives=STRICT), "without a key", "<MercureIssuer"),
    "P1_TOK_08 no ServerName": (Site("", "Mercure On\nMercureHub news\n" + section(KEY)), "this virtual host has no ServerName",
                                "MercureResourceIdentifier https://"),
}


def write_files(server):
    server.write("public.pem", public_pem("RS256"))
    server.write("private.pem", "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n")
    server.write("keys.json", document(public_jwk("ES256", kid="a")))
    server.write("key.json", document(public_jwk("ES256"))[10:-2])
    server.write("empty.json", document())
    server.write("secrets.json", document({"kty": "oct", "k": tokens.encode(SECRET.encode()), "kid": "s"}), mode=0o600)


@pytest.fixture(scope="module")
def server():
    server = Server()
    write_files(server)
    return server


def configtest(server, site, **settings):
    server.reconfigure(sites=[Site(site.name, site.directives, tls=False)], **settings)
    return server.configtest()


def check_explained(server, site, wrong, expected, example=True):
    code, messages = configtest(server, site)
    assert code != 0, messages
    assert re.search(wrong, messages), messages
    assert expected in messages or re.search(expected, messages), messages
    assert re.search(r"for example: \S|such as \S", messages) or not example, messages
    assert "httpd.conf" in messages, "where it stands"


@pytest.mark.parametrize("mistake", INSIDE.values(), ids=INSIDE.keys())
def test_a_mistake_inside_an_issuer_is_explained(server, mistake):
    inside, wrong, expected = mistake
    check_explained(server, Site(directives="Mercure On\n" + section(inside)), wrong, expected,
                    "does not belong" not in wrong and "argument" not in expected)


@pytest.mark.parametrize("mistake", BESIDE.values(), ids=BESIDE.keys())
def test_a_mistake_beside_the_keys_is_explained(server, mistake):
    beside, wrong, expected = mistake
    check_explained(server, Site(directives=HUB + beside), wrong, expected, "argument" not in expected)


@pytest.mark.parametrize("mistake", WHOLE.values(), ids=WHOLE.keys())
def test_a_contradiction_is_explained(server, mistake):
    check_explained(server, *mistake)


def test_keys_of_no_use_are_not_called_none(server):
    _, messages = configtest(server, Site(directives=STRICT + KEY))
    assert "without a key" not in messages, messages


INSIDE_SET = section("MercurePublisherJWKS https://{host}/keys")
PRIVATE = "is at a private address, so it is never fetched"


@pytest.mark.parametrize("directives, warning", [
    *((INSIDE_SET.replace("{host}", host), PRIVATE) for host in ("127.0.0.1", "10.1:8443", "[::1]", "[::ffff:192.168.0.1]")),
    (section(KEY, "MercureAuthorizationServer On", name="me"), '"me", which is no https:// URL'),
])
def test_what_can_be_of_no_use_is_warned_of(server, directives, warning):
    code, messages = configtest(server, Site(directives="Mercure On\n" + directives))
    assert code == 0 and warning in messages, messages


@pytest.mark.parametrize("directives", [
    INSIDE_SET.replace("{host}", "192.0.43.8"), INSIDE_SET.replace("{host}", "login.example.com"),
    INSIDE_SET.replace("{host}", "127.0.0.1") + "MercureJWKSPrivateAddresses On\n", section(KEY, "MercureAuthorizationServer On"),
])
def test_what_may_be_of_use_is_not_warned_of(server, directives):
    code, messages = configtest(server, Site(directives="Mercure On\n" + directives))
    assert code == 0 and PRIVATE not in messages and "no https:// URL" not in messages, messages


def test_a_section_that_is_not_closed_is_httpds_own_error(server):
    code, messages = configtest(server, Site(directives=f'{HUB}<MercureIssuer "{ISSUER}">\n{KEY}\n'))
    assert code != 0 and "MercureIssuer" in messages


@pytest.mark.parametrize("where", ["Location /x", "Directory /x"])
@pytest.mark.parametrize("directive", [section(KEY), "MercureSubscriberJWKS https://login.example.com/",
                                       "MercureResourceIdentifier https://a.example/"])
def test_directives_stand_in_servers_and_virtual_hosts_only(server, where, directive):
    code, messages = configtest(server, Site(directives=f"{HUB}<{where}>\n{directive}\n</{where.split()[0]}>"))
    assert code != 0 and "not allowed" in messages, messages


FINE = [section(KEY), section("<IfModule mercure_module>", KEY, "</IfModule>"), section(KEY, "MercureAuthorizationServer On"),
        section(KEY) + section(KEY, name="https://other.example.com"),
        f"<mercureissuer {ISSUER}>\n{KEY}\n</mercureissuer>", section(f"mercuresubscriberjwt {SECRET}"),
        section(KEY, name="any name > 1"),
        section("MercureSubscriberJWKS https://login.example.com/jwks.json"),
        "MercureSubscriberJWKS http://login.example.com/jwks.json",
        section("MercureSubscriberJWKS https://login.example.com/jwks.json RS256 PS256 ES256 EdDSA"),
        section("MercurePublisherJWKS file:keys.json ES256", "MercureSubscriberJWKS file:keys.json"),
        section("MercureSubscriberJWKS file:secrets.json HS256"), "MercureJWKSPrivateAddresses On",
        "MercureResourceIdentifier https://a.example/", "MercureResourceIdentifier http://a.example:8080/hub",
        "MercurePublicURLs https://a.example http://b.example:8080/x", "MercureMaxMatchers 10000", "MercureMaxMatcherLength 64K",
        "MercureProtocol any", "MercureProtocol ANY", "MercureCookieName ticket", "MercureCookieName ticket 1.0"]


@pytest.mark.parametrize("line", FINE)
def test_P1_TOK_14_P1_ID_03_what_is_fine_is_fine(server, line):
    code, messages = configtest(server, Site(directives=HUB + line))
    assert code == 0 and "no effect" not in messages, messages


def test_ANY_29_a_hub_of_1_0_needs_issuers_only(server):
    assert configtest(server, Site(directives=STRICT + section(KEY)))[0] == 0
    assert configtest(server, Site(directives=STRICT + "MercureAnonymous On"))[0] == 0


def test_an_issuer_of_a_hub_of_0_x_is_warned_of(server):
    code, messages = configtest(server, Site(directives=HUB + "MercureProtocol 0.x\n" + section(KEY)))
    assert code == 0 and "<MercureIssuer> has no effect under MercureProtocol 0.x" in messages


def test_a_short_secret_of_an_issuer_is_warned_of(server):
    code, messages = configtest(server, Site(directives="Mercure On\n" + section("MercureSubscriberJWT short HS256")))
    assert code == 0 and "openssl rand" in messages


def test_P1_TOK_03_keys_of_a_file_that_are_of_no_use_are_warned_of(server):
    server.write("mixed.json", document(public_jwk("ES256", kid="a"), public_jwk("RS256", kid="unfit", use="enc")))
    code, messages = configtest(server, Site(directives="Mercure On\n" + section("MercureSubscriberJWKS file:mixed.json")))
    assert code == 0 and re.search(r'mixed\.json: key 2 "unfit" is not used: its use is "enc", not sig', messages)


def test_issuers_are_not_inherited(server):
    """One tenant's issuer is not another's."""
    code, messages = configtest(server, Site(directives="Mercure On"), directives=section(KEY))
    server.reconfigure(directives="")
    assert code != 0 and "without a key" in messages and "have no effect here" in messages


def test_no_secret_is_ever_shown(server):
    secret = "0123456789-this-is-a-secret-value"
    for line in (f"MercureSubscriberJWT {secret} HS999", f"MercureSubscriberJWT {secret} RS256",
                 f"MercureSubscriberJWKS file:{secret}"):
        messages = configtest(server, Site(directives=HUB + section(line)))[1]
        assert secret not in messages.replace(f"file {secret}", ""), messages

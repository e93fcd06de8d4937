"""What makes an issuer's token valid (protocol-1.0 section 13), over a real server."""
import json

import pytest

from harness import tokens
from harness.configuration import Site
from harness.hub import Hub
from harness.issuer import both, document, section
from harness.server import Server
from harness.verdicts import ALL, Client, client_of

HMAC = ["HS256", "HS384", "HS512"]
ALGORITHMS = [*HMAC, "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SECRET = "an issuer's secret, longer than the sixty-four bytes of a block of HS512"
OLD = {"mercure": {"publish": ["*"], "subscribe": ["*"]}}
OTHER = "https://other.example.test"
PUBLISHING = "https://publishing.example.test"
NAMED = "https://named.example.test"

SECTIONS = (section(*both("JWT file:{directory}/HS256.key HS256"))
            + section(*both("JWKS file:{directory}/ES256.json"), name=OTHER)
            + section("MercurePublisherJWT file:{directory}/EdDSA.key EdDSA", name=PUBLISHING)
            + section(*both("JWKS file:{directory}/named.json"), name=NAMED))
HUB = "\n".join(["Mercure On", *both(f"JWT {tokens.SECRET}"), SECTIONS])
ROLES = "Mercure On\n" + section("MercurePublisherJWT file:{directory}/RS256.key RS256",
                                 "MercureSubscriberJWT file:{directory}/ES256.key ES256")


def jwk(algorithm, **members):
    """A key of a set, under the algorithm's name; HMAC's among them."""
    if algorithm in HMAC:
        return {"kty": "oct", "k": tokens.encode(SECRET.encode()), "alg": algorithm, "kid": algorithm, **members}
    return tokens.public_jwk(algorithm, kid=algorithm, **members)


def site_of(algorithm):
    """Publishers' key is a text, subscribers' are a JWK Set."""
    return Site(f"{algorithm.lower()}.example.test", "Mercure On\n" + section(
        f"MercurePublisherJWT file:{{directory}}/{algorithm}.key {algorithm}",
        f"MercureSubscriberJWKS file:{{directory}}/{algorithm}.json {algorithm}"), tls=False)


@pytest.fixture(scope="module")
def server():
    server = Server(sites=[
        Site(directives=HUB), Site("strict.example.test", "Mercure On\nMercureProtocol 1.0\n" + SECTIONS, tls=False),
        Site("roles.example.test", ROLES, tls=False),
        Site("untold.example.test", "Mercure On\n" + section(*both(f'JWT "{SECRET}"')), tls=False),
        *(site_of(algorithm) for algorithm in ALGORITHMS)])
    for algorithm in ALGORITHMS:
        server.write(f"{algorithm}.key", SECRET if algorithm in HMAC else tokens.public_pem(algorithm), mode=0o600)
        server.write(f"{algorithm}.json", document(jwk(algorithm)), mode=0o600)
    server.write("named.json", document(
        tokens.public_jwk("ES256", "first", kid="first"), tokens.public_jwk("ES256", "second", kid="second"),
        tokens.public_jwk("RS256", "nameless"), tokens.public_jwk("RS256", "open", kid="open", alg=None),
        tokens.public_jwk("PS384", "open", kid="also-open", alg=None),
        tokens.public_jwk("ES256", "encrypting", kid="encrypting", use="enc"), {"kty": "unheard-of", "kid": "new"}))
    server.allow.append(r"named\.json: key \d .*is not used: ")
    with server:
        yield server


@pytest.fixture
def client(server):
    return Client(Hub(server))


# Algorithms.

@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_P1_TOK_02_03_each_algorithm_by_a_text_and_by_a_key_set(server, algorithm):
    client = client_of(server, algorithm)
    token = client.token(algorithm=algorithm, secret=SECRET)
    with client.hub.open("a", token) as stream:
        assert client.hub.publish("a", token=token) == stream.next_event().id
    assert client.publish(client.token(algorithm=algorithm, secret=SECRET, kid=algorithm)).status == 200


@pytest.mark.parametrize("configured", ALGORITHMS)
def test_P1_TOK_02_03_any_other_algorithm_is_refused(server, configured):
    client = client_of(server, configured)
    for used in ALGORITHMS:
        if used != configured:
            token = client.token(algorithm=used, secret=SECRET)
            told = f"issuer \"{tokens.ISSUER}\": the token is signed with {used}, the configured keys take {configured}"
            client.check_refused(client.publish(token), told=told)
            client.check_refused(client.subscribe(token), told=told)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "hs256", "HS256 ", "HS1"])
def test_P1_TOK_02_no_signature_and_unknown_algorithms(client, algorithm):
    token = client.token(secret=SECRET, header={"alg": algorithm})
    client.check_refused(client.publish(token), told=r"the token is signed with .*, the configured keys take HS256")
    client.check_refused(client.publish(token.rpartition(".")[0] + "."), told="signed with|signature|part")


def test_P1_TOK_13_a_secret_without_an_algorithm_is_for_HS256(server):
    client = client_of(server, "untold")
    assert client.publish(client.token(secret=SECRET)).status == 200
    token = client.token(algorithm="HS512", secret=SECRET)
    client.check_refused(client.publish(token), told="the configured keys take HS256")


@pytest.mark.parametrize("configured", ["RS256", "PS256", "ES256", "EdDSA"])
def test_P1_TOK_02_a_public_key_is_no_secret(server, configured):
    """The classical confusion: HMAC keyed with the public key's text."""
    client = client_of(server, configured)
    pem = tokens.public_pem(configured)
    for secret in (pem, pem.strip(), document(jwk(configured)), json.dumps(jwk(configured))):
        for header in (None, {"alg": configured}, {"kid": configured}, {"alg": configured, "kid": configured}):
            token = client.token(secret=secret, header=header)
            client.check_refused(client.publish(token), told="signed with HS256, the configured|signature is not from")
            client.check_refused(client.subscribe(token), told="signed with HS256, the configured|signature is not from")


# Headers.

@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT", "at+JWT", "Application/AT+jwt"])
@pytest.mark.parametrize("name", ["hub", "strict"])
def test_P1_TOK_01_an_access_token_has_its_typ(server, name, typ):
    client = client_of(server, name)
    assert client.publish(client.token(secret=SECRET, header={"typ": typ})).status == 200


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt ", "at_jwt", "application/jwt", "x/at+jwt", 1, ["at+jwt"]])
def test_P1_TOK_01_ANY_01_any_other_typ(server, typ):
    """Under 1.0 it is no token; under any it is one of 0.x, whose keys stand outside of the issuers."""
    strict, both = client_of(server, "strict"), client_of(server, "hub")
    strict.check_refused(strict.publish(strict.token(secret=SECRET, header={"typ": typ})), told="typ is not at.jwt")
    verdict = both.publish(both.token(secret=SECRET, header={"typ": typ}))
    assert (verdict.status, verdict.challenge) == (401, "Bearer") and "signature" in verdict.told


def test_ANY_01_16_the_generations_keep_their_keys_apart(client):
    client.check_refused(client.publish(client.token(secret=tokens.SECRET)), told="signature is not from the configured HS256 key")
    verdict = client.publish(tokens.sign(OLD, secret=SECRET))
    assert (verdict.status, verdict.challenge, verdict.body) == (401, "Bearer", b"Unauthorized\n")
    assert client.publish(tokens.sign(OLD)).status == 200


def test_ANY_01_a_token_of_one_generation_has_no_rights_of_the_other(client):
    """Both kinds of claims in one token: its typ decides which of them count."""
    both = {"iss": tokens.ISSUER, "aud": client.hub.url, "exp": tokens.FAR_AWAY, "authorization_details": []}
    client.check_refused(client.publish(tokens.sign({**both, **OLD}, secret=SECRET, header={"alg": "HS256", "typ": "at+jwt"})),
                         403, "insufficient_scope", "authorization_details")
    verdict = client.publish(tokens.sign({**both, "authorization_details": [ALL]}))
    assert (verdict.status, verdict.challenge) == (401, "Bearer")


@pytest.mark.parametrize("crit", [["exp"], [], "exp", None, ["b64"]], ids=str)
def test_P1_TOK_02_ANY_16_a_critical_extension_is_refused(client, crit):
    head = {"alg": "HS256", "typ": "at+jwt", "crit": crit}
    token = tokens.sign({"iss": tokens.ISSUER, "aud": client.hub.url, "exp": tokens.FAR_AWAY, "authorization_details": [ALL]},
                        secret=SECRET, header=head)
    client.check_refused(client.publish(token), told="header has crit")


def test_P1_TOK_04_keys_in_the_token_are_not_used(client):
    """Neither a key nor the place of one; beside a signature that is right they do no harm."""
    foreign = tokens.public_jwk("ES256", "foreign", kid="foreign")
    url = f"http://127.0.0.1:{client.hub.server.ports.clear}/keys.json"
    client.hub.server.write("htdocs/keys.json", document(foreign))
    for extra in ({"jwk": foreign}, {"jku": url}, {"x5u": url}, {"x5c": ["MIIB"]}, {"jwk": foreign, "jku": url, "kid": "foreign"}):
        token = client.token(algorithm="ES256", key_name="foreign", header=extra, iss=OTHER)
        client.check_refused(client.publish(token), told="signature is not from|no key has the name")
        assert client.publish(client.token(algorithm="ES256", header=extra | {"kid": "ES256"}, iss=OTHER)).status == 200
    assert not [line for line in client.hub.server.access_log() if "/keys.json" in line], "the hub has gone there"


NAMED_KEYS = {
    "first by its name": (("ES256", "first", "first"), ""),
    "second by its name": (("ES256", "second", "second"), ""),
    "first without a name": (("ES256", "first", None), ""),
    "second without a name": (("ES256", "second", None), ""),
    "nameless whatever the name": (("RS256", "nameless", "anything"), ""),
    "without an algorithm as RS256": (("RS256", "open", "open"), ""),
    "without an algorithm as PS384": (("PS384", "open", "also-open"), ""),
    "another's name": (("ES256", "first", "second"), r'signature is not from the configured ES256 key \(its kid is "second"\)'),
    "an unknown name": (("ES256", "first", "third"), 'no key has the name that its kid gives: "third"'),
    "an empty name": (("ES256", "first", ""), 'no key has the name that its kid gives: ""'),
    "a name of another case": (("ES256", "first", "First"), 'no key has the name that its kid gives: "First"'),
    "for encryption": (("ES256", "encrypting", "encrypting"), "no key has the name that its kid gives"),
    "not in the set": (("ES256", "", None), "signature is not from the configured ES256 keys"),
    "the name of a key of another algorithm": (("RS256", "nameless", "first"), ""),
}


@pytest.mark.parametrize("key, told", NAMED_KEYS.values(), ids=NAMED_KEYS.keys())
def test_P1_TOK_04_a_kid_picks_among_the_trusted_keys(client, key, told):
    algorithm, name, kid = key
    token = client.token(algorithm=algorithm, key_name=name, kid=kid, iss=NAMED)
    verdict = client.publish(token)
    if told:
        client.check_refused(verdict, told=told)
    else:
        assert verdict.status == 200, verdict


@pytest.mark.parametrize("kid", [1, ["first"], {}, True], ids=str)
def test_P1_TOK_04_ANY_50_a_kid_is_a_string(client, kid):
    client.check_refused(client.publish(client.token(algorithm="ES256", key_name="first", kid=kid, iss=NAMED)),
                         told="the kid in the token's header is not a string")


# Issuers and roles.

ISSUERS = {
    "missing": (None, "has no iss that is a string"),
    "empty": ("", 'names no issuer that is configured: ""'),
    "unknown": ("https://evil.example.test", 'names no issuer that is configured: "https://evil.example.test"'),
    "with a slash": (tokens.ISSUER + "/", "names no issuer that is configured"),
    "of another case": (tokens.ISSUER.upper(), "names no issuer that is configured"),
    "a list": ([tokens.ISSUER], "has no iss that is a string"),
    "a number": (1, "has no iss that is a string"),
    "with a NUL": (tokens.ISSUER + "\0", "the token's claims part holds a NUL"),
    "with a line end": (tokens.ISSUER + "\n[core:emerg] forged", r'names no issuer that is configured: "\S+\?\[core'),
    "another's": (OTHER, 'issuer "https://other.example.test": the token is signed with HS256, the configured keys take ES256'),
}


@pytest.mark.parametrize("issuer, told", ISSUERS.values(), ids=ISSUERS.keys())
def test_P1_TOK_06_the_issuer_is_a_configured_one(client, issuer, told):
    token = client.token(secret=SECRET, iss=issuer)
    client.check_refused(client.publish(token), told=told)
    client.check_refused(client.subscribe(token), told=told)


def test_P1_TOK_05_each_issuers_keys_are_its_own(client):
    """Two issuers, one kind of key: the token of one, signed by the other."""
    by_other = dict(algorithm="ES256")
    by_named = dict(algorithm="ES256", key_name="first")
    assert client.publish(client.token(iss=OTHER, **by_other)).status == 200
    assert client.publish(client.token(iss=NAMED, **by_named)).status == 200
    client.check_refused(client.publish(client.token(iss=OTHER, **by_named)), told=f'issuer "{OTHER}": .*signature is not from')
    client.check_refused(client.publish(client.token(iss=NAMED, **by_other)), told=f'issuer "{NAMED}": .*signature is not from')
    client.check_refused(client.subscribe(client.token(iss=OTHER, **by_named)), told=f'issuer "{OTHER}": .*signature is not from')
    client.check_refused(client.publish(client.token(iss=OTHER, kid="first", **by_named)), told='its kid gives: "first"')


def test_P1_TOK_11_an_issuer_without_a_key_for_the_role_refuses_it(client):
    token = client.token(algorithm="EdDSA", iss=PUBLISHING)
    assert client.publish(token).status == 200
    client.check_refused(client.subscribe(token), told=f'issuer "{PUBLISHING}": no key is configured for the token')


def test_P1_TOK_12_the_roles_keys_are_apart(server):
    client = client_of(server, "roles")
    publisher, subscriber = client.token(algorithm="RS256"), client.token(algorithm="ES256")
    assert (client.publish(publisher).status, client.subscribe(subscriber).status) == (200, 200)
    client.check_refused(client.subscribe(publisher), told="signed with RS256, the configured keys take ES256")
    client.check_refused(client.publish(subscriber), told="signed with ES256, the configured keys take RS256")


def test_P1_TOK_10_a_broken_signature_is_told_before_what_the_claims_say(client):
    token = tokens.with_broken_signature(client.token(secret=SECRET, exp=1, aud="https://x.example"))
    client.check_refused(client.publish(token), told="signature is not from")


# Refusals.

def test_P1_TOK_15_P1_ERR_02_every_failure_looks_the_same(client):
    faults = [dict(exp=1), dict(aud="x"), dict(iss="x"), dict(nbf=tokens.FAR_AWAY), dict(secret="x" * 40), dict(algorithm="ES384"),
              dict(header={"alg": "none"}), dict(authorization_details=1), dict(kid=1)]
    verdicts = [client.publish(client.token(**{"secret": SECRET, **fault})) for fault in faults] + [client.publish("x" * 60)]
    assert len({(verdict.status, verdict.challenge, verdict.body) for verdict in verdicts}) == 1, verdicts
    assert len({verdict.told for verdict in verdicts}) == len(verdicts), "each is told in its own words"


GOOD = tokens.access_token("https://hub.example.test/.well-known/mercure", ALL, secret=SECRET)
HEAD, BODY, SIGNATURE = GOOD.split(".")


@pytest.mark.parametrize("token", [
    f"{HEAD}.{BODY}", f"{GOOD}.x", f"{GOOD}=", f"{HEAD}.{BODY}.", f".{BODY}.{SIGNATURE}", f"{HEAD}..{SIGNATURE}", "." * 60,
    "x" * 60, f"{HEAD}.{BODY}.{SIGNATURE[:-2]}", f"{HEAD}.{BODY}.{SIGNATURE}AA", f"{HEAD}=.{BODY}.{SIGNATURE}",
    f"{HEAD}.{BODY}.{SIGNATURE[:-1]}!", "A" * 7000, f"{HEAD}.{BODY[:-3]}.{SIGNATURE}",
], ids=["two-parts", "four-parts", "padded", "no-signature", "no-head", "no-claims", "dots", "no-dots", "short-signature",
        "long-signature", "padded-head", "bad-character", "long", "broken-claims"])
def test_P1_TOK_01_ANY_16_50_malformed_tokens(client, token):
    client.check_refused(client.publish(token))
    client.check_refused(client.subscribe(token))


def test_the_wire_of_a_good_token(client):
    """What all of these tests rely on."""
    assert client.publish(GOOD).status == 200

"""What makes a token valid (protocol-0x section 8)."""
import json
import time

import pytest

from harness import tokens
from harness.configuration import Site
from harness.hub import Hub
from harness.server import Server

ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"]
SECRET = "A secret of the test that is longer than the sixty-four bytes of an HS512 block!"
GRANT = {"mercure": {"publish": ["*"], "subscribe": ["*"]}}


@pytest.fixture(scope="module")
def keyed():
    """One site for each algorithm, its keys in files; `rotation` has several, the first without its algorithm."""
    server = Server("event", sites=[site_of(algorithm) for algorithm in ALGORITHMS] + [
        Site("rotation.example.test", f'Mercure On\nMercurePublisherJWT "{SECRET}"\n'
                                      f"MercurePublisherJWT {tokens.SECRET} HS256\n"
                                      'MercurePublisherJWT file:{directory}/ES256.key ES256\n')])
    for algorithm in ALGORITHMS:
        text = SECRET + "\n" if algorithm.startswith("HS") else tokens.public_pem(algorithm)
        server.write(f"{algorithm}.key", text, mode=0o600)
    with server:
        yield server


def site_of(algorithm):
    key = f"file:{{directory}}/{algorithm}.key {algorithm}"
    return Site(f"{algorithm.lower()}.example.test", f"Mercure On\nMercurePublisherJWT {key}\nMercureSubscriberJWT {key}")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_P0_TOK_01_03_each_algorithm_publishes_and_subscribes(keyed, algorithm):
    hub = Hub(keyed, f"{algorithm.lower()}.example.test")
    token = tokens.sign(GRANT, algorithm, SECRET)
    with hub.open("a", token) as stream:
        assert hub.publish("a", token=token) == stream.next_event().id


@pytest.mark.parametrize("configured", ALGORITHMS)
@pytest.mark.parametrize("used", ALGORITHMS)
def test_P0_TOK_02_any_other_algorithm_is_refused(keyed, configured, used):
    if used != configured:
        hub = Hub(keyed, f"{configured.lower()}.example.test")
        assert hub.post("topic=a", tokens.sign(GRANT, used, SECRET)).status == 401


@pytest.mark.parametrize("configured", ["RS256", "ES256"])
def test_P0_TOK_02_a_public_key_is_no_secret(keyed, configured):
    """The classical confusion: HMAC keyed with the public key's text."""
    hub = Hub(keyed, f"{configured.lower()}.example.test")
    for pem in (tokens.public_pem(configured), tokens.public_pem(configured).strip()):
        assert hub.post("topic=a", tokens.sign(GRANT, "HS256", pem)).status == 401
        forged = tokens.sign(GRANT, "HS256", pem, header={"alg": configured})
        assert hub.post("topic=a", forged).status == 401


@pytest.mark.parametrize("token", [tokens.sign(GRANT, "HS256", SECRET), tokens.sign(GRANT), tokens.sign(GRANT, "ES256")],
                         ids=["first", "second", "third"])
def test_P0_TOK_01_03_several_keys_verify_for_one_role(keyed, token):
    assert Hub(keyed, "rotation.example.test").post("topic=a", token).status == 200


def test_several_keys_verify_only_what_one_of_them_signed(keyed):
    hub = Hub(keyed, "rotation.example.test")
    assert hub.post("topic=a", tokens.sign(GRANT, secret="yet another secret of some thirty bytes")).status == 401
    assert hub.post("topic=a", tokens.sign(GRANT, "ES384")).status == 401


NOW = int(time.time())
CLAIMS = {
    "no exp": (GRANT, 200),
    "exp ahead": ({**GRANT, "exp": NOW + 3600}, 200),
    "exp a real number": ({**GRANT, "exp": NOW + 3600.123456}, 200),
    "exp past": ({**GRANT, "exp": NOW - 3600}, 401),
    "exp just past": ({**GRANT, "exp": NOW - 1}, 401),
    "exp a past real number": ({**GRANT, "exp": NOW - 1.5}, 401),
    "exp a string": ({**GRANT, "exp": str(NOW + 3600)}, 401),
    "exp null": ({**GRANT, "exp": None}, 401),
    "exp out of range": ({**GRANT, "exp": 1e300}, 401),
    "exp huge": (json.dumps(GRANT)[:-1] + ', "exp": 1' + "0" * 40 + "}", 401),
    "exp negative": ({**GRANT, "exp": -1}, 401),
    "nbf past": ({**GRANT, "nbf": NOW - 10}, 200),
    "nbf ahead": ({**GRANT, "nbf": NOW + 3600}, 401),
    "nbf a string": ({**GRANT, "nbf": str(NOW - 10)}, 401),
    "iat iss aud sub": ({**GRANT, "iat": NOW + 9999, "iss": "x", "aud": ["y"], "sub": "z"}, 200),
    "publish a string": ({"mercure": {"publish": "*"}}, 401),
    "publish holds a number": ({"mercure": {"publish": ["*", 1]}}, 401),
    "publish holds null": ({"mercure": {"publish": ["*", None]}}, 401),
    "mercure a list": ({"mercure": ["*"]}, 401),
    "subscribe of a wrong type": ({"mercure": {"publish": ["*"], "subscribe": 1}}, 401),
    "a thousand selectors": ({"mercure": {"publish": ["*"] * 1000}}, 200),
    "more than a thousand": ({"mercure": {"publish": ["*"] * 1001}}, 401),
    "claims twice": ('{"mercure":{"publish":["*"]},"mercure":{"publish":["*"]}}', 401),
    "exp twice": ('{"mercure":{"publish":["*"]},"exp":%d,"exp":%d}' % (NOW + 9, NOW + 9), 401),
    "a list": ("[]", 401),
    "no json": ("{", 401),
    "trailing text": (json.dumps(GRANT) + "x", 401),
    "a deep claim": ('{"mercure":{"publish":["*"],"payload":' + "[" * 5000 + "]" * 5000 + "}}", 401),
}


@pytest.mark.parametrize("claims, status", CLAIMS.values(), ids=CLAIMS.keys())
def test_P0_TOK_05_06_07_14_ANY_50_claims(hub, claims, status):
    assert hub.post("topic=a", tokens.sign(claims)).status == status


@pytest.mark.parametrize("header, status", [
    ({"alg": "HS256", "typ": "JWT"}, 200),
    ({"alg": "HS256", "typ": "at+jwt"}, 200),
    ({"alg": "HS256", "typ": "anything"}, 200),
    ({"alg": "HS256", "kid": "x"}, 200),
    ({"alg": "HS256", "crit": ["exp"]}, 401),
    ({"alg": "HS256", "crit": []}, 401),
    ({"alg": "hs256"}, 401),
    ({"alg": "none"}, 401),
    ({"alg": 1}, 401),
    ({}, 401),
], ids=str)
def test_P0_TOK_02_06_ANY_01_16_headers(old, header, status):
    assert old.post("topic=a", tokens.sign(GRANT, header=header)).status == status


GOOD = tokens.sign(GRANT)
HEAD, BODY, SIGNATURE = GOOD.split(".")


@pytest.mark.parametrize("token", [
    f"{HEAD}.{BODY}", f"{GOOD}.x", f"{GOOD}=", f"{HEAD}.{BODY}.", f".{BODY}.{SIGNATURE}", f"{HEAD}..{SIGNATURE}", "." * 60,
    "x" * 60, f"{HEAD}.{BODY}.{SIGNATURE[:-2]}", f"{HEAD}.{BODY}.{SIGNATURE}AA", f"{HEAD}=.{BODY}.{SIGNATURE}",
    f"{HEAD}.{BODY}.{SIGNATURE[:-1]}!", "A" * 7000,
], ids=["two-parts", "four-parts", "padded", "no-signature", "no-head", "no-claims", "dots", "no-dots", "short-signature",
        "long-signature", "padded-head", "bad-character", "long"])
def test_P0_AUTH_01_ANY_50_malformed_tokens(hub, token):
    response = hub.post("topic=a", token)
    assert (response.status, response.body) == (401, b"Unauthorized\n")


def test_P0_TOK_15_every_failure_looks_the_same(hub):
    answers = {(r.status, r.body, r.field("WWW-Authenticate")) for r in (
        hub.post("topic=a"), hub.post("topic=a", tokens.sign(GRANT, secret="x" * 40)),
        hub.post("topic=a", tokens.sign({**GRANT, "exp": 1})), hub.post("topic=a", tokens.publisher("b")))}
    assert answers == {(401, b"Unauthorized\n", "Bearer")}


def test_P0_TOK_05_an_expired_subscriber_is_401(hub):
    assert hub.get("a", tokens.subscriber("*", exp=int(time.time()) - 3600)).status == 401


def test_P0_TOK_13_a_payload_of_any_kind_is_fine(hub):
    for payload in ({"user": "u1"}, "text", 1, None, [1, {"a": []}]):
        hub.open("a", tokens.sign({"mercure": {"subscribe": ["*"], "payload": payload}})).close()


"""JSON Web Tokens (RFC 7519) as compact JWS, made by hand so that broken ones can be made too."""
import base64
import functools
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

SECRET = "!ChangeThisMercureHubJWTSecretKey!"

DETAIL = "https://mercure.rocks/authorization-detail"
ISSUER = "https://login.example.test"
FAR_AWAY = 4102444800

_HASH = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVE = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def encode(raw: bytes) -> str:
    """base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@functools.lru_cache(maxsize=None)
def private_key(algorithm: str, name: str = ""):
    """One key pair for each asymmetric algorithm and name, made when first asked for."""
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm[:2] in ("RS", "PS"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(_CURVE[algorithm]())


def public_pem(algorithm: str, name: str = "") -> str:
    return private_key(algorithm, name).public_key().public_bytes(serialization.Encoding.PEM,
                                                            serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def public_jwk(algorithm: str, name: str = "", **members) -> dict:
    """The same key as a JWK (RFC 7517); `members` are added, such as kid, or taken away where they are None."""
    key = private_key(algorithm, name).public_key()
    if algorithm == "EdDSA":
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode(raw)}
    else:
        numbers = key.public_numbers()
        size = (key.key_size + 7) // 8
        if algorithm.startswith("ES"):
            jwk = {"kty": "EC", "crv": f"P-{key.key_size}", "x": encode(numbers.x.to_bytes(size, "big")),
                   "y": encode(numbers.y.to_bytes(size, "big"))}
        else:
            jwk = {"kty": "RSA", "n": encode(numbers.n.to_bytes(size, "big")), "e": encode(numbers.e.to_bytes(3, "big"))}
    jwk.update({"alg": algorithm, "use": "sig", **members})
    return {member: value for member, value in jwk.items() if value is not None}


def signature(algorithm: str, signed: bytes, secret: str = SECRET, key_name: str = "") -> bytes:
    """RFC 7518, section 3; RFC 8037."""
    key = None if algorithm.startswith("HS") else private_key(algorithm, key_name)
    if algorithm == "EdDSA":
        return key.sign(signed)
    digest = _HASH[algorithm[2:]]
    if algorithm.startswith("HS"):
        return hmac.new(secret.encode(), signed, getattr(hashlib, f"sha{algorithm[2:]}")).digest()
    if algorithm.startswith("RS"):
        return key.sign(signed, padding.PKCS1v15(), digest())
    if algorithm.startswith("PS"):
        return key.sign(signed, padding.PSS(padding.MGF1(digest()), digest().digest_size), digest())
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def sign(claims, algorithm="HS256", secret=SECRET, header=None, key_name="") -> str:
    """`claims` as a dict, or as JSON text to send exactly as it is."""
    text = claims if isinstance(claims, str) else json.dumps(claims)
    head = json.dumps({"alg": algorithm} if header is None else header)
    signed = f"{encode(head.encode())}.{encode(text.encode())}"
    return f"{signed}.{encode(signature(algorithm, signed.encode(), secret, key_name))}"


def publisher(*selectors, **claims) -> str:
    return sign({"mercure": {"publish": list(selectors or ["*"])}, **claims})


def subscriber(*selectors, **claims) -> str:
    return sign({"mercure": {"subscribe": list(selectors)}, **claims})


def matcher(text: str, match_type=None) -> dict:
    return {"match": text} if match_type is None else {"match": text, "match_type": match_type}


def detail(*matchers, actions=("publish",), **members) -> dict:
    """An authorization detail of protocol 1.0; matchers as strings are exact ones."""
    topics = [matcher(each) if isinstance(each, str) else each for each in matchers]
    return {"type": DETAIL, "actions": list(actions), "topics": topics, **members}


def access_token(audience, *details, algorithm="HS256", header=None, secret=SECRET, kid=None, key_name="", **claims) -> str:
    """A token of protocol 1.0 (RFC 9068); a claim that is None is left out."""
    head = {"alg": algorithm, "typ": "at+jwt", **({} if kid is None else {"kid": kid}), **(header or {})}
    body = {"iss": ISSUER, "aud": audience, "exp": FAR_AWAY, "authorization_details": list(details), **claims}
    return sign({name: value for name, value in body.items() if value is not None}, algorithm, secret,
                {name: value for name, value in head.items() if value is not None}, key_name)


def unsigned(claims) -> str:
    """The `none` algorithm (RFC 7518, section 3.6)."""
    return f"{encode(json.dumps({'alg': 'none'}).encode())}.{encode(json.dumps(claims).encode())}."


def with_broken_signature(token: str) -> str:
    """The same token with the last bytes of its signature changed."""
    head, claims, signed = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4)))
    raw[-1] ^= 0xFF
    raw[-2] ^= 0xFF
    return f"{head}.{claims}.{encode(bytes(raw))}"

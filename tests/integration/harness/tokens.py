"""JSON Web Tokens (RFC 7519) as compact JWS, made by hand so that broken ones can be made too."""
import base64
import functools
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

SECRET = "!ChangeThisMercureHubJWTSecretKey!"

_HASH = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVE = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def encode(raw: bytes) -> str:
    """base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@functools.lru_cache(maxsize=None)
def private_key(algorithm: str):
    """One key pair for each asymmetric algorithm, made when first asked for."""
    if algorithm.startswith("RS"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(_CURVE[algorithm]())


def public_pem(algorithm: str) -> str:
    return private_key(algorithm).public_key().public_bytes(serialization.Encoding.PEM,
                                                            serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def signature(algorithm: str, signed: bytes, secret: str = SECRET) -> bytes:
    """RFC 7518, section 3."""
    digest = _HASH[algorithm[2:]]
    if algorithm.startswith("HS"):
        return hmac.new(secret.encode(), signed, getattr(hashlib, f"sha{algorithm[2:]}")).digest()
    key = private_key(algorithm)
    if algorithm.startswith("RS"):
        return key.sign(signed, padding.PKCS1v15(), digest())
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def sign(claims, algorithm="HS256", secret=SECRET, header=None) -> str:
    """`claims` as a dict, or as JSON text to send exactly as it is."""
    text = claims if isinstance(claims, str) else json.dumps(claims)
    head = json.dumps({"alg": algorithm} if header is None else header)
    signed = f"{encode(head.encode())}.{encode(text.encode())}"
    return f"{signed}.{encode(signature(algorithm, signed.encode(), secret))}"


def publisher(*selectors, **claims) -> str:
    return sign({"mercure": {"publish": list(selectors or ["*"])}, **claims})


def subscriber(*selectors, **claims) -> str:
    return sign({"mercure": {"subscribe": list(selectors)}, **claims})


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

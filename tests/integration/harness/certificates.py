"""A certificate authority of the session, one server certificate for every test name, and client certificates."""
import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER_NAMES = ["localhost", "example.test", "*.example.test", "*.example.com", "example.com"]


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as PEM files."""
    certificate: Path
    key: Path


class Authority:
    """Made once a session; its files are readable by httpd's children."""

    def __init__(self, directory: Path):
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign("Test CA", self._key.public_key(), names=None, usage=None)
        self.certificate = self._write("ca.pem", self._certificate.public_bytes(serialization.Encoding.PEM))
        self.server = self._issue("server", SERVER_NAMES, ExtendedKeyUsageOID.SERVER_AUTH)
        self.client = self._issue("client", [], ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issue(self, name, names, usage) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key.public_key(), names, usage)
        return Identity(self._write(f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
                        self._write(f"{name}.key", key.private_bytes(serialization.Encoding.PEM,
                                                                     serialization.PrivateFormat.PKCS8,
                                                                     serialization.NoEncryption())))

    def _sign(self, common_name, public_key, names, usage):
        now = datetime.datetime.utcnow()
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        builder = (x509.CertificateBuilder()
                   .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
                   .issuer_name(issuer)
                   .public_key(public_key)
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=30))
                   .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True))
        if names:
            alternatives = [*(x509.DNSName(name) for name in names),
                            *(x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _write(self, name, content) -> Path:
        path = self._directory / name
        path.write_bytes(content)
        path.chmod(0o644)
        return path

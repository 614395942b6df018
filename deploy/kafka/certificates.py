"""A certificate authority for one cluster on this machine, and the brokers' certificate that it signed."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 365


def make(folder: Path) -> Path:
    """Write server.pem (key and certificate) and ca.pem where they are not yet; returns what clients trust, ca.pem."""
    authority = folder / "ca.pem"
    if authority.exists():
        return authority
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name("Écluse development")
    root = _certificate(root_name, root_name, root_key.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    broker = _certificate(_name("localhost"), root_name, key.public_key()).add_extension(names, critical=False)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    whole = folder / "server.pem"
    whole.touch(mode=0o600)
    whole.write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption())
        + broker.sign(root_key, hashes.SHA256()).public_bytes(pem)
    )
    authority.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(pem))
    return authority


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=DAYS))
    )

"""A city's signing certificate from a certification authority of the test's own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

PASSPHRASE = b"a lantern by the mill pond"
DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def _certificate(subject, key, issuer, issuer_key, *, ca: bool, ends: dt.datetime):
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    usage = dict.fromkeys(
        ("data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 400 * DAY)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                content_commitment=not ca,
                key_encipherment=False,
                key_cert_sign=ca,
                crl_sign=ca,
                **usage,
            ),
            critical=True,
        )
        .sign(issuer_key, hashes.SHA256())
    )


def make_certificates(folder: Path, *, ends: dt.datetime = NOW + 3000 * DAY) -> None:
    """Write root.pem, city.p12, and the same as city.pem with city.key, under the passphrase."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = _certificate("Test CA", root_key, "Test CA", root_key, ca=True, ends=ends)
    own = _certificate("City of Alder Glen", key, "Test CA", root_key, ca=False, ends=ends)
    locked = BestAvailableEncryption(PASSPHRASE)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    packed = pkcs12.serialize_key_and_certificates(b"city", key, own, [root], locked)
    (folder / "city.p12").write_bytes(packed)
    pem = own.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    (folder / "city.pem").write_bytes(pem)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    (folder / "city.key").write_bytes(private)

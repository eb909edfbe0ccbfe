"""Signing a packet's PDF with the city's certificate (PAdES B-B, or B-T with a time stamp).

The signature is added behind the finished file, certifies it (no change is allowed) and has no
look of its own, so the file stays PDF/UA-1 and PDF/A-3a. It is the last step before the manifest is
written: signatures stand outside what is the same for any secret (DESIGN §7 rule 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from archiver import clock
from archiver.archive.stamping import authority, fetched
from archiver.config import Settings, Signing, resolve_secret
from archiver.errors import HomeError, SourceError, StorageError

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko.sign.timestamps import TimeStamper

FIELD = "City"
_PKCS12 = (".p12", ".pfx")


def sign_packet(path: Path, settings: Settings, *, base: Path | None = None) -> bool:
    """Sign a finished packet in place, where the settings name a certificate; whether they do.

    `base` is where relative paths of the settings begin (the home). Raises HomeError where
    certificate, key or passphrase cannot be used, SourceError where the time-stamp authority does
    not answer, StorageError where the file cannot be written; the packet is then as it was.
    """
    if settings.signing.certificate is None:
        return False
    # slow to load, and most cities sign nothing
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign import fields, signers
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps import TimestampRequestError

    signer = _signer(read_identity(settings.signing, base))
    stamper = _stamper(settings)
    how = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason="Produced under the California Public Records Act",
        name=settings.agency,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    signed = path.with_name(f"{path.name}.signed")
    try:
        with path.open("rb") as plain, signed.open("wb+") as out:
            writer = IncrementalPdfFileWriter(plain)
            signers.sign_pdf(writer, how, signer=signer, timestamper=stamper, output=out)
        signed.replace(path)
    except TimestampRequestError as error:
        raise SourceError(
            f"{error}: nothing was signed; try again, or set time_stamp = false in "
            "archive.toml, [signing]"
        ) from None
    except (SigningError, PdfError) as error:
        raise HomeError(f"the packet could not be signed: {error}") from None
    except OSError as error:
        raise StorageError(f"the packet could not be signed: {error.strerror}") from None
    finally:
        signed.unlink(missing_ok=True)
    return True


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate, its key (PKCS#8), and the certificates behind it."""

    own: x509.Certificate
    key: bytes
    others: Sequence[x509.Certificate]


def read_identity(signing: Signing, base: Path | None) -> Identity:
    """What the settings sign with. Raises HomeError, never with a secret in it, where it cannot be
    used today."""
    named = Path(signing.certificate or "").expanduser()
    place = named if base is None else base / named
    secret = resolve_secret(signing.passphrase).encode() if signing.passphrase else None
    try:
        data = place.read_bytes()
        if place.suffix.lower() in _PKCS12:
            key, own, others = pkcs12.load_key_and_certificates(data, secret)
        else:
            own, *others = x509.load_pem_x509_certificates(data)
            beside = place if signing.key is None else (base or Path()) / signing.key
            key = load_pem_private_key(Path(beside).expanduser().read_bytes(), secret)
        if key is None or own is None:
            raise ValueError("no key or no certificate")
        if key.public_key() != own.public_key():
            raise HomeError(f"{place}: the key is not the certificate's: see [signing]")
        pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    except OSError as error:
        raise HomeError(f"[signing]: cannot read {error.filename}: {error.strerror}") from None
    except (ValueError, TypeError):
        raise HomeError(
            f"{place}: no certificate with its key can be read from it; see certificate, key and "
            "passphrase in archive.toml, [signing]"
        ) from None
    _refuse_expired(place, own)
    return Identity(own, pkcs8, others)


def _signer(identity: Identity) -> SimpleSigner:
    from asn1crypto.keys import PrivateKeyInfo
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    held = SimpleCertificateStore()
    for one in identity.others:
        held.register(Certificate.load(one.public_bytes(Encoding.DER)))
    return SimpleSigner(
        signing_cert=Certificate.load(identity.own.public_bytes(Encoding.DER)),
        signing_key=PrivateKeyInfo.load(identity.key),
        cert_registry=held,
    )


def _refuse_expired(place: Path, own: x509.Certificate) -> None:
    if not own.not_valid_before_utc <= clock.now() <= own.not_valid_after_utc:
        ends = clock.to_text(own.not_valid_after_utc)
        raise HomeError(
            f"{place}: the certificate is not valid today (it ends {ends}): name a new one in "
            "archive.toml, [signing]"
        )


def _stamper(settings: Settings) -> TimeStamper | None:
    """Asks the authority of the seals; None where there is none, or none is wanted."""
    if not settings.signing.time_stamp or settings.seals.timestamp_authority is None:
        return None
    from asn1crypto.tsp import TimeStampReq, TimeStampResp
    from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

    address = authority(settings)

    class Asking(TimeStamper):
        """The same questions as the seals', by the same rules."""

        async def async_request_tsa_response(self, req: TimeStampReq) -> TimeStampResp:
            try:
                return TimeStampResp.load(fetched(address, req.dump()))
            except SourceError as error:
                raise TimestampRequestError(str(error)) from None
            except (httpx.HTTPError, ValueError) as error:
                raise TimestampRequestError(
                    f"the time-stamp authority did not answer ({type(error).__name__})"
                ) from None

    return Asking()  # type: ignore[no-untyped-call]

"""Time stamps from outside: what a token of an RFC 3161 authority proves about a digest.

A token is kept as the authority answered it. It holds SHA-256 of the digest that was stamped (the
32 bytes of a seal's digest), the authority's time, and the authority's signature, so that anybody
can check it with `openssl ts -verify` too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from rfc3161_client import (
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from archiver import clock
from archiver.archive.findings import Findings
from archiver.archive.seals import Seal, seals
from archiver.archive.store import Archive
from archiver.errors import HomeError, IntegrityError

SHA256_OID: Final = "2.16.840.1.101.3.4.2.1"
GRANTED: Final = 0
_CERTIFICATES: Final = 0xA0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says: when (UTC), the authority's own number for it, and whether its signature
    was checked against certificates."""

    at: str
    serial: int
    trusted: bool


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file: the authority's root, and those between it and the signer.

    Raises HomeError where it cannot be read or holds none.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise HomeError(f"{path}: the time-stamp certificates: {error.strerror}") from None
    except ValueError:
        raise HomeError(
            f"{path} holds no certificate in PEM form: see [seals] timestamp_certificate"
        ) from None


def decode(answer: bytes) -> TimeStampResponse:
    """An authority's answer. Raises IntegrityError where it is none, or grants nothing."""
    try:
        response = decode_timestamp_response(_in_order(answer))
    except ValueError:
        raise IntegrityError("it is no answer of a time-stamp authority (RFC 3161)") from None
    if response.status != GRANTED:
        said = "; ".join(response.status_string) or f"status {response.status}"
        raise IntegrityError(f"the authority granted no time stamp: {said}")
    return response


def check_token(
    token: bytes, digest: bytes, certificates: Sequence[x509.Certificate] = ()
) -> Stamp:
    """What a token proves about a digest (32 bytes).

    Without certificates it is only compared with the digest; with some its signature has to come
    from a certificate for time stamping under one of them, valid when it was made. Raises
    IntegrityError, saying what is wrong.
    """
    response = decode(token)
    try:
        info = response.tst_info
        imprint = info.message_imprint
        fits = (
            imprint.hash_algorithm.dotted_string == SHA256_OID
            and imprint.message == sha256(digest).digest()
        )
        at = info.gen_time
    except ValueError:
        raise IntegrityError("its token cannot be read") from None
    if not fits:
        raise IntegrityError("its time stamp is over something else")
    if certificates:
        _check_signature(response, digest, certificates)
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    return Stamp(clock.to_text(at), info.serial_number, bool(certificates))


def _check_signature(
    response: TimeStampResponse, digest: bytes, certificates: Sequence[x509.Certificate]
) -> None:
    try:
        VerifierBuilder(roots=list(certificates)).build().verify_message(response, digest)
    except VerificationError as error:
        raise IntegrityError(
            f"its time stamp is not signed by the authority the settings name ({error})"
        ) from None
    except ValueError:
        raise IntegrityError("the certificates of its time stamp cannot be read") from None


def _in_order(answer: bytes) -> bytes:
    """The answer with the certificates beside its signature in the order DER wants (X.690 § 11.6).

    OpenSSL, and with it many an authority, sends them in the order of its files, which the decoder
    refuses. They stand outside what is signed; the answer is as long as before, and is kept as it
    came. What is no answer comes back unchanged.
    """
    try:
        _, inside, end = _element(answer, 0, len(answer))
        *_, token = _children(answer, inside, end)
        *_, explicit = _children(answer, *token[1:])
        (signed,) = _children(answer, *explicit[1:])
        held = [each for each in _children(answer, *signed[1:]) if each[0] == _CERTIFICATES]
        if len(held) != 1:
            return answer
        _, first, last = held[0]
        starts = [first, *(stop for _, _, stop in _children(answer, first, last))]
    except ValueError:
        return answer
    each = [answer[start:stop] for start, stop in pairwise(starts)]
    return answer[:first] + b"".join(sorted(each)) + answer[last:]


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """The elements of a DER value between two places: tag, and where the content lies."""
    found = []
    while start < end:
        found.append(_element(data, start, end))
        start = found[-1][2]
    return found


def _element(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Tag, beginning and end of the content of the DER element at a place. Raises ValueError."""
    if end - start < 2:
        raise ValueError("cut off")
    length, content = data[start + 1], start + 2
    if length >= 0x80:
        size = length - 0x80
        if not 0 < size <= 4:
            raise ValueError("no definite length")
        length = int.from_bytes(data[content : content + size], "big")
        content += size
    if content + length > end:
        raise ValueError("cut off")
    return data[start], content, content + length


def check_stamps(
    archive: Archive, findings: Findings, certificates: Sequence[x509.Certificate] = ()
) -> Stamp | None:
    """Check the token of every seal that has one; the newest stamp, which anchors every seal up to
    its own, or None where there is none."""
    newest: Stamp | None = None
    for name, connection in (
        (archive.home.archive_db.name, archive.public),
        (archive.home.private_db.name, archive.private),
    ):
        for seal in seals(connection):
            if seal.timestamp_token is None:
                continue
            try:
                stamp = check_token(seal.timestamp_token, seal.digest(), certificates)
            except IntegrityError as error:
                findings.add(f"{name}, seals", f"seal {seal.n}", str(error))
                continue
            if connection is archive.public:
                findings.checked["time stamps"] += 1
                newest = stamp
    return newest


def unstamped(archive: Archive, limit: int) -> list[Seal]:
    """The newest seal where it has no time stamp yet, then the oldest others; at most `limit`.

    The newest comes first: it anchors all before it.
    """
    waiting = [seal for seal in seals(archive.public) if seal.timestamp_token is None]
    return [*waiting[-1:], *waiting[:-1]][:limit]

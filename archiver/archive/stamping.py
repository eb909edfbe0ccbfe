"""Asking an RFC 3161 authority to date a digest. Only a hash of the digest leaves the house."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from archiver.archive.timestamps import check_token, decode, read_certificates
from archiver.config import Settings
from archiver.errors import ArchiverError, HomeError, IntegrityError, SourceError

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 20.0
WHOLE_SECONDS = 60.0
LONGEST_ANSWER = 256 * 1024
_ASKS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}


def stamp(digest: bytes, settings: Settings, *, base: Path | None = None) -> bytes:
    """The authority's answer over a digest (32 bytes), checked before it is given back.

    `base` is where a relative path of the certificates begins (the home). Raises HomeError where
    the settings name no authority or no usable address, SourceError where it does not answer,
    refuses, or answers with something else.
    """
    address = authority(settings)
    certificates = certificates_of(settings, base)
    return ask(address, digest, certificates)


def authority(settings: Settings) -> str:
    """The address of the authority: https, or plain http on this machine.

    Raises HomeError where there is none, or another.
    """
    address = settings.seals.timestamp_authority
    if address is None:
        raise HomeError(
            "no time-stamp authority: name one in archive.toml, [seals] timestamp_authority"
        )
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        known = parts.port is None or parts.port > 0
    except ValueError:
        host, known = "", False
    safe = host and known and (parts.scheme == "https" or _loopback(parts.scheme, host))
    if not safe or parts.username or parts.password:
        raise HomeError(
            "the time-stamp authority in archive.toml, [seals], is no https address "
            "(plain http only on this machine, and never with a password in it)"
        )
    return address


def certificates_of(settings: Settings, base: Path | None) -> list[x509.Certificate]:
    """The certificates the settings name, or none. Raises HomeError where they cannot be read."""
    named = settings.seals.timestamp_certificate
    if named is None:
        return []
    path = Path(named).expanduser()
    return read_certificates(path if base is None else base / path)


def ask(address: str, digest: bytes, certificates: Sequence[x509.Certificate]) -> bytes:
    """The answer of the authority at an address over a digest, checked. Raises as `stamp` does."""
    query = TimestampRequestBuilder().data(digest).hash_algorithm(HashAlgorithm.SHA256).build()
    host = urlsplit(address).hostname
    try:
        answer = fetched(address, query.as_bytes())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceError(
            f"the time-stamp authority {host} did not answer ({type(error).__name__}): "
            "what waits for a time stamp is stamped another night"
        ) from None
    try:
        if query.nonce != decode(answer).tst_info.nonce:
            raise IntegrityError("its answer is to another question")
        check_token(answer, digest, certificates)
    except (IntegrityError, ValueError) as error:
        told = str(error) if isinstance(error, ArchiverError) else "its answer cannot be read"
        raise SourceError(f"the time-stamp authority {host}: {told}") from None
    return answer


def fetched(address: str, query: bytes) -> bytes:
    """The body of an authority's answer. Raises httpx.HTTPError, SourceError."""
    limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    with httpx.stream(
        "POST", address, content=query, headers=_ASKS, timeout=limits, follow_redirects=False
    ) as response:
        if response.status_code != httpx.codes.OK:
            raise SourceError(
                f"the time-stamp authority {response.url.host} answered {response.status_code}: "
                "see its address in archive.toml, [seals]"
            )
        body, give_up = b"", time.monotonic() + WHOLE_SECONDS
        for piece in response.iter_bytes():
            body += piece
            if time.monotonic() > give_up:
                raise SourceError(f"the time-stamp authority {response.url.host} is too slow")
            if len(body) > LONGEST_ANSWER:
                raise SourceError(
                    f"the time-stamp authority {response.url.host} answered far too much"
                )
        return body


def _loopback(scheme: str, host: str) -> bool:
    if scheme != "http":
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

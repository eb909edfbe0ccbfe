"""HTTP as evidence: every exchange as it went over the wire, with the credentials taken out.

Credentials stand in headers, in query parameters and, on some platforms, inside the answer's body;
they are removed from all three before anything else sees the exchange. Sign-in and token exchanges
give no `Exchange` at all: not even a digest of a body that held a secret is kept, because a digest
lets a guess be checked (DESIGN §6).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import stamina

from archiver import __version__, clock
from archiver.errors import SourceError
from archiver.items import Exchange

REMOVED = "REMOVED"
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "set-cookie",
        "proxy-authorization",
        "access-token",
        "dpop",
        "x-csrf-token",
    }
)
SECRET_PARAMETERS = frozenset(
    {
        "access_token",
        "appsecret_proof",
        "client_secret",
        "code",
        "fb_exchange_token",
        "input_token",
        "key",
        "password",
        "refresh_token",
        "token",
    }
)
SECRET_FIELDS = re.compile(
    rb"((?:access_?token|access_?jwt|appsecret_proof|client_secret|refresh_?token|refresh_?jwt)"
    rb'(?:=|\\u003d|%3D|"\s*:\s*"))([^&"\\\s]+)',
    re.IGNORECASE,
)
SHORTEST_SECRET = 6
LARGEST_BODY = 64 * 1024 * 1024
LARGEST_MEDIA = 1024 * 1024 * 1024
ATTEMPTS = 3
TIMEOUT = httpx.Timeout(30.0, connect=15.0)
CHUNK = 256 * 1024

stamina.instrumentation.set_on_retry_hooks([])  # a retry under cron is no message to anybody


class Unreachable(SourceError):
    """No answer came, or the server failed, after a few attempts."""


class _ServerFailed(Exception):
    """A 5xx answer that may be better on the next attempt."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers, the decoded body, and the exchange (None for sign-in)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    exchange: Exchange | None


class Secrets:
    """The secrets in use, so that they can be taken out wherever they appear. Never printed."""

    def __init__(self) -> None:
        self._patterns: dict[str, re.Pattern[bytes]] = {}

    def add(self, value: str) -> None:
        """Remember a secret. One shorter than six characters would blot out ordinary text and can
        be removed only where its place names it (header, parameter, field)."""
        if len(value) >= SHORTEST_SECRET:
            self._patterns[value] = _every_spelling(value)

    def removed_from_text(self, text: str) -> str:
        """The text without any of the secrets."""
        return self._removed(text.encode("utf-8", "surrogateescape")).decode(
            "utf-8", "surrogateescape"
        )

    def removed_from_bytes(self, body: bytes) -> bytes:
        """The body without any of the secrets and without the fields known to hold one."""
        return SECRET_FIELDS.sub(rb"\g<1>" + REMOVED.encode(), self._removed(body))

    def _removed(self, body: bytes) -> bytes:
        for pattern in self._patterns.values():
            body = pattern.sub(REMOVED.encode(), body)
        return body

    def removed_from_url(self, url: str) -> str:
        """The address without secret parameters, user information or a secret anywhere in it."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        if any(name.lower() in SECRET_PARAMETERS for name, _ in pairs):
            kept = [(n, REMOVED if n.lower() in SECRET_PARAMETERS else v) for n, v in pairs]
            parts = parts._replace(query=urlencode(kept))
        return self.removed_from_text(urlunsplit(parts._replace(netloc=host)))

    def removed_from_headers(
        self, headers: Sequence[tuple[bytes, bytes]], drop: frozenset[str] = frozenset()
    ) -> tuple[tuple[str, str], ...]:
        """Headers as text, secret values replaced, those named in `drop` left out."""
        kept = []
        for raw_name, raw_value in headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name.lower() in drop:
                continue
            secret = name.lower() in SECRET_HEADERS
            kept.append((name, REMOVED if secret else self.removed_from_text(value)))
        return tuple(kept)


class Caller:
    """Asks over HTTP and hands back answers with their evidence.

    `transport` stands in for the network in tests; `wait` is called with the seconds between
    attempts. Redirects are never followed: a token would travel with them.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        secrets: Secrets | None = None,
        attempts: int = ATTEMPTS,
        now: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self.secrets = secrets or Secrets()
        self._attempts = attempts
        self._now = now or moment
        self._client = httpx.Client(
            transport=transport,
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=transport is None,
            headers={
                "User-Agent": f"archiver/{__version__} (public records)",
                "Accept-Encoding": "gzip",
            },
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        record: bool = True,
        retry_5xx: bool = True,
    ) -> Answer:
        """One question, with a few attempts where the network or the server fails.

        `record=False` is for exchanges that carry a secret in a body: no Exchange is made. Raises
        Unreachable when no answer came; a 5xx answer that stays is handed back as it is.
        """
        request = self._client.build_request(method, url, headers=dict(headers or {}), json=json)
        host = urlsplit(url).netloc.rpartition("@")[2]
        answer: Answer | None = None
        try:
            for attempt in stamina.retry_context(
                on=(httpx.TransportError, _ServerFailed),
                attempts=self._attempts,
                timeout=None,
                wait_initial=0.5,
                wait_max=8.0,
            ):
                with attempt:
                    answer = self._once(request, record)
                    if retry_5xx and answer.status >= 500 and answer.status != 501:
                        raise _ServerFailed(answer)
        except _ServerFailed as failed:
            return failed.answer
        except httpx.TransportError as error:
            raise Unreachable(
                f"{host} did not answer ({type(error).__name__}): "
                "check the network, the next run tries again"
            ) from None
        assert answer is not None
        return answer

    def _once(self, request: httpx.Request, record: bool) -> Answer:
        asked_at = clock.to_text(self._now())
        response = self._client.send(request, stream=True)
        try:
            wire = _read_limited(response)
        finally:
            response.close()
        body = _decoded(response, wire)
        exchange = self._exchange(request, response, wire, body, asked_at) if record else None
        return Answer(response.status_code, response.headers, body, exchange)

    def _exchange(
        self,
        request: httpx.Request,
        response: httpx.Response,
        wire: bytes,
        body: bytes,
        asked_at: str,
    ) -> Exchange:
        clean = self.secrets.removed_from_bytes(body)
        redacted = clean != body
        drop = {"transfer-encoding"}
        if redacted:
            drop |= {"content-encoding", "content-length", "etag", "content-md5", "digest"}
        headers = self.secrets.removed_from_headers(response.headers.raw, frozenset(drop))
        if redacted:
            headers = (*headers, ("Content-Length", str(len(clean))))
        return Exchange(
            method=request.method,
            url=self.secrets.removed_from_url(str(request.url)),
            requested_at=asked_at,
            request_headers=self.secrets.removed_from_headers(request.headers.raw),
            request_body=self.secrets.removed_from_bytes(request.content),
            status=response.status_code,
            reason=response.reason_phrase,
            response_headers=headers,
            response_body=clean if redacted else wire,
            redacted=redacted,
        )

    def download(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, IO[bytes]]:
        """Fetch bytes of any size into a temporary file: (status, file at its start). The caller
        closes the file.

        Raises Unreachable where no answer comes, SourceError beyond 1 GiB.
        """
        host = urlsplit(url).netloc.rpartition("@")[2]
        spool: IO[bytes] = SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115
        status = 0
        try:
            for attempt in stamina.retry_context(
                on=httpx.TransportError, attempts=self._attempts, timeout=None, wait_max=8.0
            ):
                with attempt:
                    spool.seek(0)
                    spool.truncate()
                    status = self._download_once(url, dict(headers or {}), spool)
        except httpx.TransportError as error:
            spool.close()
            raise Unreachable(
                f"{host} did not give the file ({type(error).__name__}): the next run tries again"
            ) from None
        except BaseException:
            spool.close()
            raise
        spool.seek(0)
        return status, spool

    def _download_once(self, url: str, headers: dict[str, str], into: IO[bytes]) -> int:
        size = 0
        with self._client.stream("GET", url, headers=headers) as response:
            for chunk in response.iter_bytes(CHUNK):
                size += len(chunk)
                if size > LARGEST_MEDIA:
                    raise SourceError(f"a file from {urlsplit(url).hostname} is larger than 1 GiB")
                into.write(chunk)
            return response.status_code


def _every_spelling(secret: str) -> re.Pattern[bytes]:
    """The secret as it stands, percent-encoded as in addresses and escaped as in JSON, in any
    mixture: servers echo what they were sent in their own spelling."""
    parts = []
    for byte in secret.encode():
        literal = re.escape(bytes([byte]))
        if bytes([byte]).isalnum():
            parts.append(literal)
            continue
        code = b"%02x" % byte
        parts.append(rb"(?:\\?%b|%%(?i:%b)|\\u00(?i:%b))" % (literal, code, code))
    return re.compile(b"".join(parts))


def moment() -> dt.datetime:
    """The time an exchange is dated with: to the microsecond, unless ARCHIVER_NOW stands in."""
    return clock.now() if os.environ.get("ARCHIVER_NOW") else dt.datetime.now(dt.UTC)


def public_https(url: str) -> bool:
    """Whether an address that strangers chose may be asked: https, a named host, no user
    information, no address literal and no name of this machine or its network."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or "@" in parts.netloc or "." not in host:
        return False
    if host.rsplit(".", 1)[-1] in {"local", "internal", "localhost", "localdomain", "lan", "home"}:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def loopback(url: str) -> bool:
    """Whether an address is on this machine (a test server or the demonstration city)."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_limited(response: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_raw():
        size += len(part)
        if size > LARGEST_BODY:
            raise SourceError(
                f"{response.request.url.host} sent an answer larger than {LARGEST_BODY >> 20} MiB: "
                "not read"
            )
        parts.append(part)
    return b"".join(parts)


def _decoded(response: httpx.Response, wire: bytes) -> bytes:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if not encoding or encoding == "identity":
        return wire
    if encoding != "gzip":
        raise SourceError(
            f"{response.request.url.host} answered in the encoding {encoding!r}, not asked for"
        )
    decoder = zlib.decompressobj(wbits=31)
    try:
        body = decoder.decompress(wire, LARGEST_BODY)
    except zlib.error:
        raise SourceError(f"{response.request.url.host} sent a broken gzip answer") from None
    if decoder.unconsumed_tail:
        raise SourceError(
            f"{response.request.url.host} sent an answer larger than {LARGEST_BODY >> 20} MiB: "
            "not read"
        )
    if not decoder.eof:
        raise SourceError(f"{response.request.url.host} sent an answer that breaks off")
    return body

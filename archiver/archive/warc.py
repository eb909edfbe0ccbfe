"""Exchanges as WARC 1.1 (ISO 28500:2017): request and response, each its own gzip member.

One file per run, account and access class, appended to inside the batch whose rows cite it. Only
what a committed row in `exchanges` covers belongs to a file: whatever a kill left behind that is
cut back before anything is added (and by the next run).
"""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import archiver
from archiver.archive.files import storage_errors, sync_folder
from archiver.archive.store import Archive
from archiver.items import Access, Exchange

_HOP_HEADERS = frozenset({"transfer-encoding", "connection", "keep-alive"})
_BODY_HEADERS = frozenset({"content-encoding", "content-length"})
_CONTENT_HEADERS = frozenset({"content-type", "etag", "content-md5", "digest"})


@dataclass(frozen=True, slots=True)
class Segment:
    """Where an exchange stands: the WARC file (below the class folder), the bytes from `start`
    on, the response record in it, SHA-256 of those bytes."""

    warc: str
    start: int
    length: int
    response_start: int
    sha256: bytes


def warc_name(run_id: int, account_id: int, started_at: str) -> str:
    """The file of a run, below the folder of its access class."""
    return f"warc/{started_at[:4]}/{started_at[5:7]}/{run_id}-{account_id}.warc.gz"


def committed_length(archive: Archive, access: Access, name: str) -> int:
    """How many bytes of a WARC file belong to committed exchanges, destroyed ones counted."""
    return committed_in(archive.file(access), access, name)


def committed_in(connection: sqlite3.Connection, access: Access, name: str) -> int:
    """The same, as one file of the archive says it."""
    found = connection.execute(
        """
        SELECT max(start + length) FROM exchanges WHERE warc = ?1 AND access = ?2
        UNION ALL
        SELECT max(json_extract(detail, '$.start') + json_extract(detail, '$.length'))
        FROM tombstones WHERE kind = 'exchange' AND json_extract(detail, '$.warc') = ?1
            AND json_extract(detail, '$.access') = ?2
        """,
        (name, access.value),
    )
    return max(int(row[0] or 0) for row in found)


def cut_back(archive: Archive, access: Access, run_id: int) -> None:
    """Cut the WARC file of a run back to its last committed offset. Needs the writer lock."""
    run = (
        archive.file(access)
        .execute("SELECT account_id, started_at FROM runs WHERE id = ?", (run_id,))
        .fetchone()
    )
    name = warc_name(run_id, run["account_id"], run["started_at"])
    path = archive.home.folder(access) / name
    length = committed_length(archive, access, name)
    with storage_errors(path):
        if length == 0:
            path.unlink(missing_ok=True)
            return
        if not path.exists() or path.stat().st_size <= length:
            return
        with path.open("r+b") as stream:
            stream.truncate(length)
            os.fsync(stream.fileno())


class WarcAppender:
    """Appends exchanges to the file of one run inside one batch."""

    def __init__(self, archive: Archive, access: Access, name: str) -> None:
        self._name = name
        self._path: Path = archive.home.folder(access) / name
        self._end = committed_length(archive, access, name)
        with storage_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            self._stream: BinaryIO = os.fdopen(handle, "r+b")
            self._stream.truncate(self._end)
            self._stream.seek(self._end)

    def append(self, exchange: Exchange, *, withheld: str = "") -> Segment:
        """Write an exchange; where it stands. `withheld` says why the body of its answer is not
        kept, in its place. Raises StorageError."""
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")
        if self._end == 0:
            software = f"archiver/{archiver.__version__}"
            info = {"software": software, "format": "WARC File Format 1.1"}
            writer.write_record(writer.create_warcinfo_record(Path(self._name).name, info))
        response_at = _write_exchange(writer, buffer, exchange, withheld)
        data = buffer.getvalue()
        start = self._end
        with storage_errors(self._path):
            self._stream.write(data)
        self._end += len(data)
        return Segment(self._name, start, len(data), start + response_at, sha256(data).digest())

    def sync(self) -> None:
        """Bring everything written safely to the disk: call it before the rows are committed."""
        with storage_errors(self._path):
            self._stream.flush()
            os.fsync(self._stream.fileno())
            sync_folder(self._path.parent)

    def close(self) -> None:
        """Close the file."""
        with storage_errors(self._path):
            self._stream.close()


def _headers(headers: Sequence[tuple[str, str]], dropped: frozenset[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def _write_exchange(
    writer: WARCWriter, buffer: io.BytesIO, exchange: Exchange, withheld: str
) -> int:
    """Write request and answer; the offset of the answer in the buffer."""
    url = urlsplit(exchange.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    dated = {"WARC-Date": exchange.requested_at}
    request = writer.create_warc_record(
        exchange.url,
        "request",
        payload=io.BytesIO(exchange.request_body),
        warc_headers_dict=dict(dated),
        http_headers=StatusAndHeaders(
            f"{exchange.method} {target} HTTP/1.1",
            list(exchange.request_headers),
            is_http_request=True,
        ),
    )
    if exchange.status is None:
        writer.write_record(request)
        answer_at = buffer.tell()
        reference = request.rec_headers.get_header("WARC-Record-ID")
        writer.write_record(
            writer.create_warc_record(
                exchange.url,
                "metadata",
                payload=io.BytesIO(f"fetchError: {exchange.error or 'no answer'}\r\n".encode()),
                warc_content_type="application/warc-fields",
                warc_headers_dict={**dated, "WARC-Concurrent-To": reference},
            )
        )
        return answer_at
    response = _response(writer, exchange, dated, withheld)
    response.rec_headers.add_header(
        "WARC-Concurrent-To", request.rec_headers.get_header("WARC-Record-ID")
    )
    writer.write_record(request)
    answer_at = buffer.tell()
    writer.write_record(response)
    return answer_at


def _response(
    writer: WARCWriter, exchange: Exchange, dated: dict[str, str], withheld: str
) -> ArcWarcRecord:
    dropped = _HOP_HEADERS
    about = dict(dated)
    headers = _headers(exchange.response_headers, dropped)
    body = exchange.response_body
    if withheld:
        body = withheld.encode()
        about["WARC-Redacted"] = "destroyed records"
        headers = _headers(headers, _BODY_HEADERS | _CONTENT_HEADERS)
        headers += [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    elif exchange.redacted:
        about["WARC-Redacted"] = "credentials"
        headers = _headers(headers, _BODY_HEADERS)
        headers.append(("Content-Length", str(len(body))))
    return writer.create_warc_record(
        exchange.url,
        "response",
        payload=io.BytesIO(body),
        warc_headers_dict=about,
        http_headers=StatusAndHeaders(
            f"{exchange.status} {exchange.reason}".strip(), headers, protocol="HTTP/1.1"
        ),
    )

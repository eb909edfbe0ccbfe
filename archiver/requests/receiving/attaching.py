"""Files that came with a request: kept by their hash, handed out as files, never opened here.

The bytes lie in the home under ``requests/<number>/<sha256>``, readable by its owner alone, without
a name ending, so that no program on the way takes them for something to run. They are private: a
resident may have enclosed anything.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from archiver.archive.files import sync_folder
from archiver.clock import now_text
from archiver.config import Home
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, IntegrityError, StorageError
from archiver.requests.intake import Request, get_request, note

FOLDER = "requests"
LARGEST = 50 * 1024 * 1024
"""Bytes of one file."""
MOST = 500
"""Files of one request."""
LONGEST_NAME = 200
_LOOKED_AT = 4096

_HEADS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)


class FileKind(StrEnum):
    """Where a file of a request comes from: the requester, the e-mail itself, another department
    that hands over what it holds."""

    ATTACHMENT = "attachment"
    EMAIL = "e-mail"
    DEPARTMENT = "from another department"


@dataclass(frozen=True, slots=True)
class RequestFile:
    """A file on record. `media_type` is told by its first bytes, never by its name."""

    id: int
    request_id: int
    kind: str
    sha256: str
    name: str
    media_type: str
    size: int
    department: str
    described: str
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be kept: its bytes, the name it came with, and what is known of it."""

    content: bytes
    name: str
    kind: FileKind = FileKind.ATTACHMENT
    department: str = ""
    described: str = ""


_COLUMNS = ", ".join(field.name for field in fields(RequestFile))


def attach_file(
    home: Home, conn: sqlite3.Connection, number: str, file: NewFile, *, actor: str
) -> RequestFile:
    """Keep a file with a request.

    Raises InputError where it is empty, too large, one too many, there already, or of another
    department that is not named; StorageError where it cannot be kept.
    """
    with files_whole() as kept, write_transaction(conn):
        request = get_request(conn, number)
        return enter_file(home, conn, request, file, actor=actor, kept=kept)


def enter_file(
    home: Home,
    conn: sqlite3.Connection,
    request: Request,
    file: NewFile,
    *,
    actor: str,
    kept: list[Path],
) -> RequestFile:
    """As `attach_file`, inside the caller's transaction. What was newly written is added to `kept`,
    for `files_whole` to remove where the transaction does not stand."""
    if not file.content:
        raise InputError(f"{file_name(file.name)} is empty: there is nothing to keep")
    if len(file.content) > LARGEST:
        raise InputError(f"{file_name(file.name)} is larger than {LARGEST // 1024 // 1024} MB")
    department = " ".join(file.department.split())
    if (file.kind is FileKind.DEPARTMENT) != bool(department):
        raise InputError("name the department of a file from another department, and of no other")
    digest = hashlib.sha256(file.content).hexdigest()
    there = files_of(conn, request)
    if len(there) >= MOST:
        raise InputError(f"request {request.number} has {MOST} files: no more are taken")
    if any(each.sha256 == digest for each in there):
        raise InputError(f"{file_name(file.name)} is with request {request.number} already")
    if Path(request.number).name != request.number:
        raise InputError(f"request {request.number}: its number cannot name a folder")
    path = file_path(home, request.number, digest)
    if not path.exists():
        write_file(path, file.content)
        kept.append(path)
    cursor = conn.execute(
        "INSERT INTO main.request_files "
        "(request_id, kind, sha256, name, media_type, size, department, described, at, actor) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(request.id, file.kind.value, digest, file_name(file.name), media_type(file.content)),
            *(len(file.content), department, " ".join(file.described.split()), now_text(), actor),
        ),
    )
    made = _one(conn, request, int(cursor.lastrowid or 0))
    detail = {"file": made.id, "as": made.kind, "sha256": digest, "size": made.size}
    note(conn, request, actor=actor, kind="file added", detail=detail)
    return made


@contextmanager
def files_whole() -> Iterator[list[Path]]:
    """Removes the files that were written where the block does not come to its end. Whoever enters
    files begins the transaction inside it."""
    kept: list[Path] = []
    try:
        yield kept
    except BaseException:
        for path in kept:
            path.unlink(missing_ok=True)
        raise


def files_of(conn: sqlite3.Connection, request: Request) -> list[RequestFile]:
    """The files of a request, in the order they came."""
    found = rows(
        conn, f"SELECT {_COLUMNS} FROM request_files WHERE request_id = ? ORDER BY id", request.id
    )
    return [RequestFile(*each) for each in found]


def open_file(
    home: Home, conn: sqlite3.Connection, number: str, file_id: int
) -> tuple[RequestFile, Path]:
    """A file of a request and where its bytes lie, checked against its hash.

    Raises InputError where the request has no such file, IntegrityError where its bytes are missing
    or are not the ones that were kept.
    """
    request = get_request(conn, number)
    found = _one(conn, request, file_id)
    path = file_path(home, request.number, found.sha256)
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        raise IntegrityError(
            f"{found.name} of request {request.number} is missing: restore {path.name} from the "
            "backup"
        ) from None
    if digest != found.sha256:
        raise IntegrityError(
            f"{found.name} of request {request.number} is not what was kept: restore {path.name} "
            "from the backup"
        )
    return found, path


def file_path(home: Home, number: str, digest: str) -> Path:
    """Where a file's bytes lie."""
    return home.path / FOLDER / number / digest


def file_name(name: str) -> str:
    """The name of a file as it is kept: no folders, no control or direction marks, not too long."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in base)
    line = " ".join(unicodedata.normalize("NFC", plain).split())
    if len(line) > LONGEST_NAME:
        stem, dot, ending = line.rpartition(".")
        short = dot and len(ending) <= 10
        line = f"{stem[: LONGEST_NAME - 11]}.{ending}" if short else line[:LONGEST_NAME]
    return line if line.strip(".") else "file"


def media_type(content: bytes) -> str:
    """What a file is by its first bytes; plain text where it is nothing but text."""
    for head, kind in _HEADS:
        if content.startswith(head):
            return kind
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(content[:_LOOKED_AT], final=len(content) <= _LOOKED_AT)
    except UnicodeDecodeError:
        return "application/octet-stream"
    odd = any(unicodedata.category(each) == "Cc" and each not in "\t\r\n\f" for each in text)
    return "application/octet-stream" if odd or not text else "text/plain"


def _one(conn: sqlite3.Connection, request: Request, file_id: int) -> RequestFile:
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM request_files WHERE request_id = ? AND id = ?",
        *(request.id, file_id),
    )
    if found is None:
        raise InputError(f"request {request.number} has no such file")
    return RequestFile(*found)


def write_file(path: Path, content: bytes) -> None:
    """Write the bytes of a file to its place, whole and safely on disk. Raises StorageError."""
    unfinished = path.with_name(f".{uuid4().hex}")
    try:
        path.parent.parent.mkdir(mode=0o700, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(f"{path.parent} cannot be written: {error.strerror}") from None

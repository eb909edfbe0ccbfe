"""Files that are handed in: by a custodian with an answer, by a department at intake, or forwarded.

Until they are in the archive their bytes lie with the request, as its other files do, or in a
folder of their own where there is none; from then on the archive keeps them as originals, and the
copy that was handed in is removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import uuid4

from archiver import clock
from archiver.archive.files import CHUNK, sync_folder
from archiver.config import Home
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, IntegrityError, RuleError, StorageError
from archiver.register.sources import source_account
from archiver.requests.custodians.asks import Ask
from archiver.requests.custodians.causes import Cause, cause_by_ids
from archiver.requests.custodians.whole_downloads import check_content
from archiver.requests.intake import Request, get_request, note, open_request
from archiver.requests.receiving.attaching import (
    LARGEST,
    FileKind,
    file_name,
    file_path,
    files_of,
    media_type,
    write_file,
)

MOST_FILES = 100
"""Files of one answer."""
OUTSIDE = "forwarded"
"""The folder beside those of the requests in which waits what no request asked for."""


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A file as it is handed in."""

    content: bytes
    name: str

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file on record: the source in the register, the ask and answer it came with (None: a
    department's file, `own_id` among the request's own files, or a forward's), who handed it in and
    when (UTC)."""

    id: int
    request_id: int | None
    account_id: int
    ask_id: int | None
    answer_id: int | None
    own_id: int | None
    sha256: str
    name: str
    media_type: str
    size: int
    at: str
    actor: str
    hold_id: int | None = None
    forward_id: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """What is taken in together: everything handed in for a request, for a hold, or in one forward.
    `column` says of which, `id` of which one, `folder` where the bytes wait."""

    column: str
    id: int
    folder: str
    cause: Cause | None = None

    @property
    def name(self) -> str:
        """How an audit calls it."""
        return self.cause.name if self.cause is not None else f"forward {self.id}"

    def path(self, home: Home, digest: str) -> Path:
        """Where the bytes of a file wait."""
        return file_path(home, self.folder, digest)


def lot_of_request(request: Request) -> Lot:
    """What is handed in for a request."""
    return Lot("request_id", request.id, request.number, Cause(request=request))


def lot_of_cause(cause: Cause) -> Lot:
    """What is handed in for a request or hold."""
    if cause.request is not None:
        return lot_of_request(cause.request)
    assert cause.hold is not None
    return Lot("hold_id", cause.hold.id, OUTSIDE, cause)


def lot_of_forward(forward_id: int) -> Lot:
    """What was forwarded together."""
    return Lot("forward_id", forward_id, OUTSIDE)


_COLUMNS = ", ".join(f"files.{field.name}" for field in fields(HandedIn))


def tidy_files(files: Sequence[HandedFile]) -> list[HandedFile]:
    """Files as they can be kept: names made plain, the same bytes once.

    Raises InputError where one is empty, too large, or there are too many, RuleError where one is
    the whole download of an account.
    """
    kept: dict[str, HandedFile] = {}
    for each in files:
        name = file_name(each.name)
        if not each.content:
            raise InputError(f"{name} is empty: there is nothing to keep")
        if len(each.content) > LARGEST:
            raise InputError(f"{name} is larger than {LARGEST // 1024 // 1024} MB")
        check_content(each.content, name)
        kept.setdefault(each.sha256, HandedFile(each.content, name))
    if len(kept) > MOST_FILES:
        raise InputError(f"{len(kept)} files at once: hand in at most {MOST_FILES}")
    return list(kept.values())


def _kind_of(file: HandedFile) -> str:
    kind = media_type(file.content)
    mail = kind == "text/plain" and file.name.lower().endswith(".eml")
    return "message/rfc822" if mail else kind


def enter_handed(
    home: Home,
    conn: sqlite3.Connection,
    cause: Cause,
    ask: Ask,
    answer_id: int,
    file: HandedFile,
    *,
    actor: str,
    kept: list[Path],
) -> None:
    """Keep a file of an answer, in the caller's transaction. What was newly written is added to
    `kept`, for `files_whole` to remove where the transaction does not stand."""
    lot = lot_of_cause(cause)
    path = lot.path(home, file.sha256)
    if not path.exists():
        write_file(path, file.content)
        kept.append(path)
    conn.execute(
        f"INSERT INTO main.handed_in_files ({lot.column}, account_id, ask_id, answer_id, sha256, "
        "name, media_type, size, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(lot.id, ask.account_id, ask.id, answer_id, file.sha256, file.name),
            *(_kind_of(file), len(file.content), clock.now_text(), actor),
        ),
    )


def review_department_files(conn: sqlite3.Connection, number: str, *, actor: str) -> int:
    """Let the files another department handed over at intake become records of the request; how
    many were not on the way before. They are taken into the archive afterwards (`taking_in`).

    Raises RuleError where the request is closed or for practice, InputError where it has none.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        if request.practice:
            raise RuleError(f"{request.number} is for practice: nothing of it enters the archive")
        files = [e for e in files_of(conn, request) if e.kind == FileKind.DEPARTMENT.value]
        if not files:
            raise InputError(f"request {request.number} has no file from another department")
        before = {
            each["own_id"]
            for each in rows(
                conn,
                "SELECT own_id FROM handed_in_files WHERE request_id = ? AND own_id IS NOT NULL",
                request.id,
            )
        }
        fresh = [each for each in files if each.id not in before]
        for each in fresh:
            unit = each.department
            source = source_account(conn, actor=actor, name=unit, department=unit)
            conn.execute(
                "INSERT INTO main.handed_in_files (request_id, account_id, own_id, sha256, name, "
                "media_type, size, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(request.id, source.id, each.id, each.sha256, each.name),
                    *(each.media_type, each.size, clock.now_text(), actor),
                ),
            )
        if fresh:
            kind = "department's files to review"
            note(conn, request, actor=actor, kind=kind, detail={"files": len(fresh)})
    return len(fresh)


def handed_in_of(conn: sqlite3.Connection, lot: Lot) -> list[HandedIn]:
    """What was handed in together, in the order it came."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM handed_in_files AS files WHERE {lot.column} = ? ORDER BY id",
        lot.id,
    )
    return [HandedIn(*each) for each in found]


def waiting_files(conn: sqlite3.Connection, number: str) -> list[HandedIn]:
    """What was handed in for a request and is not in the archive yet."""
    return waiting_in(conn, lot_of_request(get_request(conn, number)))


def waiting_in(conn: sqlite3.Connection, lot: Lot) -> list[HandedIn]:
    """What of it is not in the archive yet."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM handed_in_files AS files WHERE {lot.column} = ? "
        "AND NOT EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id) ORDER BY id",
        lot.id,
    )
    return [HandedIn(*each) for each in found]


def lots_waiting(conn: sqlite3.Connection) -> list[Lot]:
    """What waits to be taken in: of open requests, of holds, and what was forwarded."""
    found = rows(
        conn,
        "SELECT DISTINCT files.request_id, files.hold_id, files.forward_id "
        "FROM handed_in_files AS files LEFT JOIN requests ON requests.id = files.request_id "
        "WHERE (files.request_id IS NULL OR (status = 'open' AND practice = 0)) "
        "AND NOT EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id) "
        "ORDER BY files.request_id, files.hold_id, files.forward_id",
    )
    lots = []
    for request_id, hold_id, forward_id in found:
        cause = cause_by_ids(conn, request_id, hold_id)
        lots.append(lot_of_forward(forward_id) if cause is None else lot_of_cause(cause))
    return lots


def checked_path(home: Home, lot: Lot, file: HandedIn) -> Path:
    """Where the bytes of a file wait, checked against its hash.

    Raises IntegrityError where they are missing or are not the ones that were handed in.
    """
    path = lot.path(home, file.sha256)
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        digest = ""
    if digest != file.sha256:
        raise IntegrityError(
            f"{file.name} of {lot.name} is not what was handed in: restore {path.name} from the "
            "backup"
        )
    return path


def copy_to_wait(home: Home, lot: Lot, path: Path, digest: str, kept: list[Path]) -> None:
    """Copy a file to where it waits, safely on disk, and check that it still is what was read.

    What was newly written is added to `kept`. Raises StorageError where it cannot be written,
    InputError where the file changed meanwhile or cannot be read.
    """
    place = lot.path(home, digest)
    if place.exists():
        return
    unfinished = place.with_name(f".{uuid4().hex}")
    try:
        place.parent.parent.mkdir(mode=0o700, exist_ok=True)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("rb") as stream, open(unfinished, "xb", opener=_private) as out:
            shutil.copyfileobj(stream, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
        with unfinished.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                raise InputError(f"{path.name} was changed while it was read: give it again")
        unfinished.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        raise StorageError(f"{place.parent} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    kept.append(place)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def remove_copy(home: Home, conn: sqlite3.Connection, lot: Lot, file: HandedIn) -> None:
    """Remove the copy of what the archive keeps now, unless the request needs it, or a file that
    waits or that no record could be made of. Call it in a write transaction: nobody enters the same
    bytes meanwhile."""
    needed = row(
        conn,
        "SELECT 1 FROM request_files WHERE request_id = ?1 AND sha256 = ?2 UNION ALL "
        "SELECT 1 FROM handed_in_files AS files WHERE request_id IS ?1 AND sha256 = ?2 AND NOT "
        "EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id AND records > 0)",
        *(file.request_id, file.sha256),
    )
    if needed is None:
        lot.path(home, file.sha256).unlink(missing_ok=True)

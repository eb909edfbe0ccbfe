"""Files that are handed in: by a custodian with an answer, or by a department at intake.

Until they are in the archive their bytes lie with the request, as its other files do; from then on
the archive keeps them as originals, and a custodian's copy with the request is removed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from archiver import clock
from archiver.config import Home
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, IntegrityError, RuleError
from archiver.register.sources import source_account
from archiver.requests.custodians.asks import Ask
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
    department's file, `own_id` among the request's own files), who handed it in and when (UTC)."""

    id: int
    request_id: int
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


_COLUMNS = ", ".join(f"files.{field.name}" for field in fields(HandedIn))


def tidy_files(files: Sequence[HandedFile]) -> list[HandedFile]:
    """Files as they can be kept: names made plain, the same bytes once.

    Raises InputError where one is empty, too large, or there are too many.
    """
    kept: dict[str, HandedFile] = {}
    for each in files:
        name = file_name(each.name)
        if not each.content:
            raise InputError(f"{name} is empty: there is nothing to keep")
        if len(each.content) > LARGEST:
            raise InputError(f"{name} is larger than {LARGEST // 1024 // 1024} MB")
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
    request: Request,
    ask: Ask,
    answer_id: int,
    file: HandedFile,
    *,
    actor: str,
    kept: list[Path],
) -> None:
    """Keep a file of an answer, in the caller's transaction. What was newly written is added to
    `kept`, for `files_whole` to remove where the transaction does not stand."""
    path = file_path(home, request.number, file.sha256)
    if not path.exists():
        write_file(path, file.content)
        kept.append(path)
    conn.execute(
        "INSERT INTO main.handed_in_files (request_id, account_id, ask_id, answer_id, sha256, "
        "name, media_type, size, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(request.id, ask.account_id, ask.id, answer_id, file.sha256, file.name),
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


def handed_in_of(conn: sqlite3.Connection, request: Request) -> list[HandedIn]:
    """What was handed in for a request, in the order it came."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM handed_in_files AS files WHERE request_id = ? ORDER BY id",
        request.id,
    )
    return [HandedIn(*each) for each in found]


def waiting_files(conn: sqlite3.Connection, number: str) -> list[HandedIn]:
    """What of it is not in the archive yet."""
    request = get_request(conn, number)
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM handed_in_files AS files WHERE request_id = ? "
        "AND NOT EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id) ORDER BY id",
        request.id,
    )
    return [HandedIn(*each) for each in found]


def requests_waiting(conn: sqlite3.Connection) -> list[str]:
    """The numbers of open requests with files that wait to be taken in."""
    found = rows(
        conn,
        "SELECT DISTINCT number FROM handed_in_files AS files JOIN requests "
        "ON requests.id = request_id WHERE status = 'open' AND practice = 0 "
        "AND NOT EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id) "
        "ORDER BY requests.id",
    )
    return [each["number"] for each in found]


def content_of(home: Home, number: str, file: HandedIn) -> bytes:
    """The bytes of a file that waits, checked against its hash.

    Raises IntegrityError where they are missing or are not the ones that were handed in.
    """
    path = file_path(home, number, file.sha256)
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise IntegrityError(
            f"{file.name} of request {number} is not what was handed in: restore {path.name} from "
            "the backup"
        )
    return content


def remove_copy(home: Home, conn: sqlite3.Connection, number: str, file: HandedIn) -> None:
    """Remove the copy with the request of what the archive keeps now, unless the request needs it,
    or a file that waits or that no record could be made of. Call it in a write transaction: nobody
    enters the same bytes meanwhile."""
    needed = row(
        conn,
        "SELECT 1 FROM request_files WHERE request_id = ?1 AND sha256 = ?2 UNION ALL "
        "SELECT 1 FROM handed_in_files AS files WHERE request_id = ?1 AND sha256 = ?2 AND NOT "
        "EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id AND records > 0)",
        *(file.request_id, file.sha256),
    )
    if needed is None:
        file_path(home, number, file.sha256).unlink(missing_ok=True)

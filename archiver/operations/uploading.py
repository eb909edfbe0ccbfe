"""Files on their way into the archive: sent in pieces, each with its place and its hash.

A piece counts once its bytes are on the disk and office.db says so; what a kill left behind that is
written over. Whoever sends again, after a broken connection or another day, is told how far the
file is and goes on there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.config import Home
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.operations.import_book import (
    FAILED,
    PREVIEW,
    REMOVED,
    UPLOADING,
    Import,
    ImportFile,
    get_import,
    imports_in,
    move,
)
from archiver.operations.upload_room import (
    FOLDER,
    drop_bytes,
    drop_file,
    locked,
    require_room,
    tidy,
    write,
)
from archiver.register.office import audit

PIECE = 8 * 1024 * 1024
"""Bytes of every piece of a file but its last."""
KEPT_DAYS = 14
"""So long an upload nobody goes on with, or a preview nobody confirms, is kept."""
MOST_FILES = 100
LARGEST = 1 << 40
_HASH = 64


@dataclass(frozen=True, slots=True)
class Offered:
    """A file somebody wants to send: its name, size in bytes, and the hashes (SHA-256, hex) of its
    first and last piece."""

    name: str
    size: int
    first_sha256: str
    last_sha256: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a file is after a piece came: `received` bytes; `problem` says why the piece was not
    taken (empty: it was, or had been before)."""

    received: int
    whole: bool
    problem: str = ""


def begin(
    home: Home,
    office: sqlite3.Connection,
    offered: Sequence[Offered],
    *,
    actor: str,
    departments: Sequence[str] = (),
) -> Import:
    """Begin to take the files of a download, or go on with those of them this person sent before.

    A file is known again by name, size and the hashes of its ends; files that are new join the
    import its others belong to. Raises InputError where a file cannot be taken, StorageError where
    the disk has no room for them.
    """
    offered = list(dict.fromkeys(offered))
    for file in offered:
        _check(file)
    if not 0 < len(offered) <= MOST_FILES:
        raise InputError(f"{len(offered)} files at once: send between 1 and {MOST_FILES}")
    with write_transaction(office):
        known = _unfinished(office, offered, actor)
        there: tuple[ImportFile, ...] = known.files if known else ()
        new = [each for each in offered if not any(_same(file, each) for file in there)]
        size = sum(file.size for file in there) + sum(each.size for each in new)
        # once for what is still to come, once for the original that stays in the archive
        require_room(home, 2 * size - sum(file.received for file in there))
        number = known.id if known else _new_import(office, actor, departments)
        for each in new:
            office.execute(
                """
                INSERT INTO main.import_files (import_id, name, size, first_sha256, last_sha256)
                VALUES (?, ?, ?, ?, ?)
                """,
                (number, tidy(each.name), each.size, each.first_sha256, each.last_sha256),
            )
        office.execute(
            "UPDATE main.imports SET touched_at = ? WHERE id = ?", (clock.now_text(), number)
        )
        detail = {"files": [tidy(each.name) for each in offered]}
        action = "upload of a download continued" if known else "upload of a download begun"
        audit(office, actor=actor, action=action, subject=f"import {number}", detail=detail)
        begun = get_import(office, number)
    assert begun is not None
    return begun


def receive(
    home: Home,
    office: sqlite3.Connection,
    number: int,
    file_id: int,
    *,
    actor: str,
    offset: int,
    sha256: str,
    content: bytes,
) -> Sent:
    """Take a piece of a file that begins at byte `offset` and whose hash is `sha256` (hex).

    A piece that came before is answered as if it came now; one that is out of place or damaged is
    not taken, and the answer says where to go on. Raises InputError where there is no such upload
    of this person, StorageError where the disk is full.
    """
    file = _file(office, number, file_id, actor)
    with locked(home, file) as descriptor:
        file = _file(office, number, file_id, actor)
        start = min(file.received, os.fstat(descriptor).st_size)
        end = offset + len(content)
        if not file.whole and end > start:
            problem = _misfit(file, start, offset, sha256, content)
            if problem:
                return Sent(start, False, problem)
            require_room(home, len(content))
            write(descriptor, start, content)
            _count(office, file, end, actor)
            start = end
        return Sent(start, start == file.size)


def take_whole(
    home: Home,
    office: sqlite3.Connection,
    files: Sequence[tuple[Path, str]],
    *,
    actor: str,
    departments: Sequence[str] = (),
) -> Import:
    """Take files that came with a form of their own, at once. Raises as `begin` and `receive`."""
    offered = [_offer(path, name) for path, name in files]
    begun = begin(home, office, offered, actor=actor, departments=departments)
    for (path, _), each in zip(files, offered, strict=True):
        file = next(file for file in begun.files if _same(file, each))
        with path.open("rb") as stream:
            stream.seek(file.received)
            while piece := stream.read(PIECE):
                receive(
                    *(home, office, begun.id, file.id),
                    actor=actor,
                    offset=stream.tell() - len(piece),
                    sha256=hashlib.sha256(piece).hexdigest(),
                    content=piece,
                )
    taken = get_import(office, begun.id)
    assert taken is not None
    return taken


def leave_out(
    home: Home, office: sqlite3.Connection, number: int, file_id: int, *, actor: str
) -> Import:
    """Take a file that has not arrived whole out of an upload, which then waits for the others
    alone; the upload as it is then. Raises InputError where there is no such upload of this person,
    the file is whole, or it is the only one."""
    with write_transaction(office):
        file = _file(office, number, file_id, actor)
        if file.whole:
            raise InputError(f"{file.name} has arrived whole: remove the upload to leave it out")
        office.execute("DELETE FROM main.import_files WHERE id = ?", (file.id,))
        left = get_import(office, number)
        if left is None or not left.files:
            raise InputError(f"{file.name} is all there is of it: remove the upload")
        audit(
            office,
            actor=actor,
            action="file left out of an upload",
            subject=f"import {number}",
            detail={"file": file.name, "received": file.received},
        )
    drop_file(home, file)
    return left


def remove(home: Home, office: sqlite3.Connection, found: Import, *, actor: str, why: str) -> bool:
    """Give an upload up, before anything of it went into the archive: its bytes are removed, its
    line stays. Answers whether there was something to remove."""
    moved = move(
        office,
        found.id,
        come_from=(UPLOADING, PREVIEW, FAILED),
        to=REMOVED,
        actor=actor,
        action="uploaded download removed",
        detail={"why": why},
        message=why,
    )
    if moved:
        drop_bytes(home, found.id)
    return moved


def clear_abandoned(home: Home, office: sqlite3.Connection, *, actor: str = "archiver") -> int:
    """Remove uploads and previews nobody touched for `KEPT_DAYS` days, and bytes that belong to
    none that waits. Answers how many were removed."""
    before = clock.to_text(clock.now() - dt.timedelta(days=KEPT_DAYS))
    why = f"nobody went on with it for {KEPT_DAYS} days"
    waiting = imports_in(office, UPLOADING, PREVIEW, FAILED)
    old = [each for each in waiting if each.touched_at < before]
    removed = sum(remove(home, office, each, actor=actor, why=why) for each in old)
    root = home.path / FOLDER
    if root.is_dir():
        open_ones = {
            str(each["id"])
            for each in rows(
                office,
                "SELECT id FROM main.imports WHERE state NOT IN ('done', 'removed', 'withdrawn')",
            )
        }
        for folder in root.iterdir():
            if folder.name not in open_ones:
                shutil.rmtree(folder, ignore_errors=True)
    return removed


def _check(file: Offered) -> None:
    if not 0 < file.size <= LARGEST:
        what = "is empty: there is nothing to import" if file.size == 0 else "is too large"
        raise InputError(f"{tidy(file.name)} {what}")
    for digest in (file.first_sha256, file.last_sha256):
        if len(digest) != _HASH or not set(digest) <= set("0123456789abcdef"):
            raise InputError(f"{tidy(file.name)} came without its hashes: open the page again")


def _same(file: ImportFile, offered: Offered) -> bool:
    return (file.name, file.size, file.first_sha256, file.last_sha256) == (
        *(tidy(offered.name), offered.size),
        *(offered.first_sha256, offered.last_sha256),
    )


def _unfinished(
    office: sqlite3.Connection, offered: Sequence[Offered], actor: str
) -> Import | None:
    """The newest unfinished upload of this person that holds one of these files."""
    for each in reversed(imports_in(office, UPLOADING)):
        if each.actor == actor and any(_same(file, one) for file in each.files for one in offered):
            return each
    return None


def _new_import(office: sqlite3.Connection, actor: str, departments: Sequence[str]) -> int:
    now = clock.now_text()
    added = office.execute(
        "INSERT INTO main.imports (actor, departments, at, touched_at) VALUES (?, ?, ?, ?)",
        (actor, "\n".join(departments), now, now),
    )
    return int(added.lastrowid or 0)


def _file(office: sqlite3.Connection, number: int, file_id: int, actor: str) -> ImportFile:
    found = row(
        office,
        """
        SELECT f.* FROM import_files AS f JOIN imports AS i ON i.id = f.import_id
        WHERE f.id = ? AND i.id = ? AND i.actor = ? AND (i.state = 'uploading' OR f.received = size)
        """,
        *(file_id, number, actor),
    )
    if found is None:
        raise InputError("there is no such upload any more: choose the file again")
    return ImportFile(*found)


def _misfit(file: ImportFile, start: int, offset: int, sha256: str, content: bytes) -> str:
    """Why a piece cannot be taken, or nothing."""
    end = offset + len(content)
    digest = hashlib.sha256(content).hexdigest()
    if offset != start:
        return f"the piece is out of place: go on at byte {start}"
    if end > file.size or len(content) > PIECE or (len(content) < PIECE and end != file.size):
        return "the piece is not of the size it should be"
    if digest != sha256:
        return "the piece was damaged on the way: send it again"
    wrong_start = offset == 0 and digest != file.first_sha256
    if wrong_start or (end == file.size and digest != file.last_sha256):
        return "the file is not the one this upload began with: choose it again"
    return ""


def _count(office: sqlite3.Connection, file: ImportFile, end: int, actor: str) -> None:
    with write_transaction(office):
        office.execute("UPDATE main.import_files SET received = ? WHERE id = ?", (end, file.id))
        office.execute(
            "UPDATE main.imports SET touched_at = ? WHERE id = ?",
            (clock.now_text(), file.import_id),
        )
        if end == file.size:
            audit(
                office,
                actor=actor,
                action="file of a download received",
                subject=f"import {file.import_id}",
                detail={"file": file.name, "bytes": file.size},
            )


def _offer(path: Path, name: str) -> Offered:
    size = path.stat().st_size
    with path.open("rb") as stream:
        first = hashlib.sha256(stream.read(PIECE)).hexdigest()
        stream.seek(max(size - 1, 0) // PIECE * PIECE)
        last = hashlib.sha256(stream.read(PIECE)).hexdigest()
    return Offered(name, size, first, last)

"""Downloads brought to the desk, as office.db tells of them: whose, how far, what was found.

An import is a row that moves through its states; every step leaves its line in the audit. The bytes
on their way are `archiver.operations.uploading`, the work `archiver.operations.importing`.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archiver import clock
from archiver.database import row, rows, write_transaction
from archiver.register.office import audit

UPLOADING, LOOKING, PREVIEW, IMPORTING = "uploading", "looking", "preview", "importing"
DONE, FAILED, REMOVED, WITHDRAWN = "done", "failed", "removed", "withdrawn"
WAITING = (UPLOADING, LOOKING, PREVIEW, IMPORTING, FAILED)
"""States in which somebody or the worker still has something to do."""
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file of a download: its size, how many bytes of it have arrived, the hashes of its first
    and last piece as the browser gave them, and of all of it once it was looked through."""

    id: int
    import_id: int
    name: str
    size: int
    received: int
    first_sha256: str
    last_sha256: str
    sha256: str | None

    @property
    def whole(self) -> bool:
        """Whether all of it has arrived."""
        return self.received == self.size


@dataclass(frozen=True, slots=True)
class Import:
    """A download brought to the desk. Times are UTC; `departments` limit whoever brought it;
    `account_id` is proposed or chosen, `run` the archive's number of the import."""

    id: int
    state: str
    actor: str
    departments: tuple[str, ...]
    account_id: int | None
    preview: Mapping[str, Any] | None
    attested: str
    confirmed_by: str | None
    confirmed_at: str | None
    run: int | None
    report: Mapping[str, Any] | None
    message: str
    at: str
    touched_at: str
    finished_at: str | None
    files: tuple[ImportFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def received(self) -> int:
        """Bytes that have arrived."""
        return sum(file.received for file in self.files)

    @property
    def subject(self) -> str:
        """How the audit calls it."""
        return f"import {self.id}"


def get_import(office: sqlite3.Connection, number: int) -> Import | None:
    """The import of that number, or None."""
    found = row(office, "SELECT * FROM imports WHERE id = ?", number)
    return None if found is None else _imports(office, [found])[0]


def list_imports(office: sqlite3.Connection) -> list[Import]:
    """The newest imports first, at most 200."""
    found = rows(office, "SELECT * FROM imports ORDER BY id DESC LIMIT ?", _SHOWN)
    return _imports(office, found)


def imports_in(office: sqlite3.Connection, *states: str) -> list[Import]:
    """Every import in one of these states, oldest first."""
    marks = ", ".join("?" * len(states))
    return _imports(
        office, rows(office, f"SELECT * FROM imports WHERE state IN ({marks}) ORDER BY id", *states)
    )


def move(
    office: sqlite3.Connection,
    number: int,
    *,
    come_from: Sequence[str],
    to: str,
    actor: str,
    action: str,
    detail: Mapping[str, object] | None = None,
    **more: object,
) -> bool:
    """Bring an import from one of the states `come_from` to another, with its line in the audit.

    `more` are further columns. Whoever comes second finds it moved on, and nothing happens: the
    answer says whether this call moved it.
    """
    ended = to in (DONE, REMOVED, WITHDRAWN)
    values = {"state": to, "touched_at": clock.now_text(), **more}
    if ended:
        values["finished_at"] = values["touched_at"]
    columns = ", ".join(f"{name} = ?" for name in values)
    marks = ", ".join("?" * len(come_from))
    with write_transaction(office):
        moved = office.execute(
            f"UPDATE main.imports SET {columns} WHERE id = ? AND state IN ({marks})",
            (*values.values(), number, *come_from),
        )
        if moved.rowcount:
            subject = f"import {number}"
            audit(office, actor=actor, action=action, subject=subject, detail=detail)
    return bool(moved.rowcount)


def earlier_same(
    office: sqlite3.Connection, size: int, first_sha256: str, last_sha256: str
) -> Import | None:
    """The newest finished import that held a file of this size with these ends, or None."""
    found = row(
        office,
        """
        SELECT i.* FROM imports AS i JOIN import_files AS f ON f.import_id = i.id
        WHERE i.state = 'done' AND f.size = ? AND f.first_sha256 = ? AND f.last_sha256 = ?
        ORDER BY i.id DESC LIMIT 1
        """,
        *(size, first_sha256, last_sha256),
    )
    return None if found is None else _imports(office, [found])[0]


_RUN = re.compile(r"\brun (\d{1,15})\b")


def in_imports(office: sqlite3.Connection, sentence: str) -> str:
    """A sentence that names runs, with the numbers by which the desk knows their imports."""

    def named(run: re.Match[str]) -> str:
        there = row(office, "SELECT id FROM imports WHERE run = ?", int(run[1]))
        return run[0] if there is None else f"import {there['id']}"

    return _RUN.sub(named, sentence)


def others_with(office: sqlite3.Connection, found: Import) -> list[Import]:
    """Other imports that hold a file with the same hash: finished, or under way."""
    hashes = [file.sha256 for file in found.files if file.sha256]
    marks = ", ".join("?" * len(hashes))
    return _imports(
        office,
        rows(
            office,
            f"""
            SELECT * FROM imports WHERE id <> ? AND state NOT IN ('removed', 'withdrawn')
                AND id IN (SELECT import_id FROM import_files WHERE sha256 IN ({marks}))
            ORDER BY id DESC
            """,
            *(found.id, *hashes),
        ),
    )


def _imports(office: sqlite3.Connection, found: Sequence[sqlite3.Row]) -> list[Import]:
    marks = ", ".join("?" * len(found))
    files: dict[int, list[ImportFile]] = {each["id"]: [] for each in found}
    for each in rows(
        office,
        f"SELECT * FROM import_files WHERE import_id IN ({marks}) ORDER BY id",
        *files,
    ):
        files[each["import_id"]].append(ImportFile(*each))
    return [_import(each, tuple(files[each["id"]])) for each in found]


def _import(found: sqlite3.Row, files: tuple[ImportFile, ...]) -> Import:
    return Import(
        id=found["id"],
        state=found["state"],
        actor=found["actor"],
        departments=tuple(found["departments"].splitlines()),
        account_id=found["account_id"],
        preview=json.loads(found["preview"]) if found["preview"] else None,
        attested=found["attested"],
        confirmed_by=found["confirmed_by"],
        confirmed_at=found["confirmed_at"],
        run=found["run"],
        report=json.loads(found["report"]) if found["report"] else None,
        message=found["message"],
        at=found["at"],
        touched_at=found["touched_at"],
        finished_at=found["finished_at"],
        files=files,
    )

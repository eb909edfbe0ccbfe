"""What one import is: which runs it took, and which files they read.

An import that was killed and gone on with is several runs over the same files; they are withdrawn
together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.archive.dooming import all_rows
from archiver.archive.store import Archive
from archiver.archive.withdrawing_part import Part, first_from
from archiver.errors import InputError
from archiver.items import Access

_ENDED = ("complete", "partial")
_CITING = ("versions", "events", "skipped")


class FileRead(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file an import read: SHA-256 in hex, size in bytes and name. `kept`: another import rests
    on it, so its bytes stay."""

    sha256: str
    size: int = 0
    name: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """One import: the `run` by which it is known (its last), all its `runs` in order, what its file
    or set of files is known by (`digest`, "" where that is not known: it did not end), and the
    `files` it read. `ended` says whether it read them to the end."""

    run: int
    runs: tuple[int, ...]
    account_id: int
    source: str
    digest: str = ""
    files: tuple[FileRead, ...] = ()
    ended: bool = True

    @property
    def number(self) -> str:
        """What the tombstones of a withdrawal carry as its number."""
        return number_of(self.run)


def number_of(run: int) -> str:
    """The number under which the tombstones of a withdrawn import stand."""
    return f"import run {run}"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it stands in archive.db; `notes` are empty while it has not ended."""

    id: int
    account_id: int
    source: str
    started_at: str
    finished_at: str | None
    outcome: str | None
    notes: dict[str, Any]

    @property
    def ended(self) -> bool:
        """Whether it read its file to the end."""
        return self.outcome in _ENDED

    @property
    def unchanged(self) -> bool:
        """Whether it only found that its file was imported before."""
        return self.notes.get("outcome") == "unchanged"

    @property
    def digest(self) -> str:
        """What its file or set of files is known by; "" where it did not end."""
        return str(self.notes.get("sha256", ""))


def find_run(archive: Archive, run: int) -> RunRow:
    """A run by its number. Raises InputError where there is none."""
    found = list(runs_where(archive.public, "id = ?", run))
    if not found:
        raise InputError(f"there is no run {run}: `archiver imports list` shows the imports")
    return found[0]


def runs_where(connection: sqlite3.Connection, where: str, *values: object) -> Iterator[RunRow]:
    """The runs of a file that a condition on the columns of `runs` picks, oldest first."""
    for number, account_id, source, started_at, finished_at, outcome, notes in all_rows(
        connection,
        f"""
        SELECT id, account_id, source, started_at, finished_at, outcome, notes FROM runs
        WHERE {where} ORDER BY id
        """,
        *values,
    ):
        said = {} if notes is None else msgspec.json.decode(notes)
        yield RunRow(number, account_id, source, started_at, finished_at, outcome, said)


def withdrawn_runs(connection: sqlite3.Connection) -> set[int]:
    """The runs of a file that were withdrawn."""
    return {row[0] for row in all_rows(connection, "SELECT run_id FROM withdrawals")}


def find_import(archive: Archive, run: int) -> Imported:
    """The import a run belongs to as its end: the run, and what before it was killed or failed
    while it read the same files. Raises InputError where there is no such run."""
    row = find_run(archive, run)
    return as_import(archive, row, (*_before(archive, row), row.id))


def as_import(archive: Archive, row: RunRow, runs: tuple[int, ...]) -> Imported:
    """An import of these runs, of which `row` is the last."""
    read = {digest for run in runs for digest in files_of(archive, find_run(archive, run))}
    files = []
    for digest in sorted(read):
        found = all_rows(
            archive.private, "SELECT name, size FROM originals WHERE sha256 = ?", digest
        )
        kept = _rests_elsewhere(archive, digest, runs)
        files += [FileRead(digest.hex(), size, name, kept) for name, size in found]
    return Imported(
        row.id, runs, row.account_id, row.source, row.digest, tuple(files), ended=row.ended
    )


def files_of(archive: Archive, row: RunRow) -> set[bytes]:
    """SHA-256 of the files a run read, as far as can be told: those its notes name, those it was
    the first to keep, and those its rows cite."""
    found = {bytes.fromhex(digest) for digest in row.notes.get("files", ())}
    if row.digest:
        found.add(bytes.fromhex(row.digest))
    for access in Access:
        part = Part(archive.file(access), [row.id])
        owned = "SELECT sha256 FROM originals WHERE run_id = ?"
        found.update(each[0] for each in all_rows(part.connection, owned, row.id))
        for table in _CITING:
            where, values = part.where(table)
            found.update(
                each[0]
                for each in all_rows(
                    part.connection,
                    f"""
                    SELECT sha256 FROM originals
                    WHERE id IN (SELECT DISTINCT t.original_id FROM {table} AS t WHERE {where})
                    """,
                    *values,
                )
            )
    return found


def _before(archive: Archive, row: RunRow) -> list[int]:
    """The runs before this one that were killed or failed over the same files, in order. One that
    left nothing by which its file could be told only ever opened or closed intervals of people,
    which whoever goes on takes from their beginning again."""
    gone = withdrawn_runs(archive.public)
    files = files_of(archive, row)
    taken: list[int] = []
    earlier = runs_where(
        *(archive.public, "account_id = ? AND source = ? AND id < ?"),
        *(row.account_id, row.source, row.id),
    )
    for each in reversed(list(earlier)):
        if each.id in gone or each.unchanged:
            continue
        if each.ended:
            if each.digest == row.digest:
                break
            continue
        read = files_of(archive, each)
        if not read or read & files:
            taken.append(each.id)
            files |= read
    return taken[::-1]


def _rests_elsewhere(archive: Archive, digest: bytes, runs: tuple[int, ...]) -> bool:
    """Whether a run that stands, other than these, read a file."""
    standing = "SELECT id FROM runs WHERE id NOT IN (SELECT run_id FROM withdrawals)"
    mine = msgspec.json.encode(runs).decode()
    for access in Access:
        connection = archive.file(access)
        for number, leaf, run in all_rows(
            connection, "SELECT id, leaf, run_id FROM originals WHERE sha256 = ?", digest
        ):
            others = f"{standing} AND id NOT IN (SELECT value FROM json_each(?))"
            if run in {each[0] for each in all_rows(connection, others, mine)}:
                return True
            for table in _CITING:
                if all_rows(
                    connection,
                    f"""
                    SELECT 1 FROM {table} WHERE id >= ? AND original_id = ?
                        AND run_id NOT IN (SELECT value FROM json_each(?)) LIMIT 1
                    """,
                    *(first_from(connection, table, leaf), number, mine),
                ):
                    return True
    return any(
        digest.hex() in (row.digest, *row.notes.get("files", ()))
        for row in runs_where(
            archive.public,
            f"id IN ({standing}) AND id NOT IN (SELECT value FROM json_each(?))",
            mine,
        )
        if not row.unchanged
    )

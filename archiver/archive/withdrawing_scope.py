"""What one import brought: which runs it took, which file they read, and which rows are theirs.

An import that was killed and gone on with is several runs over one file; they are withdrawn
together. Rows carry the number of their run and no index on it: both their ids and their leaves
only ever grow, so the place where those of a run begin and end is found by halving.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec

from archiver.archive.dooming import all_rows
from archiver.archive.store import Archive
from archiver.errors import InputError
from archiver.items import Access

SLICE = 500
_LAST = 2**63 - 1
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
        part = Part(archive.file(access), Imported(row.id, (row.id,), row.account_id, row.source))
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
                    *(_first_from(connection, table, leaf), number, mine),
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


class Part:
    """What an import brought to one file."""

    def __init__(self, connection: sqlite3.Connection, imported: Imported) -> None:
        self.connection = connection
        self.imported = imported
        self.runs = msgspec.json.encode(imported.runs).decode()
        self._ranges: dict[str, tuple[int, int]] = {}

    @cached_property
    def leaves(self) -> tuple[int, int]:
        """The leaves between which all of it lies, both included."""
        first, last, unended = all_rows(
            self.connection,
            """
            SELECT min(leaf), max(end_leaf), count(*) - count(end_leaf) FROM runs
            WHERE id IN (SELECT value FROM json_each(?))
            """,
            self.runs,
        )[0]
        return (_LAST, 0) if first is None else (first, _LAST if unended else last)

    def where(self, table: str, column: str = "run_id") -> tuple[str, tuple[object, ...]]:
        """A condition on a table `t`, and its values, that picks what the import brought to it."""
        low, high = self._range(table)
        return (
            f"t.id BETWEEN ? AND ? AND t.{column} IN (SELECT value FROM json_each(?))",
            (low, high, self.runs),
        )

    def all(self, table: str, columns: str, column: str = "run_id") -> list[tuple[Any, ...]]:
        """Columns of the rows it brought to a table `t`, at most `SLICE` of them, by id."""
        where, values = self.where(table, column)
        return all_rows(
            self.connection,
            f"""
            SELECT {columns} FROM {table} AS t JOIN leaves AS l ON l.seq = t.leaf
            WHERE {where} ORDER BY t.id LIMIT {SLICE}
            """,
            *values,
        )

    def count(self, table: str, column: str = "run_id") -> int:
        """How many rows it brought to a table."""
        where, values = self.where(table, column)
        sql = f"SELECT count(*) FROM {table} AS t WHERE {where}"
        return int(all_rows(self.connection, sql, *values)[0][0])

    def _range(self, table: str) -> tuple[int, int]:
        if table not in self._ranges:
            first, last = self.leaves
            low = _first_from(self.connection, table, first)
            high = _LAST if last == _LAST else _first_from(self.connection, table, last + 1) - 1
            self._ranges[table] = (low, high)
        return self._ranges[table]

    @cached_property
    def new(self) -> array[int]:
        """The records it was the first to bring, by id: eight bytes for each."""
        where, values = self.where("versions")
        return self._ids(f"SELECT t.record_id FROM versions AS t WHERE {where} AND t.n = 1", values)

    @cached_property
    def touched(self) -> array[int]:
        """All records it brought anything of, by id."""
        parts, values = [], list[object]()
        for table in ("versions", "events", "metrics"):
            where, bound = self.where(table)
            parts.append(f"SELECT t.record_id FROM {table} AS t WHERE {where}")
            values += bound
        return self._ids(" UNION ".join(parts), values)

    @property
    def known(self) -> Iterator[int]:
        """The records known before of which it brought something, by id."""
        return (number for number in self.touched if not holds(self.new, number))

    def ids(self, table: str) -> array[int]:
        """The ids of the rows it brought to a table."""
        where, values = self.where(table)
        return self._ids(f"SELECT t.id FROM {table} AS t WHERE {where}", values)

    @property
    def intervals(self) -> array[int]:
        """The intervals of people it opened or closed, by id."""
        where, values = self.where("subscribers", "from_run")
        return self._ids(
            f"""
            SELECT t.id FROM subscribers AS t WHERE {where}
            UNION SELECT id FROM subscribers WHERE to_run IN (SELECT value FROM json_each(?))
            """,
            (*values, self.runs),
        )

    @property
    def originals(self) -> array[int]:
        """The files it read that go with it, by their numbers here."""
        files = [each.sha256.upper() for each in self.imported.files if not each.kept]
        return self._ids(
            "SELECT id FROM originals WHERE hex(sha256) IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(files).decode(),),
        )

    def _ids(self, sql: str, values: Collection[object]) -> array[int]:
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return array("q", (row[0] for row in cursor.execute(f"{sql} ORDER BY 1", tuple(values))))


def holds(ids: array[int], number: int) -> bool:
    """Whether a sorted array holds a number."""
    at = bisect_left(ids, number)
    return at < len(ids) and ids[at] == number


def sliced(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Numbers, so many at a time as one query asks for."""
    source = iter(numbers)
    while some := list(islice(source, SLICE)):
        yield some


def _first_from(connection: sqlite3.Connection, table: str, leaf: int) -> int:
    """The lowest id of a table whose leaf is not before this one; one more than the last where
    none is."""
    low, high = 0, 1 + all_rows(connection, f"SELECT coalesce(max(id), 0) FROM {table}")[0][0]
    while low < high:
        middle = (low + high) // 2
        found = all_rows(
            connection,
            f"SELECT leaf FROM {table} WHERE id >= ? ORDER BY id LIMIT 1",
            middle,
        )
        if not found or found[0][0] >= leaf:
            high = middle
        else:
            low = middle + 1
    return low

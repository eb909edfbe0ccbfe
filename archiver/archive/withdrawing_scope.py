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
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Imported:
    """One import: the `run` by which it is known (its last), all its `runs` in order, and the file
    they read: SHA-256 in hex ("" where none was kept), name and size in bytes. `shared`: another
    import rests on the same file, which then stays."""

    run: int
    runs: tuple[int, ...]
    account_id: int
    source: str
    sha256: str = ""
    name: str | None = None
    size: int = 0
    shared: bool = False

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


def find_run(archive: Archive, run: int) -> RunRow:
    """A run by its number. Raises InputError where there is none."""
    found = list(runs_where(archive.public, "id = ?", run))
    if not found:
        raise InputError(f"there is no run {run}: `archiver imports list` shows the imports")
    return found[0]


def runs_where(connection: sqlite3.Connection, where: str, *values: object) -> Iterator[RunRow]:
    """The runs of a file that a condition on the columns of `runs` picks, oldest first."""
    for row in all_rows(
        connection,
        f"""
        SELECT id, account_id, source, started_at, finished_at, outcome, notes FROM runs
        WHERE {where} ORDER BY id
        """,
        *values,
    ):
        yield RunRow(*row[:6], {} if row[6] is None else msgspec.json.decode(row[6]))


def withdrawn_runs(connection: sqlite3.Connection) -> set[int]:
    """The runs of a file that were withdrawn."""
    return {row[0] for row in all_rows(connection, "SELECT run_id FROM withdrawals")}


def find_import(archive: Archive, run: int) -> Imported:
    """The import a run belongs to as its end: the run, and what before it was killed or failed
    while it read the same file. Raises InputError where there is no such run."""
    row = find_run(archive, run)
    digest = digest_of(archive, row)
    alone = Imported(row.id, (row.id,), row.account_id, row.source, digest)
    if not digest:
        return alone
    found = all_rows(
        archive.private,
        "SELECT run_id, name, size FROM originals WHERE sha256 = ?",
        bytes.fromhex(digest),
    )
    first, name, size = found[0] if found else (row.id, None, 0)
    whole = replace(
        alone, runs=(*_before(archive, row, digest, first), row.id), name=name, size=size
    )
    return replace(whole, shared=bool(_others_reading(archive, whole)))


def digest_of(archive: Archive, row: RunRow) -> str:
    """SHA-256 (hex) of the file a run read: as its notes say, else as its rows cite; "" where it
    did not come to keep one."""
    if "sha256" in row.notes:
        return str(row.notes["sha256"])
    for access in Access:
        connection = archive.file(access)
        part = Part(connection, Imported(row.id, (row.id,), row.account_id, row.source))
        for sql, values in (
            ("SELECT sha256 FROM originals WHERE run_id = ?", (row.id,)),
            *(
                (f"{_CITED} {table} AS t ON t.original_id = o.id WHERE {where} LIMIT 1", bound)
                for table in ("versions", "skipped", "events")
                for where, bound in [part.where(table)]
            ),
        ):
            found = all_rows(connection, sql, *values)
            if found:
                return str(found[0][0].hex())
    return ""


_CITED = "SELECT o.sha256 FROM originals AS o JOIN"


def _before(archive: Archive, row: RunRow, digest: str, first: int) -> list[int]:
    """The runs before this one that were killed or failed over the same file, in order. One that
    left nothing by which its file could be told only ever opened or closed intervals of people,
    which whoever goes on takes from their beginning again."""
    gone = withdrawn_runs(archive.public)
    taken: list[int] = []
    earlier = runs_where(
        *(archive.public, "account_id = ? AND source = ? AND id BETWEEN ? AND ?"),
        *(row.account_id, row.source, first, row.id - 1),
    )
    for each in reversed(list(earlier)):
        if each.id in gone:
            continue
        read = digest_of(archive, each)
        if each.ended:
            if read == digest:
                break
        elif read in ("", digest):
            taken.append(each.id)
    return taken[::-1]


def _others_reading(archive: Archive, imported: Imported) -> list[int]:
    """Other runs that brought something out of the same file and stand."""
    gone = withdrawn_runs(archive.public)
    return [
        row.id
        for row in runs_where(archive.public, "source LIKE '%-download' OR source = 'forwarded'")
        if row.id not in gone
        and row.id not in imported.runs
        and not row.unchanged
        and digest_of(archive, row) == imported.sha256
    ]


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

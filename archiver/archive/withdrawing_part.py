"""The rows some runs wrote to one file, found without an index on their run.

Rows carry the number of their run; both their ids and their leaves only ever grow, so the place
where those of a run begin and end is found by halving.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

from archiver.archive.dooming import all_rows, ids_text

SLICE = 500
_LAST = 2**63 - 1


class Part:
    """What an import, by its runs, brought to one file. `runs` is a JSON array of them."""

    def __init__(self, connection: sqlite3.Connection, runs: Iterable[int]) -> None:
        self.connection = connection
        self.runs = ids_text(runs)
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
            low = first_from(self.connection, table, first)
            high = _LAST if last == _LAST else first_from(self.connection, table, last + 1) - 1
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

    def later_events(self) -> int:
        """How many events of its new records no run wrote (their dates moved, they were paired and
        taken apart again): they go along with them."""
        sql = """
            SELECT count(*) FROM events
            WHERE run_id IS NULL AND record_id IN (SELECT value FROM json_each(?))
        """
        return sum(all_rows(self.connection, sql, ids_text(ids))[0][0] for ids in sliced(self.new))

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


def first_from(connection: sqlite3.Connection, table: str, leaf: int) -> int:
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

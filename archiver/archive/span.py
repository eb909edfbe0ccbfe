"""The stretch of time a search looks through, as ranges of ids.

Ids follow `created_at`, so a span of days is one range. Records whose id and `created_at` name
different seconds stand in `displaced`; there `created_at` decides: those the range holds wrongly
are left out, those it misses ("strays") are added.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from archiver.archive import ids

_IN_RANGE = "id BETWEEN :low AND :high"
_WRONG = "SELECT id FROM displaced WHERE slot NOT BETWEEN :low AND :high"
_STRAY = "d.slot BETWEEN :low AND :high AND d.id NOT BETWEEN :low AND :high"


_INTEGERS = msgspec.json.Decoder(list[int])


class Counted(NamedTuple):
    """Hits to be counted: their ids, newest first, and their facet codes."""

    ids: list[int]
    codes: list[int]


@dataclass(frozen=True, slots=True)
class Span:
    """Ids from `low` to `high`; `wrong` and `stray` name the files that hold such records."""

    low: int
    high: int
    wrong: frozenset[str] = frozenset()
    stray: frozenset[str] = frozenset()

    @property
    def values(self) -> dict[str, int]:
        """The range as bound values."""
        return {"low": self.low, "high": self.high}

    def condition(self, file: str, column: str) -> str:
        """The further condition on a column of ids, beginning with AND, or nothing."""
        return f" AND {column} NOT IN ({_WRONG})" if file in self.wrong else ""

    def slice(
        self, file: str, connection: sqlite3.Connection, match: str | None, start: int, end: int
    ) -> Counted:
        """The hits with ids from `start` to `end`."""
        values = self.values | {"match": match, "start": start, "end": end}
        if match is None:
            sql = f"""
                SELECT f.id, f.code FROM facet f
                WHERE f.id BETWEEN :start AND :end {self.condition(file, "f.id")}
                ORDER BY f.id DESC
            """
        else:
            sql = f"""
                SELECT f.id, f.code FROM fts CROSS JOIN facet f ON f.id = fts.rowid
                WHERE fts MATCH :match AND fts.rowid BETWEEN :start AND :end
                    {self.condition(file, "fts.rowid")}
                ORDER BY fts.rowid DESC
            """
        return _counted(connection, sql, values)

    def strays(self, file: str, connection: sqlite3.Connection, match: str | None) -> Counted:
        """The hits outside the range that belong to its days."""
        if file not in self.stray:
            return Counted([], [])
        sql = f"""
            SELECT f.id, f.code FROM displaced d
            {"" if match is None else "CROSS JOIN fts ON fts.rowid = d.id"}
            CROSS JOIN facet f ON f.id = d.id
            WHERE {_STRAY} {"" if match is None else "AND fts MATCH :match"}
            ORDER BY d.id DESC
        """
        return _counted(connection, sql, self.values | {"match": match})


def _counted(connection: sqlite3.Connection, sql: str, values: Mapping[str, object]) -> Counted:
    # one row instead of thousands: every row fetched hands the interpreter's lock back and forth,
    # which is what many clerks at once would wait for
    found = plain(
        connection, f"SELECT json_group_array(id), json_group_array(code) FROM ({sql})", values
    )
    numbers, codes = (_INTEGERS.decode(text) for text in found[0])
    numbers.sort(reverse=True)
    return Counted(numbers, codes)


def span_of_days(
    files: Mapping[str, sqlite3.Connection],
    start: dt.date | None,
    end: dt.date | None,
    time_zone: str,
) -> Span:
    """The span of whole days in the agency's time zone, both included; None leaves a side open."""
    low, high = ids.id_range_for_days(start, end, time_zone)
    if start is None and end is None:
        return Span(low, high)
    values = {"low": low, "high": high}
    wrong = f"SELECT EXISTS ({_WRONG} AND {_IN_RANGE})"
    stray = f"SELECT EXISTS (SELECT 1 FROM displaced d WHERE {_STRAY})"
    return Span(
        low,
        high,
        frozenset(
            name for name, file in files.items() if file.execute(wrong, values).fetchone()[0]
        ),
        frozenset(
            name for name, file in files.items() if file.execute(stray, values).fetchone()[0]
        ),
    )


def plain(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples, whatever the connection makes of rows."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()

"""Reading from an evidence file what retention looks at."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from archiver.archive.retention_marks import Carried
from archiver.items import Presence, Visibility
from archiver.retention.days import LocalDays
from archiver.retention.rules import Facts

_COLUMNS = """
    id, series, cutoff_on, retain_until, retention_rule,
    account_id, platform, kind, form, content_state, author_role, language, visibility, undated,
    created_at, edited_at, presence, removed_at, version_count, first_seen_at
"""
_SORT = (
    *("account_id", "platform", "kind", "form", "content_state", "author_role", "language"),
    *("visibility", "undated", "removed", "hidden", "change_seen"),
)
"""The fields of `Facts` in the order of `Seen.sort`."""
_GOING_ON = (None, (False, False))
"""Neither removed nor hidden."""
_LOWEST = -(2**63)

Row = tuple[Any, ...]
Days = tuple[dt.date, dt.date | None, dt.date | None]
"""The days of a record: made, last changed, removed or hidden."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A record's facts beside the mark it carries (all None: none yet)."""

    facts: Facts
    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    retention_rule: str | None


class Seen(NamedTuple):
    """A record among many: `sort` and `days` are all that decides how long it is kept. Two records
    of one sort and the same days are kept equally long, so that one ruling does for both."""

    record_id: int
    carried: Carried
    sort: Row
    days: Days

    @property
    def facts(self) -> Facts:
        """What the rulebook is asked with."""
        values = dict(zip(_SORT, self.sort, strict=True))
        values["undated"] = bool(values["undated"])
        created_on, changed_on, removed_on = self.days
        return Facts(
            record_id=self.record_id,
            created_on=created_on,
            changed_on=changed_on,
            removed_on=removed_on,
            **values,
        )


class Reader:
    """Reads the records of one evidence file, many at a time and in the order of their ids."""

    def __init__(self, conn: sqlite3.Connection, time_zone: str) -> None:
        self._conn = conn
        self._day = LocalDays(time_zone)

    def one(self, record_id: int) -> Seen | None:
        """One record, or None where there is no such record."""
        found = self.read("records WHERE id = ?", record_id)
        return found[0] if found else None

    def read(self, source: str, *values: object) -> list[Seen]:
        """The records of an SQL clause: what stands behind FROM, `records` among it."""
        return self._seen(self._all(f"SELECT {_COLUMNS} FROM {source}", *values))

    def spans(self, size: int) -> Iterator[tuple[int, int]]:
        """The file's ids in spans of `size` records: the first and the last id of each."""
        low = _LOWEST
        while True:
            # facet has a row for every record and a hundredth of its bytes
            [(high,)] = self._all(
                "SELECT max(id) FROM (SELECT id FROM facet WHERE id >= ? ORDER BY id LIMIT ?)",
                low,
                size,
            )
            if high is None:
                yield low, 2**63 - 1
                return
            yield low, high
            low = high + 1

    def _all(self, sql: str, *values: object) -> list[Row]:
        cursor = self._conn.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, values).fetchall()

    def _seen(self, rows: Sequence[Row]) -> list[Seen]:
        """The records of rows of `_COLUMNS`. Nearly all are read from their own row; what is
        removed, hidden or changed without a date is asked after in two queries for all."""
        day = self._day
        ended = [row[0] for row in rows if _removed(row) or row[12] == Visibility.HIDDEN]
        changed = [row[0] for row in rows if row[18] > 1 and row[15] is None]
        events = self._events(ended) if ended else {}
        changes = self._changes(changed) if changed else {}
        found = []
        for row in rows:
            number, edited_at = row[0], row[15]
            created_on = day(row[14])
            seen_at = changes.get(number)
            changed_at = edited_at or seen_at
            ended_on, ends = self._ended(row, events[number]) if number in events else _GOING_ON
            days = (created_on, None if changed_at is None else day(changed_at), ended_on)
            sort = (*row[5:14], *ends, seen_at is not None)
            found.append(Seen(number, Carried(*row[1:5]), sort, days))
        return found

    def _ended(self, row: Row, events: Mapping[str, str]) -> tuple[dt.date | None, Row]:
        """When a record was removed or hidden, the later of both, and which of it it is. What was
        so at first sight has been so since then."""
        removed, hidden = _removed(row), row[12] == Visibility.HIDDEN
        days = []
        if removed:
            days.append(self._day(row[17] or events.get("gone") or row[19]))
        if hidden:
            days.append(self._day(events.get("hidden") or row[19]))
        return max(days, default=None), (removed, hidden)

    def _events(self, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
        """When each of these records was last noted gone and hidden."""
        found: dict[int, dict[str, str]] = {number: {} for number in numbers}
        for number, what, at in self._all(
            """
            SELECT record_id, what, max(at) FROM events
            WHERE record_id IN (SELECT value FROM json_each(?)) AND what IN ('gone', 'hidden')
            GROUP BY record_id, what
            """,
            msgspec.json.encode(numbers).decode(),
        ):
            found[number][what] = at
        return found

    def _changes(self, numbers: Sequence[int]) -> dict[int, str]:
        """When a version with other words or other media was first seen: at the latest then it was
        written. A version in which only the platform's own notation differs is no change."""
        last: dict[int, str] = {}
        before: tuple[int, str, str] | None = None
        for number, text, media, observed_at in self._all(
            """
            SELECT record_id, text, media, observed_at FROM versions
            WHERE record_id IN (SELECT value FROM json_each(?)) AND late = 0
            ORDER BY record_id, n
            """,
            msgspec.json.encode(numbers).decode(),
        ):
            said = (number, text, media)
            if before is not None and before[0] == number and said != before:
                last[number] = observed_at
            before = said
        return last


def facts_of_all(conn: sqlite3.Connection, time_zone: str, *, size: int) -> Iterator[list[Facts]]:
    """The facts of every record of a file in the order of their ids, some at a time."""
    reader = Reader(conn, time_zone)
    for low, high in reader.spans(size):
        if seen := reader.read("records WHERE id BETWEEN ? AND ? ORDER BY id", low, high):
            yield [each.facts for each in seen]


def marked_record(conn: sqlite3.Connection, record_id: int, time_zone: str) -> Marked | None:
    """One record's facts and mark, or None where there is no such record."""
    seen = Reader(conn, time_zone).one(record_id)
    return None if seen is None else Marked(seen.facts, *seen.carried)


def _removed(row: Row) -> bool:
    return bool(row[16] == Presence.ABSENT or row[17] is not None)

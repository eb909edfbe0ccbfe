"""The marks `retention` sets on records: series, cutoff and the day a record is kept until.

A record whose `retention_rule` is NULL needs marking: it is new, or a fact that retention looks at
has changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from archiver import clock
from archiver.archive.rows import RowWriter


@dataclass(frozen=True, slots=True)
class Mark:
    """What a record is marked with. Days are ISO dates; `retain_until` None is permanent (or, with
    no series, undecided). `retention_rule` names schedule, version and rule."""

    record_id: int
    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    retention_rule: str


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A record that needs marking, and the mark it carried before."""

    record_id: int
    series: str | None
    cutoff_on: str | None
    retain_until: str | None


def unmarked(connection: sqlite3.Connection, limit: int) -> list[Unmarked]:
    """Records that need marking, oldest first; costs nothing where there are none."""
    found = connection.execute(
        """
        SELECT id, series, cutoff_on, retain_until FROM records
        WHERE retention_rule IS NULL ORDER BY id LIMIT ?
        """,
        (limit,),
    )
    return [Unmarked(*row) for row in found]


def mark(connection: sqlite3.Connection, rows: Sequence[Mark]) -> int:
    """Mark records, inside the caller's transaction (`Archive.writer`).

    Where a record was marked before and the day it is kept until changes, an event "retention"
    holds both days and both rules. Returns how many such events were written.
    """
    before = _before(connection, rows)
    writer = RowWriter(connection)
    now = clock.now_text()
    moved = [
        row
        for row in rows
        if row.record_id in before
        and before[row.record_id][0] is not None
        and before[row.record_id][1] != row.retain_until
    ]
    for row in moved:
        series, retain_until = before[row.record_id]
        detail = {
            "from": retain_until,
            "to": row.retain_until,
            "series_from": series,
            "series_to": row.series,
            "rule": row.retention_rule,
        }
        text = msgspec.json.encode(detail, order="sorted").decode()
        writer.add(
            *("event", row.record_id, None, "retention", now, now, text, None, None, None),
            writer.salt(),
        )
    connection.executemany(
        """
        UPDATE records SET series = ?, cutoff_on = ?, retain_until = ?, retention_rule = ?
        WHERE id = ?
        """,
        [
            (row.series, row.cutoff_on, row.retain_until, row.retention_rule, row.record_id)
            for row in rows
        ],
    )
    writer.flush()
    return len(moved)


def _before(
    connection: sqlite3.Connection, rows: Sequence[Mark]
) -> dict[int, tuple[str | None, str | None]]:
    wanted = msgspec.json.encode([row.record_id for row in rows]).decode()
    found = connection.execute(
        """
        SELECT id, series, retain_until FROM records
        WHERE id IN (SELECT value FROM json_each(?))
        """,
        (wanted,),
    )
    return {row[0]: (row[1], row[2]) for row in found}

"""Record ids that follow time, so that newest first and date ranges are plain scans of the index.

An id counts eighths of a second since the year 1 (UTC): every date the calendar knows has a place,
the numbers stay positive and below 2^53, and a page of newest records or a span of days is a range
of ids. A full place overflows to the next free one (`slots`). An id never changes: where it and
`created_at` name different seconds (overflow, a date learned later), the table `displaced` says so,
and date filters follow `created_at` (DESIGN §6).
"""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver import clock

SLOTS_PER_SECOND = 8
_BASE = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_TICKS_PER_SLOT = 1_000_000 // SLOTS_PER_SECOND

MAX_ID = 10_000 * 366 * 86_400 * SLOTS_PER_SECOND
"""Greater than the id of any date."""


def _slot(moment: dt.datetime) -> int:
    since = moment - _BASE
    seconds = since.days * 86_400 + since.seconds
    return seconds * SLOTS_PER_SECOND + since.microseconds // _TICKS_PER_SLOT


def id_floor(created_at: str) -> int:
    """The first id of a moment (UTC text with Z, as stored).

    Raises ValueError where the text is no time.
    """
    return _slot(clock.parse(created_at))


def id_moment(record_id: int) -> dt.datetime:
    """The moment (UTC) an id stands for; the inverse of `id_floor`, to an eighth of a second."""
    microseconds = record_id % SLOTS_PER_SECOND * _TICKS_PER_SLOT
    span = dt.timedelta(seconds=record_id // SLOTS_PER_SECOND, microseconds=microseconds)
    return _BASE + span


def id_day(record_id: int, time_zone: str) -> dt.date:
    """The calendar day an id falls on in the agency's time zone."""
    return clock.local_day(clock.to_text(id_moment(record_id)), time_zone)


def day_bounds(
    start: dt.date | None, end: dt.date | None, time_zone: str
) -> tuple[str | None, str | None]:
    """The stored times from (inclusive) and to (exclusive) of a span of whole local days.

    Both days are included; None leaves that side open, as does a day at the calendar's edge.
    """
    return _start(start, time_zone), _start(end, time_zone, days=1)


def _start(day: dt.date | None, time_zone: str, days: int = 0) -> str | None:
    if day is None:
        return None
    try:
        return clock.start_of_day(day + dt.timedelta(days=days), time_zone)
    except OverflowError:
        return None


def id_range_for_days(
    start: dt.date | None, end: dt.date | None, time_zone: str
) -> tuple[int, int]:
    """The lowest and highest id (both included) of a span of whole days in the agency's zone."""
    first, after = day_bounds(start, end, time_zone)
    return id_floor(first) if first else 0, (id_floor(after) - 1 if after else MAX_ID)


def note_moment(connection: sqlite3.Connection, record_id: int, created_at: str) -> None:
    """Say by which moment date filters find a record whose `created_at` its id does not show.

    Call it when a record's `created_at` is set to another second than the id stands for; where the
    two agree again the note is dropped.
    """
    if id_floor(created_at) // SLOTS_PER_SECOND == record_id // SLOTS_PER_SECOND:
        connection.execute("DELETE FROM displaced WHERE id = ?", (record_id,))
        return
    connection.execute(
        "INSERT INTO displaced (id, slot) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET slot = excluded.slot",
        (record_id, id_floor(created_at)),
    )

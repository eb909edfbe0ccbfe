"""The date a request must be answered by, as a page shows it: day, urgency, calendar."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.desk.desk import Desk
from archiver.errors import ArchiverError
from archiver.requests.book import Request
from archiver.requests.calendars import ClosedDays, closed_days
from archiver.requests.timing.dates import Dates, work_date, work_dates

_DAY = dt.timedelta(days=1)
_SOON = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the little calendar."""

    day: dt.date
    tone: str
    note: str


@dataclass(frozen=True, slots=True)
class Due:
    """The date to work to and the outside date, how near what is due is, and how it was counted.

    `day` is what is due now: the date to work to, after the determination the promised day, or None
    where nothing is due any more; `lead` says which where it is not the first. `tone` is bad
    (today, late, or not countable), warn (within five days) or empty. `dates` is None where they
    are counted by hand.
    """

    safe: dt.date
    outside: dt.date
    day: dt.date | None
    lead: str
    words: str
    tone: str
    law: str
    steps: tuple[str, ...]
    cells: tuple[Cell, ...]
    source: str
    dates: Dates | None

    @property
    def sort_key(self) -> dt.date:
        """What is due first comes first; what is not due any more last."""
        return self.day or dt.date.max


def due_of(desk: Desk, office: sqlite3.Connection, request: Request) -> Due:
    """Count a request's dates. Where the law's clock cannot be counted, the reason stands in place
    of the steps and the day of receipt in place of the dates: no date is guessed."""
    try:
        found: Dates | str = work_date(office, desk.settings, request)
    except ArchiverError as problem:
        found = str(problem)
    return _due(desk, request, found)


def dues_of(desk: Desk, office: sqlite3.Connection, requests: Sequence[Request]) -> dict[int, Due]:
    """What `due_of` says of many requests, by their id."""
    found = work_dates(office, desk.settings, requests)
    return {request.id: _due(desk, request, found[request.id]) for request in requests}


def _due(desk: Desk, request: Request, found: Dates | str) -> Due:
    if isinstance(found, str):
        received = clock.local_day(request.received_at, desk.settings.time_zone)
        return Due(
            received, received, received, "", "count by hand", "bad", "", (found,), (), "", None
        )
    left = found.days_left
    urgent = "" if left is None else "bad" if left <= 0 else "warn" if left <= _SOON else ""
    return Due(
        safe=found.work_by,
        outside=found.outside,
        day=found.due,
        lead="Promised" if found.about == "promise" else "",
        words="Determination sent" if left is None else _words(left),
        tone=urgent,
        law=f"GC {found.counted.law}(a). The day of receipt is not counted; the tenth day is.",
        steps=found.words,
        cells=_cells(found, closed_days(desk.settings.calendar, desk.home.path)),
        source=" ".join((f"Calendar {found.counted.calendar}.", *found.unverified)),
        dates=found,
    )


def _words(left: int) -> str:
    if left < 0:
        return "1 day late" if left == -1 else f"{-left} days late"
    if left == 0:
        return "Today"
    return "1 day" if left == 1 else f"{left} days"


def _cells(dates: Dates, closed: ClosedDays) -> tuple[Cell, ...]:
    """Whole weeks from the one of receipt to the one of the outside date, Sunday first."""
    counted = dates.counted
    start = counted.received_on - (counted.received_on.isoweekday() % 7) * _DAY
    end = max(dates.outside, counted.day10)
    end += (6 - end.isoweekday() % 7) * _DAY
    days: Sequence[dt.date] = [start + place * _DAY for place in range((end - start).days + 1)]
    return tuple(_cell(day, dates, closed) for day in days)


def _cell(day: dt.date, dates: Dates, closed: ClosedDays) -> Cell:
    counted = dates.counted
    number = (day - counted.counted_from).days
    shut = closed.city(day) is not None
    note = str(number) if 0 < number <= (counted.day10 - counted.counted_from).days else ""
    if day == counted.received_on:
        return Cell(day, "off" if shut else "", "received")
    if day == dates.work_by:
        return Cell(day, "safe", f"{note} · safe" if note else "safe")
    if day == dates.outside:
        return Cell(day, "out", "outside")
    if shut and day.isoweekday() < 6:
        note = f"{note} · shut" if note else "shut"
    return Cell(day, "off" if shut else "", note)

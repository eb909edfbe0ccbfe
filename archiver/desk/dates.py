"""The date a request must be answered by, as a page shows it: day, urgency, calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.desk.desk import Desk
from archiver.errors import ArchiverError
from archiver.requests.book import Request
from archiver.requests.calendars import ClosedDays, closed_days
from archiver.requests.deadline import Deadline, deadline

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
    """The safe and the outside date, how near the safe one is, and how both were counted.

    `tone` is bad (today, late, or not countable), warn (within five days) or empty.
    """

    safe: dt.date
    outside: dt.date
    words: str
    tone: str
    law: str
    steps: tuple[str, ...]
    cells: tuple[Cell, ...]
    source: str


def due_of(desk: Desk, request: Request) -> Due:
    """Count a request's dates. Where the law's clock cannot be counted, the reason stands in place
    of the steps and the day of receipt in place of the dates: no date is guessed."""
    settings, base = desk.settings, desk.home.path
    today = clock.now().astimezone(clock.zone(settings.time_zone)).date()
    try:
        counted = deadline(request.received_at, settings, channel=request.channel, base=base)
        closed = closed_days(settings.calendar, base)
    except ArchiverError as problem:
        received = clock.local_day(request.received_at, settings.time_zone)
        return Due(received, received, "count by hand", "bad", "", (str(problem),), (), "")
    left = (counted.safe - today).days
    return Due(
        safe=counted.safe,
        outside=counted.outside,
        words=_words(left),
        tone="bad" if left <= 0 else "warn" if left <= _SOON else "",
        law=f"GC {counted.law}(a). The day of receipt is not counted; the tenth day is.",
        steps=tuple(counted.steps),
        cells=_cells(counted, closed),
        source=" ".join((f"Calendar {counted.calendar}.", *counted.unverified)),
    )


def _words(left: int) -> str:
    if left < 0:
        return "1 day late" if left == -1 else f"{-left} days late"
    if left == 0:
        return "Today"
    return "1 day" if left == 1 else f"{left} days"


def _cells(counted: Deadline, closed: ClosedDays) -> tuple[Cell, ...]:
    """Whole weeks from the one of receipt to the one of the outside date, Sunday first."""
    start = counted.received_on - (counted.received_on.isoweekday() % 7) * _DAY
    end = max(counted.outside, counted.day10)
    end += (6 - end.isoweekday() % 7) * _DAY
    days: Sequence[dt.date] = [start + place * _DAY for place in range((end - start).days + 1)]
    return tuple(_cell(day, counted, closed) for day in days)


def _cell(day: dt.date, counted: Deadline, closed: ClosedDays) -> Cell:
    number = (day - counted.received_on).days
    shut = closed.city(day) is not None
    note = str(number) if 0 < number <= (counted.day10 - counted.received_on).days else ""
    if number == 0:
        return Cell(day, "off" if shut else "", "received")
    if day == counted.safe:
        return Cell(day, "safe", f"{note} · safe" if note else "safe")
    if day == counted.outside:
        return Cell(day, "out", "outside")
    if shut and day.isoweekday() < 6:
        note = f"{note} · shut" if note else "shut"
    return Cell(day, "off" if shut else "", note)

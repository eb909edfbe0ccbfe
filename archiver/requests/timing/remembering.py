"""With which law and closed days a request's dates were counted, so a change explains itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archiver import clock
from archiver.config import Settings
from archiver.database import row
from archiver.errors import ArchiverError
from archiver.register.office import home_of
from archiver.requests.calendars import ClosedDays, closed_days
from archiver.requests.deadline import Deadline, last_open, next_open, request_deadline

if TYPE_CHECKING:
    from archiver.requests.intake import Request

_DAY = dt.timedelta(days=1)
_WINDOW = 90
"""For how many days after receipt closed days are remembered: further than any date reaches, and
the same however the days are counted."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The date to work to and the outside date, any extension included, and what they rest on.

    `closed` are the closed days from receipt to past the last date (ISO day to its name, and
    whether the law or the city's list closes it); `digest` is over them and the law. `safe` and
    `outside` are None where the dates are counted by hand, and `why` says the reason.
    """

    law: str
    calendar: str
    digest: str
    closed: dict[str, str]
    received_on: dt.date
    safe: dt.date | None
    outside: dt.date | None
    why: str

    @property
    def dates(self) -> tuple[dt.date | None, dt.date | None]:
        """Both dates."""
        return self.safe, self.outside


def remember(conn: sqlite3.Connection, settings: Settings, request: Request, *, why: str) -> None:
    """Write down how the dates of a request are counted now, in the caller's transaction."""
    keep(conn, request, reckon(conn, settings, request, why=why))


def keep(conn: sqlite3.Connection, request: Request, found: Reckoning) -> None:
    """Write a reckoning down, in the caller's transaction."""
    conn.execute(
        "INSERT INTO request_dates (request_id, at, law, calendar, digest, closed, received_on, "
        "safe, outside, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            request.id,
            clock.now_text(),
            found.law,
            found.calendar,
            found.digest,
            json.dumps(found.closed, ensure_ascii=False),
            found.received_on.isoformat(),
            found.safe.isoformat() if found.safe else None,
            found.outside.isoformat() if found.outside else None,
            found.why,
        ),
    )


def last_reckoning(conn: sqlite3.Connection, request: Request) -> Reckoning | None:
    """How the dates of a request were counted last, or None where that was never written down."""
    found = row(
        conn,
        "SELECT law, calendar, digest, closed, received_on, safe, outside, why "
        "FROM request_dates WHERE request_id = ? ORDER BY id DESC LIMIT 1",
        request.id,
    )
    if found is None:
        return None
    values = dict(found)
    values["closed"] = json.loads(values["closed"])
    for name in ("received_on", "safe", "outside"):
        values[name] = dt.date.fromisoformat(values[name]) if values[name] else None
    return Reckoning(**values)


def reckon(
    conn: sqlite3.Connection, settings: Settings, request: Request, *, why: str
) -> Reckoning:
    """Count the dates of a request as they are now, with what they rest on. Where law or calendar
    cannot be used, that is the reckoning: counted by hand, and why."""
    received_on = clock.local_day(request.received_at, settings.time_zone)
    try:
        counted = request_deadline(conn, settings, request)
        days = closed_days(settings.calendar, home_of(conn))
    except ArchiverError as problem:
        return Reckoning("", "", "by hand", {}, received_on, None, None, str(problem))
    extended_to = last_extension_day(conn, request)
    safe, outside = reach(counted, days, extended_to)
    closed = _closed(days, received_on, received_on + _WINDOW * _DAY)
    told = json.dumps([counted.law, str(counted.counted_from), str(counted.day10), closed])
    digest = hashlib.sha256(told.encode()).hexdigest()
    return Reckoning(counted.law, counted.calendar, digest, closed, received_on, safe, outside, why)


def last_extension_day(conn: sqlite3.Connection, request: Request) -> dt.date | None:
    """The day the notice of the last extension gives, or None."""
    found = row(
        conn,
        "SELECT determination_on FROM standing_extensions WHERE request_id = ? "
        "ORDER BY id DESC LIMIT 1",
        request.id,
    )
    return None if found is None else dt.date.fromisoformat(found["determination_on"])


def reach(
    counted: Deadline, days: ClosedDays, extended_to: dt.date | None
) -> tuple[dt.date, dt.date]:
    """The date to work to and the outside date, with an extension to that day or without one.

    An extension never reaches past the law's cap as counted now, nor back before the dates it
    extended: either can only be where the time of receipt was corrected since.
    """
    if extended_to is None:
        return counted.safe, counted.outside
    day = min(extended_to, counted.extended_day)
    safe = max(last_open(day, days.city), counted.safe)
    return safe, max(next_open(day, days.statutory), counted.outside)


def _closed(days: ClosedDays, first: dt.date, last: dt.date) -> dict[str, str]:
    """The closed days from one day to another, each with its name and who is closed."""
    found = {}
    day = first
    while day <= last:
        law, city = days.statutory(day), days.city(day)
        closure = law or city
        if closure is not None:
            whose = "by law and the city's list" if law and city else "by law"
            if not law:
                whose = "by the city's list"
            found[day.isoformat()] = f"{closure.name}, {whose}"
        day += _DAY
    return found

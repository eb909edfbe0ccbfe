"""The dates letters speak of. They come from the one count of a request's days; see `dates_of`."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver.config import Settings
from archiver.database import row
from archiver.requests.deadline import Circumstance, circumstances, request_deadline
from archiver.requests.intake import Request


@dataclass(frozen=True, slots=True)
class Extended:
    """The extension the request book holds: for what, why, until when, and who gave it."""

    circumstance: str
    reason: str
    until: dt.date
    person: str
    title: str


@dataclass(frozen=True, slots=True)
class LetterDates:
    """`work_by` is the date everything works to, an extension included; `safe` and `outside` are
    those of the ten days. An extension is proposed until `proposed` and reaches to `latest`, for
    one of the `circumstances`; `extended` is the one that was written down, if one was."""

    received_on: dt.date
    work_by: dt.date
    safe: dt.date
    outside: dt.date
    proposed: dt.date
    latest: dt.date
    circumstances: tuple[Circumstance, ...]
    extended: Extended | None


def dates_of(conn: sqlite3.Connection, settings: Settings, request: Request) -> LetterDates:
    """A request's dates as its page shows them. Raises RuleError where they cannot be counted."""
    counted = request_deadline(conn, settings, request)
    return LetterDates(
        received_on=counted.received_on,
        work_by=counted.safe,
        safe=counted.safe,
        outside=counted.outside,
        proposed=counted.extended_safe,
        latest=counted.extended_day,
        circumstances=tuple(circumstances(counted.received_on)),
        extended=_extended(conn, request),
    )


def _extended(conn: sqlite3.Connection, request: Request) -> Extended | None:
    if not row(conn, "SELECT 1 FROM sqlite_master WHERE name = 'request_extensions'"):
        return None
    found = row(
        conn,
        "SELECT circumstance, reason, determination_on, person, title FROM request_extensions "
        "WHERE request_id = ? ORDER BY id DESC LIMIT 1",
        request.id,
    )
    if found is None:
        return None
    until = dt.date.fromisoformat(found["determination_on"])
    return Extended(found["circumstance"], found["reason"], until, found["person"], found["title"])

"""The dates letters speak of. They come from the one count of a request's days; see `dates_of`."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver.config import Settings
from archiver.requests.deadline import Circumstance
from archiver.requests.intake import Request
from archiver.requests.timing.dates import work_date
from archiver.requests.timing.extensions import extension_offer


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
    dates = work_date(conn, settings, request)
    offer = extension_offer(conn, settings, request)
    given = dates.extension
    return LetterDates(
        received_on=dates.counted.received_on,
        work_by=dates.work_by,
        safe=dates.counted.safe,
        outside=dates.counted.outside,
        proposed=offer.proposed,
        latest=offer.latest,
        circumstances=offer.circumstances,
        extended=None
        if given is None
        else Extended(
            given.circumstance, given.reason, given.determination_on, given.person, given.title
        ),
    )

"""The dates letters speak of. They come from the one count of a request's days; see `dates_of`."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver.config import Settings
from archiver.requests.deadline import Circumstance, circumstances, request_deadline
from archiver.requests.intake import Request


@dataclass(frozen=True, slots=True)
class LetterDates:
    """The day work goes by and the outside day of the determination; the last open day to which it
    may be extended, and the circumstances for which it may."""

    received_on: dt.date
    work_by: dt.date
    outside: dt.date
    longest_extension: dt.date
    circumstances: tuple[Circumstance, ...]


def dates_of(conn: sqlite3.Connection, settings: Settings, request: Request) -> LetterDates:
    """A request's dates as its page shows them. Raises RuleError where they cannot be counted."""
    counted = request_deadline(conn, settings, request)
    return LetterDates(
        received_on=counted.received_on,
        work_by=counted.safe,
        outside=counted.outside,
        longest_extension=counted.extended_safe,
        circumstances=tuple(circumstances(counted.received_on)),
    )

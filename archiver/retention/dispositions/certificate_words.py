"""The words and forms a certificate uses for kinds, approvals, days, hashes and numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from archiver import clock

Facts = Mapping[str, Any]

TITLES = {
    "destroyed": "Certificate of Destruction",
    "transferred": "Certificate of Transfer",
    "removed": "Certificate of Removal",
}

KIND_WORDS = {
    "record": ("record", "records"),
    "subscriber": ("entry of a list of people", "entries of lists of people"),
    "unread": ("item that could not be read", "items that could not be read"),
    "original": ("imported download", "imported downloads"),
}


def approval_words(code: str) -> str:
    """An approval's kind as the page calls it."""
    return {
        "department": "Department",
        "consent": "City attorney’s consent",
        "resolution": "Council resolution",
        "procedure": "Council’s procedure",
        "custodian": "Officer having custody",
        "board": "Board of supervisors",
        "four-fifths": "Board, four fifths",
        "district-resolution": "District board’s resolution",
        "adopted-schedule": "Adopted schedule",
        "determination": "Attorney’s determination",
        "order": "Order of the court",
        "agreement": "Agreement with the receiver",
    }.get(code, code)


def seal_words(seals: Facts) -> str:
    """The seals that cover a destruction: one number, or the first and the last."""
    first, last = seals.get("first"), seals.get("last")
    if first is None:
        return "none"
    return str(first) if first == last else f"{first}–{last}"


def records(count: int) -> str:
    """A count of records."""
    return "1 record" if count == 1 else f"{count:,} records"


def range_words(first: str | None, last: str | None) -> str:
    """Two days as a range; one where they are the same."""
    if first is None or last is None:
        return ""
    return first if first == last else f"{first} to {last}"


def grouped(digest: str) -> str:
    """A hash in groups, so that it breaks between them and can be compared by eye."""
    return " ".join(digest[place : place + 16] for place in range(0, len(digest), 16))


def day_words(moment: str, zone: str) -> str:
    """The day of a stored time, in the agency\'s zone, written out."""
    day = clock.local_day(moment, zone)
    return f"{day:%B} {day.day}, {day.year}"


def plain_day(day: str) -> str:
    """An ISO day as a person says it."""
    return clock.shown_day(dt.date.fromisoformat(day), weekday=False)


def time_words(moment: str, zone: str) -> str:
    """A stored time as the agency reads it."""
    return clock.shown(moment, zone)

"""Time as the archive keeps it (UTC, ISO 8601 with Z) and as the agency reads it (its own zone)."""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache
from zoneinfo import ZoneInfo


def now() -> dt.datetime:
    """The current time in UTC, to the second.

    `ARCHIVER_NOW` (ISO 8601) stands in for it, so that a demonstration city and the tests can live
    on a chosen day.
    """
    fixed = os.environ.get("ARCHIVER_NOW")
    if fixed:
        return parse(fixed)
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def now_text() -> str:
    """The current time as the archive stores it."""
    return to_text(now())


def to_text(moment: dt.datetime) -> str:
    """An aware time as UTC text with Z; fractions of a second are kept only where present."""
    return moment.astimezone(dt.UTC).isoformat().removesuffix("+00:00") + "Z"


def parse(text: str) -> dt.datetime:
    """Read stored or ISO text as an aware UTC time.

    Raises ValueError where the text is no time or names no zone.
    """
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return moment.astimezone(dt.UTC)


@lru_cache(maxsize=32)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    return ZoneInfo(name)


def local_day(text: str, zone_name: str) -> dt.date:
    """The calendar day, in the agency's zone, of a stored time."""
    return parse(text).astimezone(zone(zone_name)).date()


def start_of_day(day: dt.date, zone_name: str) -> str:
    """The stored (UTC) time at which a day begins in the agency's zone."""
    return to_text(dt.datetime.combine(day, dt.time(), zone(zone_name)))


def shown(text: str, zone_name: str, *, year: bool = True) -> str:
    """A stored time as the agency reads it: ``14 Aug 2026, 7:52 am PDT``."""
    moment = parse(text).astimezone(zone(zone_name))
    hour = moment.hour % 12 or 12
    half = "am" if moment.hour < 12 else "pm"
    years = f" {moment.year}" if year else ""
    return f"{moment.day} {moment:%b}{years}, {hour}:{moment:%M} {half} {moment.tzname()}"


def shown_day(day: dt.date, *, weekday: bool = True, year: bool = True) -> str:
    """A day as a person says it: ``Wed 25 Nov 2026``."""
    lead = f"{day:%a} " if weekday else ""
    return f"{lead}{day.day} {day:%b}" + (f" {day.year}" if year else "")

"""Times as Meta's pages show them: a local clock without its zone, in words of a language.

Instagram and Threads show every time at eight hours behind UTC, in summer too. Facebook shows it
on the clock of the account; the download's front page states that clock. Both were found by others
who compared pages and JSON of the same accounts (data-donation research, 2026).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from archiver import clock
from archiver.exports.meta.months import month_of

LONGEST = 200
AGENCY_ZONE = "America/Los_Angeles"
"""The zone of every city in California: it stands in where a download states none."""
EIGHT_BEHIND = dt.timezone(dt.timedelta(hours=-8))

_HOUR = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_CLOCK = _HOUR + r"\s*(?P<half>[ap]\.?\s?m\b\.?)?"
_CLOCK_PARTS = ("hour", "minute", "second", "half")
_WORDED = ("word", "day", "year", *_CLOCK_PARTS)
_NUMBERED = ("month", "day", "year", *_CLOCK_PARTS)
_AT = r"(?:(?:a las?|at|à|às|um|om|в)\s+)?"
_SHAPES = tuple(
    (re.compile(shape, re.IGNORECASE), parts)
    for shape, parts in (
        (
            r"(?P<word>[^\W\d_]+)\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4}),?\s+" + _AT + _CLOCK,
            _WORDED,
        ),
        (
            r"(?P<day>\d{1,2})\.?\s+(?:de\s+)?(?P<word>[^\W\d_]+)\.?,?\s+(?:de\s+)?"
            r"(?P<year>\d{4})(?:\s+г\.)?,?\s+" + _AT + _CLOCK,
            _WORDED,
        ),
        (
            r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}),?\s+" + _CLOCK,
            _NUMBERED,
        ),
        (
            r"(?P<year>\d{4})([/.-])(?P<month>\d{1,2})\2(?P<day>\d{1,2}),?\s+" + _CLOCK,
            _NUMBERED,
        ),
        (
            r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일]\s*"
            r"(?P<half>[上下]午|午[前後]|오[전후])?\s*" + _HOUR,
            _NUMBERED,
        ),
        (
            _HOUR + r"(?P<half>),\s+(?P<day>\d{1,2})\s+tháng\s+(?P<month>\d{1,2}),\s+"
            r"(?P<year>\d{4})",
            _NUMBERED,
        ),
    )
)
"""How a time is written, and which of its parts are month, day, year and clock."""
_AFTERNOON = ("下午", "午後", "오후")
_USUAL = re.compile(
    r"([A-Z][a-z]{2}) (\d\d?), (\d{4}),? (\d\d?):(\d\d)(?::(\d\d))? ([apAP][mM])", re.ASCII
)
"""As English pages of today write it, and nothing else in the text."""


@dataclass(frozen=True, slots=True)
class PageClock:
    """The clock on which pages show times, and in a sentence where it was taken from."""

    zone: dt.tzinfo
    said: str

    def read(self, text: str) -> str | None:
        """The time in a text, as UTC; None where none stands in it, or in a language whose months
        are not known here (`months`)."""
        usual = _USUAL.fullmatch(text)
        at = _moment(usual.groups(), self.zone) if usual is not None else None
        return at or _read(" ".join(text[:LONGEST].split()), self.zone)


def agency_clock() -> PageClock:
    """The clock that stands in where a download states none."""
    said = (
        "its pages show times without a zone and do not say which clock they were made on: they "
        f"were taken as {AGENCY_ZONE}"
    )
    return PageClock(ZoneInfo(AGENCY_ZONE), said)


def stated_clock(made_at: dt.datetime, offset: dt.timedelta) -> PageClock:
    """The clock that was `offset` from UTC when the download was made."""
    home = ZoneInfo(AGENCY_ZONE)
    if made_at.astimezone(home).utcoffset() == offset:
        said = f"its pages show times without a zone: they were taken as {AGENCY_ZONE}, whose "
        return PageClock(home, said + "clock the download states for the hour it was made")
    zone = dt.timezone(offset)
    said = (
        f"its pages show times without a zone: they were taken as {zone.tzname(None)}, which the "
        "download states for the hour it was made; in the other half of the year they may be an "
        "hour off"
    )
    return PageClock(zone, said)


def fixed_clock() -> PageClock:
    """The clock of Instagram's and Threads' pages."""
    said = (
        "its pages show times without a zone and to the minute: they were taken as UTC-08:00, "
        "in summer too, as Instagram writes them"
    )
    return PageClock(EIGHT_BEHIND, said)


def _read(text: str, zone: dt.tzinfo) -> str | None:
    for shape, parts in _SHAPES:
        for found in shape.finditer(text):
            moment = _moment(found.group(*parts), zone)
            if moment is not None:
                return moment
    return None


def _moment(told: tuple[str | Any, ...], zone: dt.tzinfo) -> str | None:
    month, day, year, hours, minute, second, half = told
    hour = int(hours)
    if half:
        hour = hour % 12 + (12 if half[0] in "pP" or half in _AFTERNOON else 0)
    minutes, seconds = int(minute), int(second or 0)
    if hour > 23 or minutes > 59 or seconds > 59:
        return None
    try:
        start = _day(month, day, year, zone)
        if start is None:
            number = _number(month)
            local = dt.datetime(*(int(year), number, int(day), hour, minutes, seconds), tzinfo=zone)
            return clock.to_text(local)
        passed = dt.timedelta(0, hour * 3600 + minutes * 60 + seconds)
        return (start + passed).isoformat() + "Z"
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=8192)
def _day(month: str, day: str, year: str, zone: dt.tzinfo) -> dt.datetime | None:
    """The beginning of a day of the local clock, in UTC and without a zone; None for a day on which
    that clock is put forward or back. Raises ValueError where there is no such day."""
    start = dt.datetime(int(year), _number(month), int(day), tzinfo=zone)
    begun, ended = start.utcoffset(), start.replace(hour=23, minute=59).utcoffset()
    if begun is None or begun != ended:
        return None
    return start.replace(tzinfo=None) - begun


def _number(month: str) -> int:
    return month_of(month) or int(month)

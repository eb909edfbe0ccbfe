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
from zoneinfo import ZoneInfo

from archiver import clock

LONGEST = 200
AGENCY_ZONE = "America/Los_Angeles"
"""The zone of every city in California: it stands in where a download states none."""
EIGHT_BEHIND = dt.timezone(dt.timedelta(hours=-8))

_MONTHS = (
    ("jan", "january", "ene", "enero"),
    ("feb", "february", "febrero"),
    ("mar", "march", "marzo"),
    ("apr", "april", "abr", "abril"),
    ("may", "mayo"),
    ("jun", "june", "junio"),
    ("jul", "july", "julio"),
    ("aug", "august", "ago", "agosto"),
    ("sep", "sept", "september", "septiembre", "set", "setiembre"),
    ("oct", "october", "octubre"),
    ("nov", "november", "noviembre"),
    ("dec", "december", "dic", "diciembre"),
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*(?P<half>[ap]\.?\s?m\b\.?)?"
_SHAPES = (
    re.compile(
        rf"(?P<word>[^\W\d_]+)\.?\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}),?\s+{_CLOCK}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<day>\d{{1,2}})\.?\s+(?:de\s+)?(?P<word>[^\W\d_]+)\.?,?\s+(?:de\s+)?"
        rf"(?P<year>\d{{4}}),?\s+(?:a las\s+)?{_CLOCK}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}),?\s+{_CLOCK}", re.IGNORECASE
    ),
)


@dataclass(frozen=True, slots=True)
class PageClock:
    """The clock on which pages show times, and in a sentence where it was taken from."""

    zone: dt.tzinfo
    said: str

    def read(self, text: str) -> str | None:
        """The time in a text, as UTC; None where none stands in it, or in a language whose months
        are not known here (English and Spanish are)."""
        return _read(" ".join(text[:LONGEST].split()), self.zone)


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


@lru_cache(maxsize=8192)
def _read(text: str, zone: dt.tzinfo) -> str | None:
    for shape in _SHAPES:
        for found in shape.finditer(text):
            moment = _moment(found, zone)
            if moment is not None:
                return moment
    return None


def _moment(found: re.Match[str], zone: dt.tzinfo) -> str | None:
    parts = found.groupdict()
    month = _MONTH.get((parts.get("word") or "").lower()) or int(parts.get("month") or 0)
    hour = int(parts["hour"])
    half = (parts["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        local = dt.datetime(
            int(parts["year"]),
            month,
            int(parts["day"]),
            hour,
            int(parts["minute"]),
            int(parts["second"] or 0),
            tzinfo=zone,
        )
        return clock.to_text(local)
    except (ValueError, OverflowError):
        return None

"""What a letter says in figures and dates, and what may stand in it of what others wrote."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from archiver import clock

_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
        *("septiembre", "octubre", "noviembre", "diciembre"),
    ),
}
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
LONGEST_LINE = 300
LONGEST_TEXT = 20_000
"""Characters of one value; a letter is no place for more."""
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"\n{3,}")


def date_in(day: dt.date, language: str) -> str:
    """A day in words: ``Wednesday, November 25, 2026``; as 2026-11-25 where we have no words."""
    if language not in _MONTHS:
        return day.isoformat()
    name, month = _DAYS[language][day.weekday()], _MONTHS[language][day.month - 1]
    if language == "es":
        return f"{name} {day.day} de {month} de {day.year}"
    return f"{name}, {month} {day.day}, {day.year}"


def time_in(time: dt.time, language: str) -> str:
    """A time of day: ``4:00 p.m.``; as 16:00 where we have no words."""
    if language not in _MONTHS:
        return f"{time:%H:%M}"
    half = "a.m." if time.hour < 12 else "p.m."
    if language == "es":
        half = half.replace(".m", ". m")
    return f"{time.hour % 12 or 12}:{time:%M} {half}"


def moment_in(day: dt.date, time: dt.time, zone: str, language: str) -> str:
    """A day and a time, the zone named."""
    name = dt.datetime.combine(day, time, clock.zone(zone)).tzname()
    joint = ", a las " if language == "es" else ", at " if language == "en" else " "
    return f"{date_in(day, language)}{joint}{time_in(time, language)} {name}"


def line(text: str, longest: int = LONGEST_LINE) -> str:
    """Text for one line: no line breaks, no control or direction characters, cut where too long."""
    flat = " ".join(_DIRECTION.sub("", _CONTROL.sub(" ", text)).split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def block(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text of several lines: line breaks stay, control and direction characters do not."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = _DIRECTION.sub("", _CONTROL.sub(" ", lines))
    whole = _BREAKS.sub("\n\n", "\n".join(each.rstrip() for each in clean.split("\n"))).strip()
    return whole if len(whole) <= longest else whole[: longest - 1].rstrip() + "…"


def listed(lines: Sequence[str]) -> str:
    """Lines as a list, the way a template's text writes one."""
    return "\n".join(f"- {each}" for each in lines)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 record``, ``1,204 records``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

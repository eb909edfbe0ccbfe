"""How X writes times, texts, languages and numbers in its downloads, and their canonical form."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from archiver import clock

PLATFORM = "x"

_MONTHS = {
    "Jan": "01", "Feb": "02", "Mar": "03", "Apr": "04", "May": "05", "Jun": "06",
    "Jul": "07", "Aug": "08", "Sep": "09", "Oct": "10", "Nov": "11", "Dec": "12",
}  # fmt: skip
_TWEET_TIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4}) (\d{4})"
)
_HOUR = re.compile(r"\d\d:[0-5]\d:[0-5]\d")
_OLD_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4})")
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.0+)?Z")
_NO_LANGUAGE = {"und", "zxx", "qme", "qht", "qst", "qam", "qct", "art", ""}
_RENAMED_LANGUAGES = {"in": "id", "iw": "he", "msa": "ms", "zh-cn": "zh-Hans", "zh-tw": "zh-Hant"}

_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return _encode(value)


def time(value: object) -> str | None:
    """A time as X writes it (``Sat Aug 12 16:10:37 +0000 2023``, ``2014-05-01 10:00:00 +0000``,
    ISO 8601, or milliseconds since 1970) as UTC text with Z; None where it is no time.
    """
    if isinstance(value, str):
        if len(value) == 30 and value[19:26] == " +0000 ":
            day, hour = _day(value[4:10], value[26:]), value[11:19]
            if day and hour < "24" and _HOUR.fullmatch(hour):
                return f"{day}T{hour}Z"
        return _time_of_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _time_of_milliseconds(value)
    return None


def _time_of_text(text: str) -> str | None:
    found = _TWEET_TIME.fullmatch(text)
    if found is not None:
        month, day, hour, zone, year = found.groups()
        number = _MONTHS.get(month)
        return _composed(f"{year}-{number}-{day}", hour, zone) if number else None
    if _ISO_TIME.fullmatch(text):
        return _composed(text[:10], text[11:19], "+0000")
    found = _OLD_TIME.fullmatch(text)
    if found is not None:
        return _composed(*found.groups())
    if text.isdigit() and len(text) in (12, 13):
        return _time_of_milliseconds(int(text))
    try:
        return clock.to_text(clock.parse(text))
    except (ValueError, OverflowError):
        return None


def _composed(day: str, hour: str, zone: str) -> str | None:
    if zone == "+0000" and _is_day(day) and hour < "24:00:00":
        return f"{day}T{hour}Z"
    try:
        return clock.to_text(clock.parse(f"{day}T{hour}{zone[:3]}:{zone[3:]}"))
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=8192)
def _day(month_and_day: str, year: str) -> str | None:
    """The day of a post's time (``Aug 12`` and ``2023``), of which there are few."""
    day = f"{year}-{_MONTHS.get(month_and_day[:3])}-{month_and_day[4:]}"
    return day if _is_day(day) else None


@lru_cache(maxsize=8192)
def _is_day(day: str) -> bool:
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _time_of_milliseconds(value: int) -> str | None:
    try:
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=value)
    except OverflowError:
        return None
    return clock.to_text(moment)


def text(value: object) -> str:
    """A text as X shows it: X writes ``&``, ``<`` and ``>`` as entities, and only those."""
    if not isinstance(value, str):
        return ""
    if "&" in value:
        return value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return value


def language(value: object) -> str | None:
    """The language X detected, by its present code; None where X found none."""
    if not isinstance(value, str):
        return None
    known = value.lower()
    return None if known in _NO_LANGUAGE else _RENAMED_LANGUAGES.get(known, value)


def identifier(value: object) -> str | None:
    """An id, which X writes as text or as a number; None where it is missing or -1."""
    if isinstance(value, str):
        return value if value and value != "-1" else None
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    return None


def first_id(source: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that holds an id."""
    for name in names:
        if name in source:
            found = identifier(source[name])
            if found is not None:
                return found
    return None


def count(value: object) -> int | None:
    """A counter, which X writes as text or as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdecimal() and len(value) < 19:
        return int(value)
    return None


def table(value: object) -> Mapping[str, Any]:
    """The value where it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list; everything else is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words(value: object) -> list[str]:
    """The ids in a list, as text."""
    if not isinstance(value, list):
        return []
    return [found for found in map(identifier, value) if found is not None]

"""Times as downloads write them, as UTC text with Z."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from archiver import clock

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
"""As times are kept: writing one anew would cost more than reading it."""
_SECONDS = {"s": 1, "ms": 1_000, "us": 1_000_000}


def since_1970(value: object, unit: str = "s") -> str | None:
    """A count of seconds (`s`), milliseconds (`ms`) or microseconds (`us`) since 1970, as a number
    or as digits; None where it is neither, zero, or no time of this world."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value == 0:
        return None
    try:
        moment = _EPOCH + dt.timedelta(seconds=value / _SECONDS[unit])
    except (OverflowError, ValueError):
        return None
    return clock.to_text(moment)


def with_zone(text: object) -> str | None:
    """A time in ISO 8601 that names its zone; None where it is no such time."""
    if not isinstance(text, str):
        return None
    try:
        moment = clock.parse(text.strip())
        return text if _UTC.fullmatch(text) else clock.to_text(moment)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def written(text: str, formats: tuple[str, ...], zone: str = "UTC") -> str | None:
    """A time written in one of these forms (as `strptime` has them). Where the text names no zone
    it is taken to be in `zone` (an IANA name), which whoever calls has to have said to the user.
    None where it is written in none of them."""
    tidy = " ".join(text.split())
    for form in formats:
        try:
            moment = dt.datetime.strptime(tidy, form)  # noqa: DTZ007 (the zone is added below)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        try:
            return clock.to_text(moment)
        except (OverflowError, ValueError):
            return None
    return None

"""How long a platform asks to be left alone, read from the headers of its answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST_HOLD = dt.timedelta(days=2)
EPOCH_SECONDS = 1_000_000_000


def hold_until(status: int, headers: Mapping[str, str], now: dt.datetime) -> dt.datetime | None:
    """The moment before which the platform should not be asked again, or None.

    Reads `Retry-After` (RFC 9110 §10.2.3: seconds or a date) and the `RateLimit-Remaining` and
    `RateLimit-Reset` pair, whose reset is a Unix time on Bluesky and seconds in the IETF draft.
    An absurd time (more than two days ahead) is cut to two days: a wrong header must not silence
    an account for ever. A 429 that says nothing holds for five minutes.
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    until = _retry_after(lower.get("retry-after", ""), now)
    if until is None and (status == 429 or lower.get("ratelimit-remaining") == "0"):
        until = _reset(lower.get("ratelimit-reset", ""), now)
    if until is None and status == 429:
        until = now + dt.timedelta(minutes=5)
    if until is None or until <= now:
        return now + dt.timedelta(seconds=1) if status == 429 else None
    return min(until, now + LONGEST_HOLD)


def _retry_after(value: str, now: dt.datetime) -> dt.datetime | None:
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return now + dt.timedelta(seconds=min(int(value), 10**7))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _reset(value: str, now: dt.datetime) -> dt.datetime | None:
    if not (value.isascii() and value.isdigit() and len(value) <= 12):
        return None
    seconds = int(value)
    if seconds >= EPOCH_SECONDS:
        try:
            return dt.datetime.fromtimestamp(seconds, dt.UTC) + dt.timedelta(seconds=1)
        except (OverflowError, ValueError, OSError):
            return None
    return now + dt.timedelta(seconds=seconds + 1)

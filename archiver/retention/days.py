"""The agency's calendar day of a stored time, exact and quick enough for every record at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

from archiver.clock import local_day, parse, zone

_ZULU = 19
"""Letters of a stored time up to its seconds: what follows is a fraction and the Z."""
_KEPT = 50_000
_DAY = dt.timedelta(days=1)


class LocalDays:
    """Calendar days in one time zone.

    Within a day of UTC on whose two ends the zone is equally far from UTC, its own day changes
    once, at a second that is worked out once for all times of that day. On the days the clocks are
    set, and for times not stored as UTC text, each time is worked out for itself.
    """

    def __init__(self, time_zone: str) -> None:
        self._name = time_zone
        self._zone = zone(time_zone)
        self._borders: dict[str, tuple[str, dt.date, dt.date] | None] = {}

    def __call__(self, text: str) -> dt.date:
        """The day of a stored time; at the calendar's very ends the day as it is written."""
        try:
            border = self._borders[text[:10]]
        except KeyError:
            border = self._learn(text[:10])
        if border is None or text[16:17] != ":" or text[-1] != "Z":
            return self._exact(text)
        return border[2] if text[:_ZULU] >= border[0] else border[1]

    def border(self, day: dt.date) -> tuple[str, dt.date, dt.date] | None:
        """From which second of a day of UTC on the zone's day is the next one, and both days. None
        where that cannot be said of the whole day."""
        return self._border(day.isoformat())

    def _learn(self, written: str) -> tuple[str, dt.date, dt.date] | None:
        if len(self._borders) >= _KEPT:
            self._borders.clear()
        self._borders[written] = found = self._border(written)
        return found

    def _border(self, written: str) -> tuple[str, dt.date, dt.date] | None:
        try:
            if dt.date.fromisoformat(written).isoformat() != written:
                return None
            start = parse(f"{written}T00:00:00Z").astimezone(self._zone)
            end = (start.astimezone(dt.UTC) + _DAY).astimezone(self._zone)
        except (ValueError, OverflowError):
            return None
        if start.utcoffset() != end.utcoffset():
            return None
        turn = dt.datetime.combine(end.date(), dt.time()) - dt.datetime.combine(
            start.date(), start.time()
        )
        border = dt.datetime.fromisoformat(written) + turn
        return border.isoformat(), start.date(), end.date()

    def _exact(self, text: str) -> dt.date:
        try:
            return local_day(text, self._name)
        except OverflowError:
            return dt.date.fromisoformat(text[:10])


@lru_cache(maxsize=2)
def turns(first: dt.date, last: dt.date, time_zone: str) -> tuple[tuple[str, int | None], ...]:
    """When the days of a zone begin: from a moment (UTC, to the second, without Z) on, up to the
    next one, it is the day of that number (`date.toordinal`); None: not one day for all that time.

    Covers the days of UTC from `first` to `last`, both included, and says None behind them.
    """
    return tuple(_turns(first, last, LocalDays(time_zone)))


def _turns(first: dt.date, last: dt.date, days: LocalDays) -> Iterator[tuple[str, int | None]]:
    sure = False
    day = first
    while day <= last:
        border = days.border(day)
        midnight = f"{day.isoformat()}T00:00:00"
        if border is None:
            yield midnight, None
        else:
            turn, before, after = border
            if not sure and turn != midnight:
                yield midnight, before.toordinal()
            yield turn, after.toordinal()
        sure = border is not None
        day += _DAY
    yield f"{day.isoformat()}T00:00:00", None

"""The agency's calendar day of a stored time, exact and quick enough for every record at once."""

from __future__ import annotations

import datetime as dt

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
        if border is None or text[-1] != "Z":
            return self._exact(text)
        return border[2] if text[:_ZULU] >= border[0] else border[1]

    def _learn(self, written: str) -> tuple[str, dt.date, dt.date] | None:
        if len(self._borders) >= _KEPT:
            self._borders.clear()
        self._borders[written] = found = self._border(written)
        return found

    def _border(self, written: str) -> tuple[str, dt.date, dt.date] | None:
        """From which second of a UTC day on the zone's day is the next one, and both days."""
        try:
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

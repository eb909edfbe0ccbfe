"""How long: anniversaries as the Government Code counts them.

A year is reckoned so that the leap day and the day before it count as one (Gov. Code § 6803), and a
month is a calendar month (§ 6804): a period ends on the anniversary, not after so many times
365 days. Where the anniversary does not exist (29 February, the 31st), it rolls forward to the
next day, never back: a record of 29 February is kept two years until 1 March, never 28 February.

The day computed here is the first on which a record may be considered for disposition. The law
counts whole days (§ 6806), so a record is two years old from the beginning of that day.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import msgspec
from dateutil.relativedelta import relativedelta

from archiver.errors import InputError

FURTHEST = dt.date(9998, 12, 31)


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span of whole years, months and days, or for ever; `at_once` ends with the event itself."""

    years: int = 0
    months: int = 0
    days: int = 0
    permanent: bool = False
    at_once: bool = False

    def check(self) -> None:
        """Raise InputError where the period is negative, empty or contradicts itself."""
        parts = (self.years, self.months, self.days)
        if any(part < 0 for part in parts):
            raise InputError("the period is negative")
        if self.permanent and any(parts):
            raise InputError("the period is permanent and has an end")
        if self.at_once and (self.permanent or any(parts)):
            raise InputError("the period ends at once and yet goes on")
        if not self.permanent and not self.at_once and not any(parts):
            raise InputError("the period is empty: write years, months, days or permanent = true")
        if self.years > 1000 or self.months > 12_000 or self.days > 366_000:
            raise InputError("the period is longer than a thousand years: write permanent = true")

    @property
    def words(self) -> str:
        """The period as a person says it: ``2 years``."""
        if self.permanent:
            return "permanently"
        if self.at_once:
            return "no time longer"
        named = ((self.years, "year"), (self.months, "month"), (self.days, "day"))
        said = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in named if count]
        return " and ".join(said)

    @property
    def longest_days(self) -> int:
        """The most days it can last between any two days; permanent is longer than any other."""
        if self.permanent:
            return 10**9
        leap, rolled = -(-self.years // 4), 1 if self.months else 0
        return self.years * 365 + leap + self.months * 31 + rolled + self.days

    @property
    def shortest_days(self) -> int:
        """The fewest days it can last between any two days, or a little less."""
        if self.permanent:
            return 10**9
        leap = max(self.years // 4 - self.years // 100 - 1, 0)
        return self.years * 365 + leap + self.months * 28 + self.days

    def reaches(self, other: Period) -> bool:
        """Whether it never ends before `other` does, whatever day both begin on."""
        if self.permanent or other.at_once:
            return True
        if other.permanent:
            return False
        mine, its = self.years * 12 + self.months, other.years * 12 + other.months
        if mine >= its and self.days >= other.days:
            return True
        return self.shortest_days >= other.longest_days


@lru_cache(maxsize=65_536)
def anniversary(start: dt.date, period: Period) -> dt.date | None:
    """The first day on which something dated `start` is no longer kept by `period`; None: never.

    Years and months are added together, a day that does not exist rolls forward, then days are
    added. A day past the calendar's end is its end.
    """
    if period.permanent:
        return None
    try:
        day = start + relativedelta(years=period.years, months=period.months)
        if day.day != start.day:
            day += dt.timedelta(days=1)
        return min(day + dt.timedelta(days=period.days), FURTHEST)
    except (OverflowError, ValueError):
        return FURTHEST

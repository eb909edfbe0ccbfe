"""Looking over a calendar file before it counts a date: against the days the law itself names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archiver.clock import shown_day
from archiver.config import shipped
from archiver.requests.calendars import (
    DECIDING_MARKS,
    Calendar,
    ClosedDays,
    days_of,
    read_calendar,
)

_YEARS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a calendar: `wrong` where dates counted with it would be, else to look at."""

    wrong: bool
    told: str


def lint_calendar(calendar: Calendar, today: dt.date) -> list[Finding]:
    """What is wrong or doubtful in a city's calendar for this year and the next ones.

    A judicial holiday that is missing makes dates earlier and is safe but odd; one too many makes
    them later and is wrong. Both are held against the shipped calendar.
    """
    found: list[Finding] = []
    ours = ClosedDays(read_calendar(shipped("schedules") / "calendars" / "california.toml"))
    theirs = ClosedDays(calendar)
    day = dt.date(today.year, 1, 1)
    while day.year < today.year + _YEARS:
        law, here = ours.statutory(day), theirs.statutory(day)
        if here and not law:
            found.append(
                Finding(
                    True,
                    f"{shown_day(day)} ({here.name}) would move a date to later, but is no day of "
                    "Code Civ. Proc. § 135 in the shipped calendar",
                )
            )
        elif law and not here:
            found.append(
                Finding(
                    False,
                    f"{shown_day(day)} ({law.name}) is a judicial holiday and does not count here: "
                    "dates come out earlier than the law asks",
                )
            )
        day += dt.timedelta(days=1)
    found += _sat_sun(calendar)
    found += _running_out(calendar, today)
    found += _unadopted(calendar, today)
    if calendar.city.mark not in DECIDING_MARKS:
        found.append(
            Finding(
                False,
                f"the city's list is marked {calendar.city.mark}: name the city's own days and "
                "have the city attorney attest them",
            )
        )
    return found


def _sat_sun(calendar: Calendar) -> list[Finding]:
    missing = [day for day in ("SA", "SU") if day not in calendar.closed_weekdays]
    extra = [day for day in calendar.closed_weekdays if day not in ("SA", "SU")]
    found = []
    if missing:
        found.append(Finding(False, f"{', '.join(missing)} is open here, though closed in law"))
    if extra:
        found.append(
            Finding(
                True,
                f"{', '.join(extra)} closed every week would move dates to later; the law closes "
                "Saturdays and Sundays only",
            )
        )
    return found


def _running_out(calendar: Calendar, today: dt.date) -> list[Finding]:
    """Movable feasts are listed day by day, and a list ends."""
    used = set(calendar.city.closed)
    return [
        Finding(False, f"the listed days of {each.name} end on {shown_day(max(each.dates))}")
        for each in calendar.holiday
        if each.dates
        and (each.judicial or each.id in used)
        and max(each.dates) < today + dt.timedelta(days=365)
        and len(each.dates) > 1
    ]


def _unadopted(calendar: Calendar, today: dt.date) -> list[Finding]:
    used = set(calendar.city.closed)
    return [
        Finding(
            False,
            f"the city's list closes on {each.name}, which binds a city only where its charter, an "
            "ordinance or a resolution adopted it (Gov. Code § 6700): see that it did",
        )
        for each in calendar.holiday
        if each.local_adoption and each.id in used and days_of(each, today.year)
    ]

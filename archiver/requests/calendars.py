"""Which days are closed: by statute for counting, and at City Hall (schedules/calendars)."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
from dateutil.rrule import rrulestr

from archiver.clock import shown_day
from archiver.config import shipped
from archiver.decoding import converter
from archiver.errors import InputError

DECIDING_MARKS = ("S", "C")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One holiday: an RRULE or listed days, whether Code Civ. Proc. § 135 has it, and how it moves.

    `part_of_day` marks one that closes no whole day; `local_adoption` one that binds a city only
    where the city adopted it.
    """

    id: str
    name: str
    source: str
    mark: str
    judicial: bool
    rule: str = ""
    dates: list[dt.date] = []
    sunday_to_monday: bool = False
    saturday_to_friday: bool = False
    local_adoption: bool = False
    part_of_day: str = ""
    effective_from: dt.date | None = None
    effective_until: dt.date | None = None


class CityList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days on which the city is closed, by the ids of holidays."""

    title: str
    closed: list[str]
    mark: str
    notes: str = ""


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A calendar file."""

    id: str
    title: str
    version: str
    closed_weekdays: list[str]
    weekday_source: str
    weekday_mark: str
    city: CityList
    holiday: list[Holiday]


@dataclass(frozen=True, slots=True)
class Closure:
    """Why a day is closed: the weekday's or holiday's name, where that stands, and its mark."""

    name: str
    source: str
    mark: str


class ClosedDays:
    """A calendar ready to be asked about days."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._years: dict[tuple[int, bool], dict[dt.date, Closure]] = {}

    def statutory(self, day: dt.date) -> Closure | None:
        """Why a day does not count as a period's last (Code Civ. Proc. §§ 12a, 135), or None.

        What is not verified never moves a date to later, so it does not count here.
        """
        found = self._weekend(day) or self._holidays(day.year, city=False).get(day)
        return found if found is None or found.mark in DECIDING_MARKS else None

    def city(self, day: dt.date) -> Closure | None:
        """Why the city is closed on a day by its own list, or None."""
        return self._weekend(day) or self._holidays(day.year, city=True).get(day)

    def _weekend(self, day: dt.date) -> Closure | None:
        if _WEEKDAYS[day.weekday()] not in self.calendar.closed_weekdays:
            return None
        return Closure(
            _WEEKDAY_NAMES[day.weekday()], self.calendar.weekday_source, self.calendar.weekday_mark
        )

    def _holidays(self, year: int, *, city: bool) -> dict[dt.date, Closure]:
        found = self._years.get((year, city))
        if found is None:
            found = {}
            for holiday in self.calendar.holiday:
                listed = holiday.id in self.calendar.city.closed if city else holiday.judicial
                if listed and not holiday.part_of_day:
                    for day, name in days_of(holiday, year):
                        found.setdefault(day, Closure(name, holiday.source, holiday.mark))
            self._years[year, city] = found
        return found


def days_of(holiday: Holiday, year: int) -> list[tuple[dt.date, str]]:
    """The days a holiday closes in a year, each with its name; moved days say so (§ 6701)."""
    found = []
    for day in _stated(holiday, year):
        found.append((day, holiday.name))
        said = f"{holiday.name}, of {shown_day(day, year=False)}"
        if holiday.sunday_to_monday and day.weekday() == 6:
            found.append((day + dt.timedelta(days=1), said))
        if holiday.saturday_to_friday and day.weekday() == 5:
            found.append((day - dt.timedelta(days=1), said))
    return found


def _stated(holiday: Holiday, year: int) -> list[dt.date]:
    days = [day for day in holiday.dates if day.year == year]
    if holiday.rule:
        start = dt.datetime(year, 1, 1)  # noqa: DTZ001 - a rule's days have no time zone
        end = dt.datetime(year, 12, 31)  # noqa: DTZ001
        rule = rrulestr(holiday.rule, dtstart=start)
        days += [moment.date() for moment in rule.between(start, end, inc=True)]
    since = holiday.effective_from or dt.date.min
    until = holiday.effective_until or dt.date.max
    return [day for day in days if since <= day <= until]


def closed_days(name: str = "california", base: Path | None = None) -> ClosedDays:
    """The calendar a setting names: a file of schedules/calendars without its ending, or a path to
    a .toml file (a relative one below `base`).

    Raises InputError, naming the file and what is wrong in it, where it cannot be used.
    """
    if name.endswith(".toml") or "/" in name:
        given = Path(name).expanduser()
        path = given if base is None else base / given
    else:
        path = shipped("schedules") / "calendars" / f"{name}.toml"
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    return _ready(path, found.st_mtime_ns, found.st_size, found.st_ino)


@lru_cache(maxsize=8)
def _ready(path: Path, changed: int, size: int, inode: int) -> ClosedDays:
    """The calendar of a file as it is now: a desk that runs for weeks sees a changed one at once,
    as the night's run does."""
    return ClosedDays(read_calendar(path))


_as_calendar = converter(Calendar)


def read_calendar(path: Path) -> Calendar:
    """Read and check a calendar file. Raises InputError naming file, entry and fault."""
    try:
        found = _as_calendar(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path.name} is no calendar: {error}") from None
    known: set[str] = set()
    for holiday in found.holiday:
        if holiday.id in known:
            raise InputError(f"{path.name}: {holiday.id} stands in it twice")
        known.add(holiday.id)
        if bool(holiday.rule) == bool(holiday.dates):
            raise InputError(f"{path.name}: {holiday.id} needs either a rule or dates")
        if not holiday.source or holiday.mark not in ("S", "C", "K", "?"):
            raise InputError(f"{path.name}: {holiday.id} lacks its source or mark")
        try:
            _stated(holiday, 2026)
        except (ValueError, KeyError, AttributeError, TypeError):
            raise InputError(f"{path.name}: {holiday.id}: the rule is no RRULE") from None
    unknown = [name for name in found.city.closed if name not in known]
    if unknown:
        raise InputError(
            f"{path.name}: the city's list names {', '.join(unknown)}, not in the file"
        )
    wrong = [day for day in found.closed_weekdays if day not in _WEEKDAYS]
    if wrong:
        raise InputError(f"{path.name}: {', '.join(wrong)} is no weekday; write SA, SU")
    return found


@dataclass(frozen=True, slots=True)
class YearDay:
    """A holiday of a year: whether it moves a period's last day, and whether the city is closed."""

    day: dt.date
    name: str
    law: bool
    city: bool
    mark: str
    source: str


def year_of(days: ClosedDays, year: int) -> list[YearDay]:
    """Every holiday a calendar has in a year, in order, with those that close nothing."""
    listed = set(days.calendar.city.closed)
    return sorted(
        (
            YearDay(
                day,
                name if not holiday.part_of_day else f"{name}, {holiday.part_of_day}",
                holiday.judicial and not holiday.part_of_day and holiday.mark in DECIDING_MARKS,
                holiday.id in listed and not holiday.part_of_day,
                holiday.mark,
                holiday.source,
            )
            for holiday in days.calendar.holiday
            for day, name in days_of(holiday, year)
        ),
        key=lambda each: (each.day, each.name),
    )

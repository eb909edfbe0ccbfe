"""By when the law wants a determination, with the arithmetic in words.

Two dates, always both: the safe date, the last day the city is open on or before the tenth day, and
the outside date, to which the tenth day moves where it is a Saturday or a judicial holiday (Code
Civ. Proc. § 12a). Work goes by the safe one.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from archiver.clock import local_day, parse, shown, shown_day, zone
from archiver.config import Settings, shipped
from archiver.decoding import converter
from archiver.errors import InputError, RuleError
from archiver.register.office import home_of
from archiver.requests.calendars import DECIDING_MARKS, ClosedDays, Closure, closed_days

if TYPE_CHECKING:
    from archiver.requests.intake import Request

_DAY = dt.timedelta(days=1)


class Circumstance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An unusual circumstance for which the time may be extended."""

    code: str
    text: str
    source: str
    mark: str
    effective_from: dt.date | None = None


class LawVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The clock as it stands from a day on. Days are calendar days."""

    id: str
    effective_from: dt.date
    determination_days: int
    extension_days: int
    extensions: int
    source: str
    mark: str
    circumstance: list[Circumstance]
    notes: str = ""


class Pending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change whose outcome is not established: shown, never counted with."""

    id: str
    check_from: dt.date
    text: str
    source: str
    mark: str


class ClockLaw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of schedules/law."""

    id: str
    title: str
    version: list[LawVersion]
    pending: list[Pending] = []

    def on(self, day: dt.date) -> LawVersion:
        """The version a request received that day is counted by.

        Raises RuleError where none that may be relied on was in force.
        """
        reliable = [each for each in self.version if each.mark in DECIDING_MARKS]
        in_force = [each for each in reliable if each.effective_from <= day]
        if not in_force:
            raise RuleError(
                f"{self.id} has no verified version for a request received on {day}: "
                "count it by hand with the city attorney"
            )
        return max(in_force, key=lambda each: each.effective_from)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The dates of a request and how they come about.

    `safe` is the date to work by; `outside` where § 12a moves day 10; `city_outside` where it moves
    by the city's own closed days, which differ where the city is open on a judicial holiday.
    `extended_*` are the same for an extension, counted from the day 10 itself, not from where it
    moved to. `counted_from` is the day that is not counted: the day of receipt, or the one the
    city's own rule puts in its place. `steps` say it in words; `unverified` what must be checked
    before relying on it.
    """

    received_on: dt.date
    counted_from: dt.date
    day10: dt.date
    safe: dt.date
    outside: dt.date
    city_outside: dt.date
    extended_day: dt.date
    extended_safe: dt.date
    extended_outside: dt.date
    law: str
    calendar: str
    steps: list[str]
    unverified: tuple[str, ...]


def deadline(
    received_at: str,
    settings: Settings,
    *,
    channel: str | None = None,
    law: ClockLaw | None = None,
    days: ClosedDays | None = None,
    base: Path | None = None,
) -> Deadline:
    """Count a request's dates from the moment it was received (UTC text), in the agency's time.

    The day of receipt is the day it actually came, open or not, unless the city set a rule of its
    own. `base` is the home, below which a calendar given as a relative path is looked for. Raises
    RuleError where no verified version of the law fits the day, InputError where law or calendar
    cannot be read.
    """
    clock_law = law or clock_law_file()
    closed = days or closed_days(settings.calendar, base)
    found = count_days(received_at, settings, clock_law, closed)
    moment = shown(received_at, settings.time_zone)
    found.steps.extend(_words(found, clock_law.on(found.received_on), closed, moment, channel))
    return found


def count_days(received_at: str, settings: Settings, law: ClockLaw, closed: ClosedDays) -> Deadline:
    """What `deadline` counts, without a word: for many requests at once. Raises as it does."""
    received_on = local_day(received_at, settings.time_zone)
    version = law.on(received_on)
    day10 = counted_from(received_at, settings, closed) + version.determination_days * _DAY
    extended = day10 + version.extension_days * _DAY
    return Deadline(
        received_on=received_on,
        counted_from=day10 - version.determination_days * _DAY,
        day10=day10,
        safe=last_open(day10, closed.city),
        outside=next_open(day10, closed.statutory),
        city_outside=next_open(day10, closed.city),
        extended_day=extended,
        extended_safe=last_open(extended, closed.city),
        extended_outside=next_open(extended, closed.statutory),
        law=version.id,
        calendar=f"{closed.calendar.id} {closed.calendar.version}",
        steps=[],
        unverified=_unverified(law, closed, received_on),
    )


def counted_from(received_at: str, settings: Settings, closed: ClosedDays) -> dt.date:
    """The day after which the days are counted: the day of receipt in the agency's time, or where
    the city's rule says so the next day its own list has it open.

    The statute is silent about what comes on a closed day or after hours.
    """
    moment = parse(received_at).astimezone(zone(settings.time_zone))
    rule, day = settings.requests, moment.date()
    if rule.receipt == "day received":
        return day
    if rule.closes_at and moment.time() >= dt.time.fromisoformat(rule.closes_at):
        day += _DAY
    return next_open(day, closed.city)


def request_deadline(
    conn: sqlite3.Connection,
    settings: Settings,
    request: Request,
    *,
    law: ClockLaw | None = None,
) -> Deadline:
    """The dates of a logged request before any extension (`timing.dates` has those that count).

    Raises as `deadline` does.
    """
    base = home_of(conn)
    return deadline(request.received_at, settings, channel=request.channel, law=law, base=base)


def last_open(day: dt.date, closed: Callable[[dt.date], Closure | None]) -> dt.date:
    """The last open day on or before a day."""
    while closed(day) is not None:
        day -= _DAY
    return day


def next_open(day: dt.date, closed: Callable[[dt.date], Closure | None]) -> dt.date:
    """The first open day on or after a day."""
    while closed(day) is not None:
        day += _DAY
    return day


@lru_cache(maxsize=1)
def clock_law_file() -> ClockLaw:
    """The shipped law of the clock. Raises InputError where it cannot be read."""
    return read_clock_law(shipped("schedules") / "law" / "cpra-clock.toml")


_as_clock_law = converter(ClockLaw)


def read_clock_law(path: Path) -> ClockLaw:
    """Read a law file. Raises InputError naming the file and the fault."""
    try:
        found = _as_clock_law(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path.name} is no law of the clock: {error}") from None
    for version in found.version:
        if version.determination_days < 1 or version.extension_days < 0:
            raise InputError(f"{path.name}: version {version.id} has no usable number of days")
    return found


def circumstances(day: dt.date, law: ClockLaw | None = None) -> list[Circumstance]:
    """The circumstances for which a request received that day may be extended."""
    version = (law or clock_law_file()).on(day)
    return [
        each
        for each in version.circumstance
        if each.effective_from is None or each.effective_from <= day
    ]


def _words(
    found: Deadline, version: LawVersion, closed: ClosedDays, moment: str, channel: str | None
) -> list[str]:
    by = f" by {channel}" if channel else ""
    steps = [
        f"Received {found.received_on:%a} {moment}{by}.",
        *_receipt_words(found, version, closed),
        f"Gov. Code § {version.id}(a) gives {version.determination_days} calendar days; the day of "
        f"receipt is not counted, the last day is (Gov. Code § 6800). Day "
        f"{version.determination_days} is {shown_day(found.day10)}.",
        _safe_words(found, closed),
        _outside_words(found.day10, found.outside, closed),
    ]
    if found.city_outside != found.outside:
        steps.append(
            f"By the city's own list of closed days it would be {shown_day(found.city_outside)}: "
            "ask the city attorney before using the later one."
        )
    steps.append(
        "The law lets it be extended once, for a listed reason and in writing, by at most "
        f"{version.extension_days} days: to {shown_day(found.extended_safe)}. Counted from day "
        f"{version.determination_days} itself to {shown_day(found.extended_day)}, and back to the "
        "last open day."
    )
    return steps


def _receipt_words(found: Deadline, version: LawVersion, closed: ClosedDays) -> list[str]:
    """What the city's own rule of receipt changed, beside the date without it."""
    if found.counted_from == found.received_on:
        return []
    strict = found.received_on + version.determination_days * _DAY
    return [
        f"The city's rule counts it as received on {shown_day(found.counted_from)}, the next open "
        "day. The statute is silent about that: counted from the day it came, day "
        f"{version.determination_days} would be {shown_day(strict)} and the safe date "
        f"{shown_day(last_open(strict, closed.city))}."
    ]


def _safe_words(found: Deadline, closed: ClosedDays) -> str:
    if found.safe == found.day10:
        return f"Safe date: {shown_day(found.safe)}, an open day."
    shut = _between(found.safe + _DAY, found.day10, closed.city)
    return (
        f"Safe date: {shown_day(found.safe)}, the last open day on or before it; "
        f"the city is closed on {shut}."
    )


def _outside_words(day: dt.date, outside: dt.date, closed: ClosedDays) -> str:
    if outside == day:
        return f"Outside date: {shown_day(outside)}, the same day: it is no holiday in law."
    shut = _between(day, outside - _DAY, closed.statutory)
    return (
        f"Outside date: {shown_day(outside)}. The last day moves past {shut} "
        "(Code Civ. Proc. §§ 12a, 135). Use it only if the city attorney agrees."
    )


def _between(first: dt.date, last: dt.date, closed: Callable[[dt.date], Closure | None]) -> str:
    said = []
    day = first
    while day <= last:
        closure = closed(day)
        if closure is not None:
            shown = shown_day(day, year=False)
            weekday = closure.name.startswith(f"{day:%A}")
            said.append(shown if weekday else f"{shown} ({closure.name})")
        day += _DAY
    return ", ".join(said)


def _unverified(law: ClockLaw, closed: ClosedDays, received_on: dt.date) -> tuple[str, ...]:
    found = [
        f"{each.text} ({each.id}, mark {each.mark})"
        for each in law.pending
        if received_on >= each.check_from
    ]
    city = closed.calendar.city
    if city.mark not in DECIDING_MARKS:
        found.append(
            f"The city's closed days ({city.title}, mark {city.mark}) have not been verified: "
            "they only ever make the safe date earlier."
        )
    return tuple(found)

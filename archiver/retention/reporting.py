"""How many records each series holds, when they become eligible, and what is held."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from dateutil.relativedelta import relativedelta

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import rows
from archiver.items import Access
from archiver.retention.attesting import attestation_of
from archiver.retention.holds_reporting import held_ids
from archiver.retention.marking import schedule_in_force
from archiver.retention.schedules import Schedule, Series

MONTHS = 12
FILES = {"archive": Access.PUBLIC, "private": Access.PRIVATE}
"""The evidence files by the names holds and request items know them by."""


@dataclass(frozen=True, slots=True)
class SeriesCount:
    """One series: how many records are marked with it, of how many the day has passed (held ones
    left out), how many wait for their event, and the next day on which one comes.

    `attested` is True where its period was read in the law or attested. Only then may a record
    whose day has passed be considered for disposition, and counts in `eligible_now`; an unverified
    period decides nothing by itself."""

    code: str
    title: str
    authority: str
    period: str
    mark: str
    attested: bool
    records: int
    day_passed: int
    eligible_now: int
    waiting: int
    held: int
    next_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Month:
    """Records whose day comes in a month (``2026-12``), and how many of them are held."""

    month: str
    eligible: int
    held: int


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """The state of retention. `without_series` records are in no series and are kept; `unmarked`
    ones wait for the next nightly run; `elsewhere` carry a mark of another schedule or version."""

    schedule: str
    series: list[SeriesCount]
    without_series: int
    unmarked: int
    elsewhere: int
    on_hold: int
    months: list[Month]


@dataclass(slots=True)
class _Count:
    records: int = 0
    eligible: int = 0
    waiting: int = 0
    held: int = 0
    next_on: str | None = None


def report(archive: Archive, office: sqlite3.Connection, settings: Settings) -> RetentionReport:
    """Count every record by series and by the month in which it becomes eligible, over both files.

    Reads every record once. Raises InputError where the schedule cannot be read.
    """
    schedule = schedule_in_force(settings, archive.home.path)
    today = clock.local_day(clock.now_text(), settings.time_zone)
    counts: dict[str, _Count] = {series.code: _Count() for series in schedule.series}
    eligible: Counter[str] = Counter()
    held: Counter[str] = Counter()
    without = unmarked = elsewhere = on_hold = 0
    for file, access in FILES.items():
        conn = archive.file(access)
        for each in _by_rule(conn, today):
            rule, number = each["retention_rule"], each["records"]
            if rule is None:
                unmarked += number
            elif each["series"] is None:
                without += number
            elif rule != _rule(schedule, each["series"]):
                elsewhere += number
            else:
                _take(counts[each["series"]], each)
        eligible.update(_by_month(conn, today))
        for mark in _held(office, conn, file):
            on_hold += 1
            _take_held(mark, today, schedule, counts, held)
    return RetentionReport(
        schedule=f"{schedule.id}@{schedule.version}",
        series=[_line(office, schedule, series, counts[series.code]) for series in schedule.series],
        without_series=without,
        unmarked=unmarked,
        elsewhere=elsewhere,
        on_hold=on_hold,
        months=[Month(month, eligible[month], held[month]) for month in _months(today)],
    )


def _line(
    office: sqlite3.Connection, schedule: Schedule, series: Series, count: _Count
) -> SeriesCount:
    attested = series.mark == "S" or attestation_of(office, schedule, series) is not None
    return SeriesCount(
        code=series.code,
        title=series.title,
        authority=series.authority,
        period=series.period.words,
        mark=series.mark,
        attested=attested,
        records=count.records,
        day_passed=count.eligible,
        eligible_now=count.eligible if attested else 0,
        waiting=count.waiting,
        held=count.held,
        next_on=_day(count.next_on),
    )


def _by_rule(conn: sqlite3.Connection, today: dt.date) -> list[sqlite3.Row]:
    return rows(
        conn,
        """
        SELECT retention_rule, series, count(*) AS records,
            coalesce(sum(retain_until <= ?1), 0) AS eligible,
            sum(retention_rule IS NOT NULL AND retain_until IS NULL) AS waiting,
            min(iif(retain_until > ?1, retain_until, NULL)) AS next_on
        FROM records GROUP BY retention_rule, series
        """,
        today.isoformat(),
    )


def _by_month(conn: sqlite3.Connection, today: dt.date) -> dict[str, int]:
    months = _months(today)
    found = rows(
        conn,
        """
        SELECT substr(retain_until, 1, 7) AS month, count(*) AS records FROM records
        WHERE retain_until > ? AND retain_until < ? GROUP BY month
        """,
        today.isoformat(),
        f"{months[-1]}-32",
    )
    return {each["month"]: each["records"] for each in found}


def _held(office: sqlite3.Connection, conn: sqlite3.Connection, file: str) -> Iterator[sqlite3.Row]:
    """The marks of the records of a file that an open hold keeps."""
    for some in held_ids(office, file):
        yield from rows(
            conn,
            """
            SELECT series, retain_until, retention_rule
            FROM json_each(?) AS wanted CROSS JOIN records AS r ON r.id = wanted.value
            """,
            msgspec.json.encode(some).decode(),
        )


def _take(count: _Count, found: sqlite3.Row) -> None:
    count.records += found["records"]
    count.eligible += found["eligible"]
    count.waiting += found["waiting"]
    days = [day for day in (count.next_on, found["next_on"]) if day is not None]
    count.next_on = min(days, default=None)


def _take_held(
    mark: sqlite3.Row,
    today: dt.date,
    schedule: Schedule,
    counts: dict[str, _Count],
    held: Counter[str],
) -> None:
    until = mark["retain_until"]
    if mark["series"] is not None and mark["retention_rule"] == _rule(schedule, mark["series"]):
        count = counts[mark["series"]]
        count.held += 1
        if until is not None and until <= today.isoformat():
            count.eligible -= 1
    if until is not None and until > today.isoformat():
        held[until[:7]] += 1


def _rule(schedule: Schedule, code: str) -> str:
    return f"{schedule.id}@{schedule.version}#{code}"


def _months(today: dt.date) -> list[str]:
    """This month and the ones after it."""
    return [f"{today + relativedelta(months=ahead):%Y-%m}" for ahead in range(MONTHS)]


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)

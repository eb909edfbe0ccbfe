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
from archiver.archive.ids import id_range_for_days
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import row, rows
from archiver.items import Access
from archiver.retention.adopted import adoption_of
from archiver.retention.attesting import attestation_of
from archiver.retention.floors import FLOOR
from archiver.retention.holds_reporting import held_ids
from archiver.retention.in_force import schedule_in_force
from archiver.retention.periods import anniversary
from archiver.retention.ruling import WITHOUT
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
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """Records whose day comes in a month (``2026-12``), and how many of them are held."""

    month: str
    eligible: int
    held: int


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """The state of retention. `without_series` records are in no series and are kept; `unmarked`
    ones wait for the next nightly run; `elsewhere` carry a mark of another schedule or version.
    `adopted_by` names the resolution that put the schedule in force, where one did;
    `under_two_years` were made less than two years ago: a city may destroy none of them under
    whatever series (Gov. Code § 34090(d))."""

    schedule: str
    series: list[SeriesCount]
    without_series: int
    unmarked: int
    elsewhere: int
    on_hold: int
    months: list[Month]
    under_two_years: int = 0
    adopted_by: str | None = None


@dataclass(slots=True)
class _Count:
    records: int = 0
    eligible: int = 0
    waiting: int = 0
    held: int = 0
    next_on: str | None = None


def report(archive: Archive, office: sqlite3.Connection, settings: Settings) -> RetentionReport:
    """Count every record by series and by the month in which it becomes eligible, over both files.

    Reads no record, but the index of days once, and the facets of the last two years. Raises
    InputError where the schedule cannot be read.
    """
    schedule = schedule_in_force(settings, archive.home.path)
    today = clock.local_day(clock.now_text(), settings.time_zone)
    counts: dict[str, _Count] = {series.code: _Count() for series in schedule.series}
    eligible: Counter[str] = Counter()
    held: Counter[str] = Counter()
    without = unmarked = elsewhere = on_hold = young = 0
    adoption = adoption_of(office, schedule)
    codes = {schedule.rule(series): series.code for series in schedule.series}
    nowhere = f"{schedule.id}@{schedule.version}#{WITHOUT}"
    soon = f"{_months(today)[-1]}-32"
    for file, access in FILES.items():
        conn = archive.file(access)
        young += _made_since(conn, _youngest(today), settings.time_zone)
        for rule, until, number in _by_day(conn):
            if until is not None and today.isoformat() < until < soon:
                eligible[until[:7]] += number
            if rule is None:
                unmarked += number
            elif rule in codes:
                _take(counts[codes[rule]], until, number, today)
            elif rule == nowhere:
                without += number
            else:
                elsewhere += number
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
        under_two_years=young,
        adopted_by=None if adoption is None else adoption.words,
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
        permanent=series.period.permanent,
    )


def _by_day(conn: sqlite3.Connection) -> Iterator[tuple[str | None, str | None, int]]:
    """Rule, day and number of records, from the index alone and in its order."""
    cursor = conn.cursor()
    cursor.row_factory = None
    yield from cursor.execute(
        """
        SELECT retention_rule, retain_until, count(*) FROM records INDEXED BY records_due
        GROUP BY retain_until, retention_rule
        """
    )


def _youngest(today: dt.date) -> dt.date:
    """The first day whose records are not two years old."""
    day = today - relativedelta(years=2)
    while (old := anniversary(day, FLOOR)) is not None and old <= today:
        day += dt.timedelta(days=1)
    return day


def _made_since(conn: sqlite3.Connection, day: dt.date, time_zone: str) -> int:
    """How many records were made on a day or later."""
    low, high = id_range_for_days(day, None, time_zone)
    found = row(conn, "SELECT count(*) AS records FROM facet WHERE id BETWEEN ? AND ?", low, high)
    return 0 if found is None else int(found["records"])


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


def _take(count: _Count, until: str | None, number: int, today: dt.date) -> None:
    count.records += number
    if until is None:
        count.waiting += number
    elif until <= today.isoformat():
        count.eligible += number
    else:
        count.next_on = until if count.next_on is None else min(count.next_on, until)


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

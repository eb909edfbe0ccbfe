"""Retention: what is kept until when, what is held, what may go, and how far each batch is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from archiver import clock
from archiver.archive import ids
from archiver.archive.store import Archive
from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.due_chart import due_chart
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.operations.backups import last_backup, last_restore_test
from archiver.register.accounts import list_accounts
from archiver.retention.dispositions.batches import Batch, list_batches
from archiver.retention.dispositions.steps import Step, next_steps
from archiver.retention.holds_reporting import HoldLine, hold_lines
from archiver.retention.marking import schedule_in_force
from archiver.retention.periods import Period, anniversary
from archiver.retention.releasing import due_for_release
from archiver.retention.reporting import RetentionReport, report
from archiver.retention.schedules import Schedule

_HOLDS_SHOWN = 8
_BATCHES_SHOWN = 6
_FLOOR_KINDS = ("city", "county")


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch with the step it is at."""

    batch: Batch
    now: Step | None


def show(visit: Visit, asked: Asked) -> Answer:
    """The state of retention on one page."""
    desk = visit.desk
    settings = desk.settings
    told: RetentionReport | None = None
    schedule: Schedule | None = None
    problem, young = "", 0
    holds: list[HoldLine] = []
    with visit.office() as office, Archive.open(desk.home, whole=True) as archive:
        accounts = list_accounts(office)
        try:
            schedule = schedule_in_force(settings, desk.home.path)
            told = report(archive, office, settings)
        except ArchiverError as wrong:
            problem = str(wrong)
        holds = hold_lines(office, archive, settings)
        young = _young(archive, settings.time_zone)
        due = due_for_release(office, settings)
        batches = [
            BatchLine(each, _now(next_steps(office, each, settings, accounts)))
            for each in islice(list_batches(office), _BATCHES_SHOWN)
        ]
        backup, tested = last_backup(office), last_restore_test(office)
    return Page(
        "retention.html",
        {
            "told": told,
            "schedule": schedule,
            "problem": problem,
            "records": _records(told) if told else 0,
            "young": young,
            "has_floor": settings.agency_kind in _FLOOR_KINDS,
            "eligible": sum(each.eligible_now for each in told.series) if told else 0,
            "chart": due_chart(told.months) if told else None,
            "holds": holds[:_HOLDS_SHOWN],
            "more_holds": max(0, len(holds) - _HOLDS_SHOWN),
            "due": due,
            "batches": batches,
            "backup": backup,
            "tested": tested,
        },
    )


def _records(told: RetentionReport) -> int:
    counted = sum(each.records for each in told.series)
    return counted + told.without_series + told.unmarked + told.elsewhere


def _young(archive: Archive, time_zone: str) -> int:
    """How many records are less than two years old by the day they were made."""
    today = clock.local_day(clock.now_text(), time_zone)
    day = _two_years_before(today)
    low = ids.id_range_for_days(day, None, time_zone)[0]
    return sum(
        int(conn.execute("SELECT count(*) FROM facet WHERE id >= ?", (low,)).fetchone()[0])
        for conn in (archive.public, archive.private)
    )


def _two_years_before(today: dt.date) -> dt.date:
    """The first day of which a record is not two years old yet."""
    day = today - dt.timedelta(days=732)
    while (anniversary(day, Period(years=2)) or today) <= today:
        day += dt.timedelta(days=1)
    return day


def _now(steps: Sequence[Step]) -> Step | None:
    return next((step for step in steps if step.state == "now"), None)

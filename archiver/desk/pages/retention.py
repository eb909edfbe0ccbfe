"""Retention: what is kept until when, what is held, what may go, and how far each batch is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.due_chart import due_chart
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.operations.backups import last_backup, last_restore_test
from archiver.register.accounts import list_accounts
from archiver.retention.dispositions.batches import Batch, list_batches
from archiver.retention.dispositions.steps import Step, next_steps
from archiver.retention.floors import FLOOR_AUTHORITY
from archiver.retention.holds_reporting import HoldLine, hold_lines
from archiver.retention.in_force import schedule_in_force
from archiver.retention.releasing import due_for_release
from archiver.retention.reporting import RetentionReport, report
from archiver.retention.schedules import Schedule

_HOLDS_SHOWN = 8
_BATCHES_SHOWN = 6


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
    problem = ""
    holds: list[HoldLine] = []
    with visit.office() as office, visit.whole_archive() as archive:
        accounts = list_accounts(office)
        try:
            schedule = schedule_in_force(settings, desk.home.path)
            told = report(archive, office, settings)
        except ArchiverError as wrong:
            problem = str(wrong)
        holds = hold_lines(office, archive, settings)
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
            "young": told.under_two_years if told else 0,
            "has_floor": settings.agency_kind in FLOOR_AUTHORITY,
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


def _now(steps: Sequence[Step]) -> Step | None:
    return next((step for step in steps if step.state == "now"), None)

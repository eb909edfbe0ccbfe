"""Who must be reminded of what tonight: each threshold once a date, what is late every day."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.clock import shown_day
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.register.office import audit
from archiver.requests.intake import Request, list_requests
from archiver.requests.timing.dates import Dates, work_dates


@dataclass(frozen=True, slots=True)
class Reminder:
    """A line of tonight's reminder. `threshold` is the number of days it was set for, negative for
    the days something is late. `told` names number and date only: it may travel by e-mail."""

    request_id: int
    number: str
    about: str
    due: dt.date
    threshold: int
    told: str


def reminders_due(conn: sqlite3.Connection, settings: Settings) -> list[Reminder]:
    """What is to be reminded of now and was not yet, the most urgent first.

    A threshold that was passed unnoticed, because no night ran, is made up for once by the nearest.
    A date that moves is a new date, with all its thresholds before it.
    """
    open_now = list_requests(conn, include_closed=False)
    dates = work_dates(conn, settings, open_now)
    found = []
    for request in open_now:
        known = dates[request.id]
        if isinstance(known, str) or known.due is None or known.days_left is None:
            continue
        threshold = threshold_of(settings.requests.remind_days, known.days_left)
        if threshold is None:
            continue
        made = _reminder(request, known, known.due, threshold)
        if not _sent(conn, made):
            found.append(made)
    return sorted(found, key=lambda each: (each.due, each.number))


def note_reminded(conn: sqlite3.Connection, sent: Sequence[Reminder], *, actor: str) -> None:
    """Write down that these went out, so that none of them goes twice."""
    with write_transaction(conn):
        for each in sent:
            if _sent(conn, each):
                continue
            conn.execute(
                "INSERT INTO request_reminders (request_id, at, about, due, threshold) "
                "VALUES (?, ?, ?, ?, ?)",
                (each.request_id, clock.now_text(), each.about, str(each.due), each.threshold),
            )
            detail = {"about": each.about, "due": str(each.due), "days": each.threshold}
            audit(
                conn,
                actor=actor,
                action="request reminder sent",
                subject=f"request {each.number}",
                detail=detail,
            )


def threshold_of(days: Sequence[int], left: int) -> int | None:
    """The number of days a reminder goes out for: the nearest set one not below what is left."""
    if left < 0:
        return left
    return min((each for each in days if each >= left), default=None)


def _reminder(request: Request, dates: Dates, due: dt.date, threshold: int) -> Reminder:
    about = dates.about or "determination"
    what = "determination" if about == "determination" else "promised records"
    left = (due - dates.today).days
    when = (
        f"{-left} day{'' if left == -1 else 's'} late"
        if left < 0
        else "due today"
        if left == 0
        else f"due in {left} day{'' if left == 1 else 's'}"
    )
    told = f"Request {request.number}: {what} {when}, {shown_day(due)}."
    if about == "determination" and dates.outside != dates.work_by:
        told += f" Outside date {shown_day(dates.outside)}."
    return Reminder(request.id, request.number, about, due, threshold, told)


def _sent(conn: sqlite3.Connection, each: Reminder) -> bool:
    found = row(
        conn,
        "SELECT 1 FROM request_reminders WHERE request_id = ? AND about = ? AND due = ? "
        "AND threshold = ?",
        *(each.request_id, each.about, str(each.due), each.threshold),
    )
    return found is not None

"""What was covered on which day: the ground on which a clerk signs a diligent search.

Runs write statements ("comments from … to …: complete"), never a row per record; the state of a day
is computed from them.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver import clock

_RANK = {"complete": 2, "partial": 1, "none": 0}
NOT_COVERED = "no run has covered this day"


@dataclass(frozen=True, slots=True)
class Statement:
    """What one run said it covered; times are UTC, `start_at` None is from the beginning."""

    run_id: int
    what: str
    start_at: str | None
    end_at: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """The state of one local day: complete, partial or none, the reason where less than complete,
    and the run that says so (None: no run)."""

    day: dt.date
    state: str
    reason: str
    run_id: int | None


def statements(connection: sqlite3.Connection, account_id: int, what: str) -> list[Statement]:
    """All statements about an account and a kind or list, in the order they were made."""
    found = connection.execute(
        """
        SELECT run_id, what, start_at, end_at, state, reason FROM coverage
        WHERE account_id = ? AND what = ? ORDER BY id
        """,
        (account_id, str(what)),
    )
    return [Statement(*row) for row in found]


def coverage_by_day(
    connection: sqlite3.Connection,
    account_id: int,
    what: str,
    start: dt.date,
    end: dt.date,
    *,
    time_zone: str,
) -> list[DayCoverage]:
    """The state of every local day from `start` to `end`, both included (archive.db's connection).

    A day is complete when one complete statement spans all of it; a complete statement that ends
    within the day makes it partial. A later failure does not undo what was covered before.
    """
    made = statements(connection, account_id, what)
    days = (end - start).days + 1
    return [_day(made, start + dt.timedelta(days=at), time_zone) for at in range(days)]


def _day(made: list[Statement], day: dt.date, time_zone: str) -> DayCoverage:
    begins = clock.start_of_day(day, time_zone)
    ends = clock.start_of_day(day + dt.timedelta(days=1), time_zone)
    best = DayCoverage(day, "none", NOT_COVERED, None)
    for statement in made:
        if statement.end_at <= begins or (statement.start_at or "") >= ends:
            continue
        found = _said(statement, day, begins, ends, time_zone)
        if best.run_id is None or _RANK[found.state] >= _RANK[best.state]:
            best = found
    return best


def _said(
    statement: Statement, day: dt.date, begins: str, ends: str, time_zone: str
) -> DayCoverage:
    whole = (statement.start_at or "") <= begins and statement.end_at >= ends
    if statement.state != "complete" or whole:
        return DayCoverage(day, statement.state, statement.reason, statement.run_id)
    if statement.end_at < ends:
        reason = f"covered up to {clock.shown(statement.end_at, time_zone)}"
    else:
        reason = f"covered from {clock.shown(statement.start_at or begins, time_zone)}"
    return DayCoverage(day, "partial", reason, statement.run_id)

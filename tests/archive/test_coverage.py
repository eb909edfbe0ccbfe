"""Coverage: statements of runs, and the state of a day that follows from them."""

from __future__ import annotations

import datetime as dt

from archiver.archive.coverage import NOT_COVERED, coverage_by_day, statements
from archiver.archive.writing import batch
from archiver.items import Kind

ZONE = "America/Los_Angeles"


def cover(rig, start: str | None, end: str, state: str = "complete", reason: str = "") -> None:
    with batch(rig.archive, rig.run) as opened:
        opened.cover(Kind.COMMENT, start=start, end=end, state=state, reason=reason)


def days(rig, first: int, last: int) -> list[tuple[int, str, str]]:
    found = coverage_by_day(
        *(rig.archive.public, 1, Kind.COMMENT, dt.date(2026, 8, first), dt.date(2026, 8, last)),
        time_zone=ZONE,
    )
    return [(day.day.day, day.state, day.reason) for day in found]


def test_a_day_no_run_spans_is_not_covered(rig) -> None:
    assert days(rig, 1, 2) == [(1, "none", NOT_COVERED), (2, "none", NOT_COVERED)]


def test_days_are_those_of_the_agencys_zone(rig) -> None:
    cover(rig, "2026-08-10T07:00:00Z", "2026-08-12T19:00:00Z")
    assert days(rig, 9, 13) == [
        (9, "none", NOT_COVERED),
        (10, "complete", ""),
        (11, "complete", ""),
        (12, "partial", "covered up to 12 Aug 2026, 12:00 pm PDT"),
        (13, "none", NOT_COVERED),
    ]


def test_a_statement_that_begins_within_a_day_says_from_when(rig) -> None:
    cover(rig, "2026-08-10T19:00:00Z", "2026-08-12T19:00:00Z")
    assert days(rig, 10, 10) == [(10, "partial", "covered from 10 Aug 2026, 12:00 pm PDT")]


def test_a_later_failure_does_not_undo_what_was_covered(rig) -> None:
    cover(rig, None, "2026-08-11T19:00:00Z")
    cover(rig, None, "2026-08-12T19:00:00Z", "none", "the token has expired")
    assert days(rig, 10, 12) == [
        (10, "complete", ""),
        (11, "partial", "covered up to 11 Aug 2026, 12:00 pm PDT"),
        (12, "none", "the token has expired"),
    ]


def test_a_run_states_rows_for_itself_and_never_for_records(rig, item) -> None:
    rig.add(*(item(str(n)) for n in range(50)))
    cover(rig, None, "2026-08-11T19:00:00Z")
    (statement,) = statements(rig.archive.public, 1, "comment")
    assert (statement.run_id, statement.state) == (rig.run.id, "complete")

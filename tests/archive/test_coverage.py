"""Coverage: statements of runs, and the state of a day that follows from them."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from archiver.archive import coverage
from archiver.archive.coverage import NO_RUN, NOT_COVERED, coverage_by_day, statements, stretches
from archiver.archive.writing import batch
from archiver.items import Kind

ZONE = "America/Los_Angeles"
HOUR = dt.timedelta(hours=1)
RANK = {"complete": 2, "partial": 1, "none": 0}


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


def found(rig) -> list[tuple[str | None, str, str, str]]:
    return [
        (one.start and one.start[5:16], one.end[5:16], one.state, one.reason)
        for one in stretches(rig.archive.public, 1, Kind.COMMENT, ZONE)
    ]


def test_nothing_said_is_no_stretch(rig) -> None:
    assert found(rig) == []


def test_a_time_no_run_covered_stands_between_two_that_were(rig) -> None:
    cover(rig, "2026-08-01T10:00:00Z", "2026-08-03T10:00:00Z")
    cover(rig, "2026-08-10T10:00:00Z", "2026-08-12T10:00:00Z")
    assert found(rig) == [
        ("08-01T10:00", "08-03T10:00", "complete", ""),
        ("08-03T10:00", "08-10T10:00", "none", NO_RUN),
        ("08-10T10:00", "08-12T10:00", "complete", ""),
    ]


def test_stretches_of_equal_state_and_reason_are_one(rig) -> None:
    for day in range(1, 9):
        cover(rig, f"2026-08-{day:02d}T10:00:00Z", f"2026-08-{day + 3:02d}T10:00:00Z")
    assert found(rig) == [("08-01T10:00", "08-11T10:00", "complete", "")]


def test_what_was_partial_before_the_complete_time_stays_partial(rig) -> None:
    deleted = "posts deleted earlier are not in a download"
    cover(rig, None, "2026-08-10T10:00:00Z", "partial", deleted)
    cover(rig, "2026-08-10T10:00:00Z", "2026-08-20T10:00:00Z")
    assert found(rig) == [
        (None, "08-10T10:00", "partial", deleted),
        ("08-10T10:00", "08-20T10:00", "complete", ""),
    ]


def test_a_later_statement_improves_an_earlier_one_and_never_worsens_it(rig) -> None:
    cover(rig, "2026-08-01T10:00:00Z", "2026-08-04T10:00:00Z", "none", "the token has expired")
    cover(rig, "2026-08-02T10:00:00Z", "2026-08-04T10:00:00Z")
    cover(rig, "2026-08-01T10:00:00Z", "2026-08-05T10:00:00Z", "none", "the server was down")
    assert found(rig) == [
        ("08-01T10:00", "08-02T10:00", "none", "the server was down"),
        ("08-02T10:00", "08-04T10:00", "complete", ""),
        ("08-04T10:00", "08-05T10:00", "none", "the server was down"),
    ]


def test_looks_at_one_moment_count_for_their_days(rig) -> None:
    for day in (10, 11, 14):
        cover(rig, f"2026-08-{day}T17:00:00Z", f"2026-08-{day}T17:00:00Z")
    days = [
        (one.first.day, one.last.day, one.state, one.by_run)
        for one in stretches(rig.archive.public, 1, Kind.COMMENT, ZONE)
    ]
    assert days == [
        (10, 11, "complete", True),
        (12, 13, "none", False),
        (14, 14, "complete", True),
    ]


hours = st.integers(0, 60)


@given(
    st.lists(st.tuples(hours, hours, st.sampled_from(("complete", "partial", "none"))), max_size=12)
)
def test_every_hour_has_the_state_of_its_best_statement(said) -> None:
    begin = dt.datetime(2026, 8, 1, tzinfo=dt.UTC)
    spans = [
        coverage._Span(begin + min(a, b) * HOUR, begin + (max(a, b) + 1) * HOUR, state, str(at))
        for at, (a, b, state) in enumerate(said)
    ]
    merged = coverage._merged(coverage._best(spans))
    for one, other in pairwise(merged):
        assert one.end == other.start
        assert (one.state, one.reason) != (other.state, other.reason)
    for hour in range(62):
        moment = begin + hour * HOUR
        over = [(one.state, one.reason) for one in spans if one.start <= moment < one.end]
        best = max(over, key=lambda each: (RANK[each[0]], int(each[1])), default=None)
        held = [one for one in merged if one.start <= moment < one.end]
        if best:
            assert (held[0].state, held[0].reason) == best
        else:
            assert not held or not held[0].by_run

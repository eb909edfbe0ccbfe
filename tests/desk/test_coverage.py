"""The page of coverage: a day is complete only where all of it is."""

from __future__ import annotations

import datetime as dt

import pytest

from archiver.archive.coverage import Stretch
from archiver.desk.pages.coverage import Cell, _cell, _mark

ZONE = "America/Los_Angeles"
DAY = dt.date(2026, 11, 18)
MIDNIGHT = "2026-11-18T08:00:00Z"
NEXT = "2026-11-19T08:00:00Z"


def stretch(start: str | None, end: str, state: str = "complete", reason: str = "") -> Stretch:
    return Stretch(start, end, None, DAY, state, reason, by_run=True)


@pytest.mark.parametrize(
    ("found", "state", "reason"),
    [
        ([stretch(None, NEXT)], "complete", ""),
        ([stretch(MIDNIGHT, NEXT)], "complete", ""),
        ([], "empty", ""),
        ([stretch(None, MIDNIGHT)], "empty", ""),
        ([stretch(None, "2026-11-18T10:17:00Z")], "partial", "covered up to"),
        ([stretch("2026-11-18T10:17:00Z", NEXT)], "partial", "covered from"),
        ([stretch(None, NEXT, "none", "refused")], "none", "refused"),
        (
            [
                stretch(None, "2026-11-18T10:17:00Z"),
                stretch("2026-11-18T10:17:00Z", NEXT, "none", "no run"),
            ],
            "partial",
            "no run",
        ),
    ],
)
def test_a_day_is_what_the_least_of_it_is(found: list[Stretch], state: str, reason: str) -> None:
    marks: dict[tuple[str, str, str], str] = {}
    cell = _cell(found, DAY, ZONE, "Posts", marks)
    assert cell.state == state
    if reason:
        [(kind, told_state, told)] = marks
        assert (kind, told_state) == ("Posts", state)
        assert told.startswith(reason)
        assert cell == Cell(state, "A")
    else:
        assert marks == {}


def test_no_two_reasons_share_a_mark() -> None:
    named = [_mark(number) for number in range(800)]
    assert len(set(named)) == 800
    assert named[:2] + named[25:28] == ["A", "B", "Z", "AA", "AB"]

"""The life of a record in steps a clerk can read."""

from __future__ import annotations

from archiver.archive.reading import Event
from archiver.desk.pages.record import steps_of


def test_a_moved_day_is_told_with_both_days() -> None:
    at = "2026-11-20T10:00:00Z"
    detail = {"from": "2028-01-01", "to": None, "series_from": "PD-04", "series_to": "PD-01"}
    moved = Event(1, None, "retention", at, at, detail, None, None, None)
    [step] = steps_of([], [moved], "America/Los_Angeles")
    assert step.told == "From 2028-01-01 to no date."

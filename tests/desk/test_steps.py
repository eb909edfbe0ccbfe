"""The life of a record in steps a clerk can read."""

from __future__ import annotations

from archiver.archive.retention_marks import Move
from archiver.desk.pages.record import steps_of


def test_a_moved_day_is_told_with_both_days_and_its_cause() -> None:
    causes = [{"what": "schedule adopted", "schedule": "s@2", "before": "s@1"}]
    move = Move("2026-11-20T10:00:00Z", causes, "2028-01-01", None, "PD-04", "PD-01", "s@2#PD-01")
    [step] = steps_of([], [], "America/Los_Angeles", moves=[move])
    assert step.told == (
        "On 20 Nov 2026 its day moved from 1 Jan 2028 to no day, and its series from PD-04 to "
        "PD-01: schedule s@2 was adopted after s@1."
    )

"""Marks: set where needed, and a moved day leaves an event."""

from __future__ import annotations

import json
from collections.abc import Callable

from archiver.archive.retention_marks import Mark, mark, unmarked
from archiver.items import Item, Visibility

Make = Callable[..., Item]


def put(rig, *marks: Mark) -> int:
    with rig.archive.writer():
        return mark(rig.archive.public, marks)


def test_a_new_record_needs_marking_until_it_is_marked(rig, item: Make) -> None:
    rig.add(item("1"), item("2"))
    first, second = unmarked(rig.archive.public, 10)
    assert len(unmarked(rig.archive.public, 1)) == 1
    put(rig, Mark(first.record_id, "AD-9", "2026-08-14", "2028-08-14", "palm-desert@1#AD-9"))
    put(rig, Mark(second.record_id, None, None, None, "palm-desert@1#none"))
    assert unmarked(rig.archive.public, 10) == []
    assert rig.one("SELECT count(*) FROM events") == 0
    assert rig.wrong() == []


def test_a_moved_day_leaves_an_event_with_both_days_and_the_rule(rig, item: Make) -> None:
    rig.add(item("1"))
    number = unmarked(rig.archive.public, 1)[0].record_id
    put(rig, Mark(number, "AD-9", "2026-08-14", "2028-08-14", "s@1#AD-9"))
    rig.add(item("1", visibility=Visibility.HIDDEN), at="2026-08-16T00:00:00Z")
    (before,) = unmarked(rig.archive.public, 10)
    assert before.retain_until == "2028-08-14"
    assert put(rig, Mark(number, "AD-9", "2026-08-16", "2028-08-16", "s@1#removed")) == 1
    assert put(rig, Mark(number, "AD-9", "2026-08-16", "2028-08-16", "s@1#removed")) == 0
    detail = rig.one("SELECT detail FROM events WHERE what = 'retention'")
    assert json.loads(str(detail)) == {
        "from": "2028-08-14",
        "to": "2028-08-16",
        "series_from": "AD-9",
        "series_to": "AD-9",
        "rule": "s@1#removed",
    }
    assert rig.wrong() == []

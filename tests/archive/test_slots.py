"""Ids: chronological, unique, and never given twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver import clock
from archiver.archive.ids import id_floor
from archiver.archive.slots import IdGiver
from archiver.archive.store import Archive
from archiver.items import Item

Make = Callable[..., Item]
BUSY = st.lists(st.integers(0, 12), max_size=60)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BUSY, BUSY)
def test_ids_are_unique_and_never_before_their_moment(
    archive: Archive, first: list[int], second: list[int]
) -> None:
    start = dt.datetime(2026, 8, 14, tzinfo=dt.UTC)
    archive.public.execute("BEGIN")
    giver = IdGiver(archive.public)
    given_out: list[int] = []
    for wanted in (first, second):
        moments = [clock.to_text(start + dt.timedelta(seconds=second)) for second in wanted]
        taken = giver.take(moments)
        assert all(free >= id_floor(moment) for free, moment in zip(taken, moments, strict=True))
        given_out += taken
    archive.public.execute("ROLLBACK")
    assert len(set(given_out)) == len(given_out)


def test_a_second_with_many_posts_overflows_to_the_next_free_ids(rig, item: Make) -> None:
    for start in range(0, 60, 20):
        rig.add(*(item(str(n)) for n in range(start, start + 20)))
    ids = [row[0] for row in rig.rows("SELECT id FROM records ORDER BY id")]
    floor = id_floor("2026-08-14T14:52:00Z")
    assert ids == list(range(floor, floor + 60))
    assert rig.one("SELECT count(*) FROM displaced") == 52
    assert rig.wrong() == []


def test_the_id_of_a_destroyed_record_is_not_given_again(rig, item: Make) -> None:
    floor = id_floor("2026-08-14T14:52:00Z")
    rig.archive.public.execute(
        """
        INSERT INTO tombstones (kind, ref, record_id, at, authority, leaf)
        VALUES ('record', ?, ?, '2030-01-01T00:00:00Z', 'a test', 0)
        """,
        (floor, floor),
    )
    rig.add(item("1"))
    assert rig.one("SELECT id FROM records") == floor + 1

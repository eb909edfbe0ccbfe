"""Ids follow time, fit every date, and overflow to the next free place."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import clock
from archiver.archive import ids
from archiver.archive.indexing import FTS_SCHEMA
from archiver.archive.slots import IdGiver

moments = st.datetimes(timezones=st.just(dt.UTC))


def opened() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.execute("CREATE TABLE records (id INTEGER PRIMARY KEY)")
    made.execute("CREATE TABLE tombstones (kind TEXT, ref INTEGER)")
    for statement in FTS_SCHEMA:
        made.execute(statement)
    return made


@pytest.fixture
def connection() -> sqlite3.Connection:
    return opened()


def insert(connection: sqlite3.Connection, *numbers: int) -> None:
    connection.executemany("INSERT INTO records VALUES (?)", [(number,) for number in numbers])


@settings(deadline=None)
@given(moments, moments)
def test_ids_are_ordered_as_their_moments_are(first: dt.datetime, second: dt.datetime) -> None:
    one, two = (ids.id_floor(clock.to_text(moment)) for moment in (first, second))
    if first <= second:
        assert one <= two
    assert 0 <= one < ids.MAX_ID < 2**53


@settings(deadline=None)
@given(moments)
def test_an_id_gives_back_its_moment_to_an_eighth_of_a_second(moment: dt.datetime) -> None:
    back = ids.id_moment(ids.id_floor(clock.to_text(moment)))
    assert dt.timedelta(0) <= moment - back < dt.timedelta(seconds=1 / 8)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "1969-12-31T23:59:59.999Z",
        "2008-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
)
def test_dates_at_the_edges_have_an_id(text: str) -> None:
    assert clock.to_text(ids.id_moment(ids.id_floor(text)))[:19] == text[:19]


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time"):
        ids.id_floor("2026-08-14T07:52:00")


@settings(deadline=None)
@given(st.dates(), st.sampled_from(["America/Los_Angeles", "Asia/Tokyo", "UTC"]))
def test_every_moment_lies_in_the_range_of_its_local_day(day: dt.date, zone: str) -> None:
    low, high = ids.id_range_for_days(day, day, zone)
    assert low <= high
    assert ids.id_range_for_days(None, day, zone) == (0, high)
    assert ids.id_range_for_days(day, None, zone) == (low, ids.MAX_ID)


def test_a_day_of_23_hours_is_shorter_by_an_hour_of_places() -> None:
    low, high = ids.id_range_for_days(
        dt.date(2026, 3, 8), dt.date(2026, 3, 8), "America/Los_Angeles"
    )
    assert high - low + 1 == 23 * 3600 * ids.SLOTS_PER_SECOND


def test_a_full_place_overflows_to_the_next_free_one(connection: sqlite3.Connection) -> None:
    floor = ids.id_floor("2026-08-14T07:52:00Z")
    insert(connection, floor, floor + 1, floor + 3)
    slots = IdGiver(connection)
    taken = slots.take(["2026-08-14T07:52:00Z"] * 3)
    assert sorted(taken) == [floor + 2, floor + 4, floor + 5]


def test_an_overflow_into_another_second_is_noted(connection: sqlite3.Connection) -> None:
    floor = ids.id_floor("2026-08-14T07:52:00Z")
    slots = IdGiver(connection)
    taken = slots.take(["2026-08-14T07:52:00Z"] * 10)
    assert taken == list(range(floor, floor + 10))
    noted = connection.execute("SELECT id, slot FROM displaced ORDER BY id").fetchall()
    assert noted == [(floor + 8, floor), (floor + 9, floor)]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 30), max_size=40, unique=True),
    st.lists(st.integers(0, 3), max_size=20),
)
def test_no_id_is_given_twice(there: list[int], seconds: list[int]) -> None:
    connection = opened()
    base = ids.id_floor("2026-01-01T00:00:00Z")
    insert(connection, *(base + number for number in there[::2]))
    gone = [(base + number,) for number in there[1::2]]
    connection.executemany("INSERT INTO tombstones VALUES ('record', ?)", gone)
    slots = IdGiver(connection)
    taken = slots.take([f"2026-01-01T00:00:0{second}Z" for second in seconds])
    assert len(set(taken)) == len(taken)
    assert not {base + number for number in there} & set(taken)
    for second, number in zip(seconds, taken, strict=True):
        assert number >= base + second * ids.SLOTS_PER_SECOND


def test_a_date_learned_later_is_noted_and_the_note_goes_when_they_agree(
    connection: sqlite3.Connection,
) -> None:
    number = ids.id_floor("2026-08-14T07:52:00Z")
    ids.note_moment(connection, number, "2019-01-01T00:00:00Z")
    assert connection.execute("SELECT slot FROM displaced").fetchone() == (
        ids.id_floor("2019-01-01T00:00:00Z"),
    )
    ids.note_moment(connection, number, "2026-08-14T07:52:00Z")
    assert connection.execute("SELECT count(*) FROM displaced").fetchone() == (0,)

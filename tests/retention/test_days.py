"""The agency's day of a time: as quick as it is done, it is the day of the definition."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.clock import local_day, to_text
from archiver.retention.days import LocalDays, turns

ZONES = (
    *("America/Los_Angeles", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"),
    *("Pacific/Kiritimati", "Africa/Monrovia", "America/Sao_Paulo", "Europe/London"),
)
FIRST, LAST = dt.date(1990, 1, 1), dt.date(2100, 12, 31)
START = dt.datetime(1990, 1, 2, tzinfo=dt.UTC)


def moments(years: int) -> st.SearchStrategy[dt.datetime]:
    """Moments up to the year 2100, beginning so many years before 1990."""
    seconds = st.integers(-years * 31_557_600, 110 * 31_557_600)
    return seconds.map(lambda second: START + dt.timedelta(seconds=second))


def clock_changes(zone: str) -> list[dt.datetime]:
    """Moments around the zone's changes of the clock and around its midnights."""
    days = LocalDays(zone)
    found = []
    day = dt.date(1985, 1, 1)
    while day < dt.date(2040, 1, 1):
        border = days.border(day)
        if border is None:
            start = dt.datetime.combine(day, dt.time(), dt.UTC)
            found += [start + dt.timedelta(minutes=10 * step) for step in range(-12, 160)]
        day += dt.timedelta(days=1)
    return found


@pytest.mark.parametrize("zone", ZONES)
@given(moments(107))
def test_any_moment_has_the_day_of_the_definition(zone: str, moment: dt.datetime) -> None:
    text = to_text(moment)
    assert LocalDays(zone)(text) == local_day(text, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_the_days_the_clocks_are_set_are_exact(zone: str) -> None:
    days = LocalDays(zone)
    for moment in clock_changes(zone):
        for text in (to_text(moment), to_text(moment - dt.timedelta(microseconds=1))):
            assert days(text) == local_day(text, zone), text


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-08T07:59:59Z",
        "2026-03-08T08:00:00Z",
        "2026-03-08T08:00:00.000001Z",
        "2026-03-08T07:59:59.999999Z",
        "20260308T075959Z",
        "2026-03-08T0759Z",
        "2026-W10-7T07:59:59Z",
        "2026-03-08T08:00:00+09:00",
        "2026-03-08T08:00Z",
    ],
)
def test_odd_notations_of_a_time_are_read_as_the_definition_reads_them(text: str) -> None:
    assert LocalDays("America/Los_Angeles")(text) == local_day(text, "America/Los_Angeles")


def test_at_the_ends_of_the_calendar_the_day_is_the_one_written() -> None:
    assert LocalDays("America/Los_Angeles")("0001-01-01T00:00:00Z") == dt.date.min
    assert LocalDays("Asia/Kathmandu")("9999-12-31T23:59:59Z") == dt.date.max


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None)
@given(moments(0))
def test_the_turns_given_to_sql_name_the_day_or_leave_it_open(
    zone: str, moment: dt.datetime
) -> None:
    text = to_text(moment)
    listed = turns(FIRST, LAST, zone)
    place = bisect_right(listed, text, key=lambda turn: turn[0])
    day = listed[place - 1][1]
    assert day is None or dt.date.fromordinal(day) == local_day(text, zone)


def test_few_days_of_the_agencys_own_zone_are_left_open() -> None:
    listed = turns(dt.date(2007, 1, 1), dt.date(2100, 12, 31), "America/Los_Angeles")
    assert sum(day is None for _, day in listed) == 2 * 94 + 1

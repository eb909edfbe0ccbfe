"""Anniversaries over leap years and month ends, against a count of days."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import InputError
from archiver.retention.periods import FURTHEST, Period, anniversary
from archiver.retention.rules import year_ended_on

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))
ONE = dt.timedelta(days=1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "period", "until"),
    [
        ("2024-02-29", Period(years=2), "2026-03-01"),
        ("2024-02-29", Period(years=4), "2028-02-29"),
        ("2024-02-28", Period(years=2), "2026-02-28"),
        ("2026-02-28", Period(years=2), "2028-02-28"),
        ("2026-03-01", Period(years=2), "2028-03-01"),
        ("2027-06-01", Period(years=2), "2029-06-01"),
        ("2026-01-31", Period(months=1), "2026-03-01"),
        ("2028-01-31", Period(months=1), "2028-03-01"),
        ("2026-05-31", Period(months=1), "2026-07-01"),
        ("2026-12-31", Period(months=2), "2027-03-01"),
        ("2026-11-20", Period(days=100), "2027-02-28"),
        ("2024-02-29", Period(years=1, days=1), "2025-03-02"),
        ("2024-01-31", Period(years=1, months=1), "2025-03-01"),
    ],
)
def test_a_day_that_does_not_exist_rolls_forward(start: str, period: Period, until: str) -> None:
    assert anniversary(day(start), period) == day(until)


def counted_year(start: dt.date) -> dt.date:
    """Gov. Code § 6803 by the fingers: 365 days, the leap day and the day before it as one; a leap
    day, whose anniversary does not exist, is not reached before the day after it."""
    reached, left = start, 365
    while left:
        reached += ONE
        if (reached.month, reached.day) != (2, 29):
            left -= 1
    if (start.month, start.day) == (2, 29) and (reached.month, reached.day) == (2, 28):
        reached += ONE
    return reached


@settings(deadline=None)
@given(DAYS)
def test_a_year_is_what_the_code_counts(start: dt.date) -> None:
    assert anniversary(start, Period(years=1)) == counted_year(start)


@settings(deadline=None)
@given(DAYS, st.integers(1, 30))
def test_many_years_never_end_early_and_at_most_a_day_late(start: dt.date, years: int) -> None:
    until = anniversary(start, Period(years=years))
    assert until is not None
    exists = (start.month, start.day) != (2, 29) or (
        until.year % 4 == 0 and (until.year % 100 != 0 or until.year % 400 == 0)
    )
    assert until.year == start.year + years
    expected = (start.month, start.day) if exists else (3, 1)
    assert (until.month, until.day) == expected


@settings(deadline=None)
@given(DAYS, st.integers(1, 400))
def test_a_month_is_the_same_day_or_the_first_that_follows(start: dt.date, months: int) -> None:
    until = anniversary(start, Period(months=months))
    place = start.year * 12 + start.month - 1 + months
    last = dt.date((place + 1) // 12, (place + 1) % 12 + 1, 1) - ONE
    expected = last + ONE if start.day > last.day else last.replace(day=start.day)
    assert until == expected


@settings(deadline=None)
@given(DAYS, DAYS, st.integers(1, 20))
def test_what_is_younger_is_never_kept_shorter(a: dt.date, b: dt.date, years: int) -> None:
    first, second = sorted((a, b))
    early, late = anniversary(first, Period(years=years)), anniversary(second, Period(years=years))
    assert early is not None
    assert late is not None
    assert early <= late


def test_permanent_has_no_end() -> None:
    assert anniversary(day("2026-01-01"), Period(permanent=True)) is None


def test_the_calendar_s_end_is_the_end() -> None:
    assert anniversary(dt.date(9998, 6, 1), Period(years=2)) == FURTHEST
    assert anniversary(dt.date(9999, 12, 31), Period(years=2)) == FURTHEST


@pytest.mark.parametrize(
    ("period", "message"),
    [
        (Period(years=-1), "negative"),
        (Period(), "empty"),
        (Period(years=1, permanent=True), "permanent and has an end"),
        (Period(years=1001), "thousand"),
    ],
)
def test_a_period_that_means_nothing_is_refused(period: Period, message: str) -> None:
    with pytest.raises(InputError, match=message):
        period.check()


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(years=2), "2 years"),
        (Period(years=1, months=6), "1 year and 6 months"),
        (Period(days=100), "100 days"),
        (Period(permanent=True), "permanently"),
    ],
)
def test_a_period_is_said_as_people_say_it(period: Period, words: str) -> None:
    assert period.words == words


def counted(start: dt.date, period: Period) -> dt.date:
    """Days counted one by one, with no calendar arithmetic: years by § 6803 (the leap day and the
    day before it reckoned together), months by § 6804 (until the same number comes again), days."""
    reached, left = start, period.years * 365
    while left:
        reached += ONE
        if (reached.month, reached.day) != (2, 29):
            left -= 1
    if (start.month, start.day) == (2, 29) and period.years and not period.months:
        # the pair of days is one: what began on its second ends with its second
        reached += ONE
    wanted = reached.year * 12 + reached.month + period.months
    while period.months and (
        reached.year * 12 + reached.month < wanted
        or (reached.year * 12 + reached.month == wanted and reached.day < start.day)
    ):
        reached += ONE
    for _ in range(period.days):
        reached += ONE
    return reached


@settings(deadline=None, max_examples=300)
@given(DAYS, st.integers(0, 12), st.integers(0, 30), st.integers(0, 400))
def test_every_period_is_what_counting_day_by_day_gives(
    start: dt.date, years: int, months: int, days: int
) -> None:
    if years or months or days:
        period = Period(years=years, months=months, days=days)
        assert anniversary(start, period) == counted(start, period)


@pytest.mark.parametrize("years", [1, 2, 3, 4, 5, 8, 25, 100])
@pytest.mark.parametrize("start", ["1996-02-29", "2000-02-29", "2096-02-29", "2024-02-28"])
def test_a_leap_day_ends_with_its_pair(start: str, years: int) -> None:
    assert anniversary(day(start), Period(years=years)) == counted(day(start), Period(years=years))


@settings(deadline=None, max_examples=300)
@given(DAYS, st.sampled_from(["01-01", "07-01", "10-01", "02-28", "03-01", "12-31"]))
def test_a_year_ends_before_its_first_day_comes_again(start: dt.date, first: str) -> None:
    reached = start + ONE
    while f"{reached:%m-%d}" != first:
        reached += ONE
    assert year_ended_on(start, first) == reached


def test_the_last_day_of_a_fiscal_year_is_in_it() -> None:
    assert year_ended_on(day("2026-06-30"), "07-01") == day("2026-07-01")
    assert year_ended_on(day("2026-07-01"), "07-01") == day("2027-07-01")
    assert year_ended_on(dt.date(9998, 12, 31), "01-01") == FURTHEST


ANY_PERIOD = st.builds(
    Period, years=st.integers(0, 8), months=st.integers(0, 30), days=st.integers(0, 900)
).filter(lambda period: any((period.years, period.months, period.days)))


@settings(deadline=None)
@given(ANY_PERIOD, ANY_PERIOD, DAYS)
def test_a_period_that_reaches_another_never_ends_before_it(
    one: Period, other: Period, start: dt.date
) -> None:
    if one.reaches(other):
        mine, its = anniversary(start, one), anniversary(start, other)
        assert mine is not None
        assert its is not None
        assert mine >= its


@settings(deadline=None)
@given(ANY_PERIOD, DAYS)
def test_a_period_lasts_between_its_fewest_and_its_most_days(
    period: Period, start: dt.date
) -> None:
    until = anniversary(start, period)
    assert until is not None
    assert period.shortest_days <= (until - start).days <= period.longest_days


@pytest.mark.parametrize(
    ("period", "reaches"),
    [
        (Period(years=2), True),
        (Period(months=24), True),
        (Period(days=731), True),
        (Period(days=730), False),
        (Period(months=23), False),
        (Period(permanent=True), True),
        (Period(at_once=True), False),
    ],
)
def test_two_years_are_not_730_days(period: Period, reaches: bool) -> None:
    assert period.reaches(Period(years=2)) is reaches

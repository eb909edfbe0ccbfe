"""The ten days: the notes' fixtures, and an independent count for every other day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.requests.calendars import (
    CityList,
    ClosedDays,
    closed_days,
    read_calendar,
    year_of,
)
from archiver.requests.deadline import (
    ClockLaw,
    circumstances,
    clock_law_file,
    deadline,
    read_clock_law,
)

SETTINGS = Settings(agency="City of Alder Glen", schedule="palm-desert")

FIXTURES = [
    # received, day 10, Code Civ. Proc. § 12a / § 135, the city's list, received + 24 rolled
    ("2026-10-05", "2026-10-15", "2026-10-15", "2026-10-15", "2026-10-29"),
    ("2026-10-01", "2026-10-11", "2026-10-12", "2026-10-12", "2026-10-26"),
    ("2026-09-30", "2026-10-10", "2026-10-12", "2026-10-12", "2026-10-26"),
    ("2026-08-26", "2026-09-05", "2026-09-08", "2026-09-08", "2026-09-21"),
    ("2026-09-15", "2026-09-25", "2026-09-28", "2026-09-25", "2026-10-09"),
    ("2026-11-16", "2026-11-26", "2026-11-30", "2026-11-30", "2026-12-10"),
    ("2026-12-15", "2026-12-25", "2026-12-28", "2026-12-28", "2027-01-08"),
    ("2026-12-22", "2027-01-01", "2027-01-04", "2027-01-04", "2027-01-15"),
    ("2027-02-02", "2027-02-12", "2027-02-16", "2027-02-12", "2027-02-26"),
    ("2027-03-21", "2027-03-31", "2027-04-01", "2027-03-31", "2027-04-14"),
]


def received(day: str, hour: int = 18) -> str:
    return f"{day}T{hour:02}:00:00Z"


def with_city_list(*more: str) -> ClosedDays:
    calendar = closed_days().calendar
    city = CityList("City Hall", [*calendar.city.closed, *more], "S")
    return ClosedDays(
        type(calendar)(
            **{
                name: getattr(calendar, name)
                for name in calendar.__struct_fields__
                if name != "city"
            },
            city=city,
        )
    )


@pytest.mark.parametrize(("day", "tenth", "statute", "city", "extended"), FIXTURES)
def test_the_dates_of_the_notes_come_out(
    day: str, tenth: str, statute: str, city: str, extended: str
) -> None:
    found = deadline(received(day), SETTINGS)
    assert found.day10.isoformat() == tenth
    assert found.outside.isoformat() == statute
    assert found.city_outside.isoformat() == city
    assert found.extended_outside.isoformat() == extended


@pytest.mark.parametrize(
    ("day", "more", "city"),
    [
        ("2027-02-02", ("lincoln",), "2027-02-16"),
        ("2026-09-15", ("native-american",), "2026-09-28"),
        ("2027-03-21", ("farmworkers",), "2027-04-01"),
        ("2026-10-01", ("columbus",), "2026-10-13"),
    ],
)
def test_a_city_that_adopted_more_days_rolls_past_them(
    day: str, more: tuple[str, ...], city: str
) -> None:
    assert deadline(received(day), SETTINGS, days=with_city_list(*more)).city_outside == (
        dt.date.fromisoformat(city)
    )


@pytest.mark.parametrize(
    ("day", "safe"),
    [
        ("2026-10-05", "2026-10-15"),
        ("2026-10-01", "2026-10-09"),
        ("2026-08-26", "2026-09-04"),
        ("2026-09-15", "2026-09-25"),
        ("2026-11-16", "2026-11-25"),
        ("2026-12-15", "2026-12-24"),
        ("2026-12-22", "2026-12-31"),
    ],
)
def test_the_safe_date_never_waits_for_the_next_open_day(day: str, safe: str) -> None:
    assert deadline(received(day), SETTINGS).safe == dt.date.fromisoformat(safe)


def test_an_extension_counts_from_day_ten_itself_and_goes_back_to_an_open_day() -> None:
    found = deadline(received("2026-08-26"), SETTINGS)
    assert found.extended_day == dt.date(2026, 9, 19)
    assert found.extended_safe == dt.date(2026, 9, 18)


def test_the_day_of_receipt_is_the_day_in_the_city() -> None:
    late = deadline("2026-10-06T05:30:00Z", SETTINGS)
    assert late.received_on == dt.date(2026, 10, 5)


def test_the_arithmetic_is_said_in_words() -> None:
    said = " ".join(deadline(received("2026-11-16", 17), SETTINGS, channel="email").steps)
    assert "Received Mon 16 Nov 2026, 9:00 am PST by email." in said
    assert "Day 10 is Thu 26 Nov 2026." in said
    assert "Safe date: Wed 25 Nov 2026" in said
    assert "closed on Thu 26 Nov (Thanksgiving Day)" in said
    assert "Outside date: Mon 30 Nov 2026" in said
    assert "Fri 27 Nov (Day after Thanksgiving), Sat 28 Nov, Sun 29 Nov" in said
    assert "Thu 10 Dec 2026" in said


def test_a_difference_between_statute_and_city_is_said() -> None:
    said = " ".join(deadline(received("2026-09-15"), SETTINGS).steps)
    assert "By the city's own list of closed days it would be Fri 25 Sep 2026" in said


def test_what_is_not_verified_says_so() -> None:
    before = deadline(received("2026-12-31"), SETTINGS).unverified
    after = deadline(received("2027-01-01"), SETTINGS).unverified
    assert not any("AB 1821" in each for each in before)
    assert any("AB 1821" in each and "mark ?" in each for each in after)
    assert any("closed days" in each for each in before)


def test_an_unverified_holiday_never_moves_the_outside_date() -> None:
    calendar = closed_days().calendar
    doubtful = [
        each
        if each.id != "christmas"
        else type(each)(
            **{
                **{name: getattr(each, name) for name in each.__struct_fields__},
                "mark": "K",
            }
        )
        for each in calendar.holiday
    ]
    days = ClosedDays(
        type(calendar)(
            **{
                **{name: getattr(calendar, name) for name in calendar.__struct_fields__},
                "holiday": doubtful,
            }
        )
    )
    found = deadline(received("2026-12-15"), SETTINGS, days=days)
    assert found.outside == dt.date(2026, 12, 25)
    assert found.safe == dt.date(2026, 12, 24)


def test_a_request_from_before_the_verified_law_is_not_counted() -> None:
    with pytest.raises(RuleError, match="no verified version"):
        deadline(received("2022-12-31"), SETTINGS)


def test_the_reasons_for_an_extension_follow_the_day_of_receipt() -> None:
    codes = [each.code for each in circumstances(dt.date(2024, 6, 1))]
    assert codes == ["field-facilities", "voluminous", "consultation", "programming"]
    assert len(circumstances(dt.date(2026, 6, 1))) == 6


FIXED = {(1, 1), (2, 12), (3, 31), (7, 4), (11, 11), (12, 25)}


def closed_in_law(day: dt.date) -> bool:
    """Code Civ. Proc. §§ 12a and 135, counted another way than the calendar file."""
    if day.weekday() >= 5:
        return True
    place = (day.day - 1) // 7 + 1
    last = (day + dt.timedelta(days=7)).month != day.month
    if (day.month, day.day) in FIXED or (day.month, day.day) == (6, 19):
        return True
    yesterday, tomorrow = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    if yesterday.weekday() == 6 and (yesterday.month, yesterday.day) in FIXED:
        return True
    if tomorrow.weekday() == 5 and (tomorrow.month, tomorrow.day) == (11, 11):
        return True
    weekday = day.weekday()
    return (
        (weekday == 0 and (day.month, place) in {(1, 3), (2, 3), (9, 1)})
        or (weekday == 0 and day.month == 5 and last)
        or (weekday == 4 and (day.month, place) == (9, 4))
        or (weekday == 3 and (day.month, place) == (11, 4))
        or (weekday == 4 and day.month == 11 and 23 <= day.day <= 29)
    )


def since_2000() -> ClockLaw:
    """The present law as if it had always stood, so that a whole century can be counted."""
    law = clock_law_file()
    values = {name: getattr(law.version[0], name) for name in law.version[0].__struct_fields__}
    old = type(law.version[0])(**{**values, "effective_from": dt.date(1999, 1, 1)})
    return ClockLaw(law.id, law.title, [old])


LAW_SINCE_2000 = since_2000()


def independent(day: dt.date, number: int) -> tuple[dt.date, dt.date]:
    """The last of so many days, counted one by one, and where §§ 12a and 135 move it to."""
    for _ in range(number):
        day += dt.timedelta(days=1)
    last = day
    while closed_in_law(last):
        last += dt.timedelta(days=1)
    return day, last


@settings(deadline=None, max_examples=400)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 12, 31)))
def test_every_day_of_a_century_counts_as_an_independent_count_says(day: dt.date) -> None:
    found = deadline(f"{day}T20:00:00Z", SETTINGS, law=LAW_SINCE_2000)
    assert (found.day10, found.outside) == independent(day, 10)
    assert (found.extended_day, found.extended_outside) == independent(day, 24)


@pytest.mark.parametrize("year", [2000, 2023, 2024, 2026, 2027, 2028, 2033, 2100])
def test_every_closed_day_of_a_year_is_one_of_the_code_sections(year: int) -> None:
    days = closed_days()
    day = dt.date(year, 1, 1)
    while day.year == year:
        assert (days.statutory(day) is not None) == closed_in_law(day), day
        day += dt.timedelta(days=1)


def shut_at_city_hall(day: dt.date) -> bool:
    """The usual city list, counted another way than the calendar file."""
    if day.weekday() >= 5:
        return True
    adopted = {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}
    shifting = adopted - {(6, 19)}
    before, after = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    if (day.month, day.day) in adopted:
        return True
    if before.weekday() == 6 and (before.month, before.day) in shifting:
        return True
    if after.weekday() == 5 and (after.month, after.day) == (11, 11):
        return True
    place, last = (day.day - 1) // 7 + 1, (day + dt.timedelta(days=7)).month != day.month
    monday = day.weekday() == 0
    return (
        (monday and (day.month, place) in {(1, 3), (2, 3), (9, 1)})
        or (monday and day.month == 5 and last)
        or (day.weekday() == 3 and (day.month, place) == (11, 4))
        or (day.weekday() == 4 and day.month == 11 and 23 <= day.day <= 29)
    )


@settings(deadline=None, max_examples=300)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 12, 31)))
def test_the_safe_date_is_the_last_open_day_of_an_independent_count(day: dt.date) -> None:
    found = deadline(f"{day}T20:00:00Z", SETTINGS, law=LAW_SINCE_2000)
    for number, safe in ((10, found.safe), (24, found.extended_safe)):
        counted = day + dt.timedelta(days=number)
        while shut_at_city_hall(counted):
            counted -= dt.timedelta(days=1)
        assert safe == counted


@pytest.mark.parametrize(
    ("day", "name", "law"),
    [
        ("2026-03-31", "Farmworkers Day", True),
        ("2025-03-31", "Cesar Chavez Day", True),
        ("2024-04-01", "Cesar Chavez Day, of Sun 31 Mar", True),  # § 6701
        ("2026-06-19", "Juneteenth", True),
        ("2026-09-25", "Native American Day", True),
        ("2026-10-12", "Columbus Day", False),
        ("2026-11-27", "Day after Thanksgiving", True),
        ("2029-11-23", "Day after Thanksgiving", True),  # the earliest there is
        ("2028-11-10", "Veterans Day, of Sat 11 Nov", True),  # § 6701
        ("2026-07-03", None, False),  # no shift back from a Saturday for 4 July
        ("2027-12-24", None, False),
        ("2028-02-14", None, False),  # Lincoln Day is a Saturday in 2028
        ("2034-02-13", "Lincoln Day, of Sun 12 Feb", True),
        ("2026-09-09", "Admission Day", False),
        ("2026-04-03", None, False),  # Good Friday closes no whole day
        ("2026-04-24", "Genocide Remembrance Day", False),
    ],
)
def test_each_holiday_stands_where_the_code_has_it(day: str, name: str | None, law: bool) -> None:
    found = dt.date.fromisoformat(day)
    named = {each.day: each for each in year_of(closed_days(), found.year) if each.name == name}
    assert (closed_days().statutory(found) is not None) is law
    if name is not None:
        assert named[found].law is law
        assert named[found].source
        assert named[found].mark in ("S", "C", "K")


@settings(deadline=None)
@given(st.dates(dt.date(2023, 1, 1), dt.date(2099, 12, 1)))
def test_the_safe_date_is_never_after_any_other(day: dt.date) -> None:
    found = deadline(f"{day}T20:00:00Z", SETTINGS)
    assert found.safe <= found.day10 <= min(found.outside, found.city_outside)
    assert found.extended_safe <= found.extended_day == day + dt.timedelta(days=24)
    assert found.safe > day
    assert found.safe.weekday() < 5


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("id = 'x'", "is no calendar"),
        ("not toml", "is no calendar"),
    ],
)
def test_a_broken_calendar_is_named(tmp_path: Path, body: str, message: str) -> None:
    path = tmp_path / "city.toml"
    path.write_text(body)
    with pytest.raises(InputError, match=f"city.toml {message}"):
        read_calendar(path)


HEAD = (
    'id = "c"\ntitle = "C"\nversion = "1"\nclosed_weekdays = ["SA", "SU"]\n'
    'weekday_source = "law"\nweekday_mark = "S"\n'
    '[city]\ntitle = "Hall"\nclosed = [{closed}]\nmark = "S"\n'
    "[[holiday]]\n"
    'id = "h"\nname = "H"\nsource = "{source}"\nmark = "S"\njudicial = true\n{rule}\n'
)


@pytest.mark.parametrize(
    ("closed", "source", "rule", "message"),
    [
        ("", "law", "", "either a rule or dates"),
        ("", "law", 'rule = "FREQ=YEARLY"\ndates = [2026-01-01]', "either a rule or dates"),
        ("", "law", 'rule = "every first Monday"', "no RRULE"),
        ("", "", 'rule = "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1"', "lacks its source"),
        ('"other"', "law", 'rule = "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1"', "names other"),
    ],
)
def test_a_fault_in_a_calendar_names_the_entry(
    tmp_path: Path, closed: str, source: str, rule: str, message: str
) -> None:
    path = tmp_path / "city.toml"
    path.write_text(HEAD.format(closed=closed, source=source, rule=rule))
    with pytest.raises(InputError, match=message):
        read_calendar(path)


def test_a_broken_law_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clock.toml"
    path.write_text('id = "c"\ntitle = "t"\nversion = 3\n')
    with pytest.raises(InputError, match=r"clock\.toml is no law"):
        read_clock_law(path)
    assert clock_law_file().version[0].mark == "S"

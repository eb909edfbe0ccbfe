"""A calendar that changes later: open requests are counted again, and say why their dates moved."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from archiver.config import Requests, Settings, shipped
from archiver.requests import deadline
from archiver.requests.book import (
    Request,
    close_request,
    correct_received,
    events_of,
    get_request,
    new_request,
)
from archiver.requests.deadline import ClockLaw, clock_law_file
from archiver.requests.timing import dates
from archiver.requests.timing.dates import work_date
from archiver.requests.timing.recounting import moved_since, recount_open_requests
from archiver.requests.timing.remembering import last_reckoning

SHIPPED = shipped("schedules") / "calendars" / "california.toml"
EXTRA = """
[[holiday]]
id = "{id}"
name = "{name}"
dates = [{day}]
judicial = {judicial}
source = "Resolution 2026-91"
mark = "S"
"""


@pytest.fixture
def own(tmp_path: Path, settings: Settings) -> Settings:
    """Settings of a city with a calendar file of its own."""
    write(tmp_path)
    return replace(settings, calendar="city.toml")


def write(
    home: Path,
    day: str = "",
    *,
    city: bool = True,
    judicial: bool = False,
    name: str = "Founders' Day",
) -> None:
    text = SHIPPED.read_text("utf-8")
    if day:
        if city:
            text = text.replace('"new-year", ', '"new-year", "founders", ', 1)
        text = text.replace('version = "2026.1"', 'version = "2026.2"')
        text += EXTRA.format(id="founders", name=name, day=day, judicial=str(judicial).lower())
    (home / "city.toml").write_text(text, "utf-8")


def logged(office: sqlite3.Connection, settings: Settings) -> Request:
    """Received Mon 9 Nov 2026 at the counter: day 10 is Thu 19 Nov, an open day."""
    return new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-09T18:00:00Z",
        channel="counter",
        verbatim="All posts about the pond.",
    )


def test_a_city_holiday_added_later_makes_the_safe_date_earlier_and_says_so(
    office: sqlite3.Connection, own: Settings, tmp_path: Path
) -> None:
    made = logged(office, own)
    assert recount_open_requests(office, own, actor="nightly") == []
    write(tmp_path, "2026-11-19")
    [moved] = recount_open_requests(office, own, actor="nightly")
    assert (moved.safe_before, moved.safe) == (dt.date(2026, 11, 19), dt.date(2026, 11, 18))
    assert moved.outside == moved.outside_before == dt.date(2026, 11, 19)
    assert "Thu 19 Nov 2026 (Founders' Day, by the city's list) is a closed day now" in moved.why
    assert "2026.2" in moved.why
    step = events_of(office, made.number)[-1]
    assert (step.kind, step.actor) == ("dates moved", "nightly")
    assert step.detail is not None
    assert (step.detail["safe was"], step.detail["safe"]) == ("2026-11-19", "2026-11-18")
    assert work_date(office, own, made).work_by == dt.date(2026, 11, 18)
    assert moved_since(office, "2026-11-20T00:00:00Z") == [moved]
    assert recount_open_requests(office, own, actor="nightly") == []


def test_a_judicial_holiday_added_later_moves_the_outside_date_only(
    office: sqlite3.Connection, own: Settings, tmp_path: Path
) -> None:
    logged(office, own)
    write(tmp_path, "2026-11-19", city=False, judicial=True)
    [moved] = recount_open_requests(office, own, actor="nightly")
    assert moved.safe == moved.safe_before
    assert (moved.outside_before, moved.outside) == (dt.date(2026, 11, 19), dt.date(2026, 11, 20))
    assert "Founders' Day, by law) is a closed day now" in moved.why


def test_a_holiday_that_is_taken_back_moves_it_back_and_says_so(
    office: sqlite3.Connection, own: Settings, tmp_path: Path
) -> None:
    write(tmp_path, "2026-11-19")
    logged(office, own)
    write(tmp_path)
    [moved] = recount_open_requests(office, own, actor="nightly")
    assert "(Founders' Day, by the city's list) is no closed day any more" in moved.why
    assert (moved.safe_before, moved.safe) == (dt.date(2026, 11, 18), dt.date(2026, 11, 19))


def test_a_holiday_beside_the_dates_is_remembered_without_a_word(
    office: sqlite3.Connection, own: Settings, tmp_path: Path
) -> None:
    made = logged(office, own)
    write(tmp_path, "2026-11-17")
    assert recount_open_requests(office, own, actor="nightly") == []
    assert [each.kind for each in events_of(office, made.number)] == ["received"]
    remembered = last_reckoning(office, made)
    assert remembered is not None
    assert remembered.closed["2026-11-17"] == "Founders' Day, by the city's list"
    assert remembered.calendar == "california 2026.2"


def test_closed_requests_keep_the_dates_they_had(
    office: sqlite3.Connection, own: Settings, tmp_path: Path
) -> None:
    made = logged(office, own)
    close_request(office, made.number, settings=own, actor="of", reason="answered")
    write(tmp_path, "2026-11-19")
    assert recount_open_requests(office, own, actor="nightly") == []
    assert moved_since(office, "2026-11-01T00:00:00Z") == []


def test_a_corrected_receipt_says_that_it_moved_the_dates(
    office: sqlite3.Connection, own: Settings
) -> None:
    made = logged(office, own)
    correct_received(
        office, made.number, actor="of", received_at="2026-11-10T18:00:00Z", reason="clerk's slip"
    )
    [moved] = recount_open_requests(office, own, actor="nightly")
    assert "the day of receipt was corrected to Tue 10 Nov 2026" in moved.why
    assert moved.safe == work_date(office, own, get_request(office, made.number)).work_by


def test_a_calendar_that_cannot_be_read_any_more_is_said_and_comes_back(
    office: sqlite3.Connection, own: Settings, tmp_path: Path
) -> None:
    logged(office, own)
    (tmp_path / "city.toml").unlink()
    [lost] = recount_open_requests(office, own, actor="nightly")
    assert lost.safe is None
    assert "can no longer be counted" in lost.why
    write(tmp_path)
    [back] = recount_open_requests(office, own, actor="nightly")
    assert back.safe == dt.date(2026, 11, 19)
    assert "can be counted now" in back.why


def test_requests_from_before_dates_were_remembered_are_remembered_without_a_word(
    office: sqlite3.Connection, own: Settings
) -> None:
    made = logged(office, own)
    office.execute("DROP TRIGGER request_dates_no_delete")
    office.execute("DELETE FROM request_dates")
    assert recount_open_requests(office, own, actor="nightly") == []
    remembered = last_reckoning(office, made)
    assert remembered is not None
    assert remembered.why == "counted for the first time"


def test_another_version_of_the_law_moves_the_dates_of_what_it_covers_and_is_named(
    office: sqlite3.Connection, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = logged(office, own)
    law = clock_law_file()
    values = {name: getattr(law.version[0], name) for name in law.version[0].__struct_fields__}
    later = {"id": "7922.999", "effective_from": dt.date(2026, 11, 1), "determination_days": 8}
    newer = ClockLaw(law.id, law.title, [law.version[0], type(law.version[0])(**values | later)])
    for module in (deadline, dates):
        monkeypatch.setattr(module, "clock_law_file", lambda: newer)
    [moved] = recount_open_requests(office, own, actor="nightly")
    assert moved.safe == dt.date(2026, 11, 17)
    assert "counted by Gov. Code § 7922.999 instead of § 7922.535" in moved.why
    assert dates.limits_of(office, own, [made])[made.id][0] == dt.date(2026, 11, 17)


def test_a_changed_rule_of_receipt_is_named_where_no_day_changed(
    office: sqlite3.Connection, own: Settings
) -> None:
    new_request(
        office,
        own,
        actor="of",
        received_at="2026-11-07T18:00:00Z",  # a Saturday
        channel="email",
        verbatim="Posts.",
    )
    other = replace(own, requests=Requests("next open day"))
    [moved] = recount_open_requests(office, other, actor="nightly")
    assert "the city's rule for the day of receipt" in moved.why

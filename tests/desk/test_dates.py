"""The date a request must be answered by, counted by the calendar the city names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from msgspec.structs import replace

from archiver.archive.sight import EVERYTHING
from archiver.config import Home, shipped
from archiver.desk.dates import due_of
from archiver.desk.desk import Desk
from archiver.desk.stores import Stores
from archiver.register.office import open_office
from archiver.requests.book import Request, new_request


@pytest.fixture
def own_calendar(home: Home) -> Iterator[Desk]:
    """A desk of a city with a calendar of its own, which lies in its home."""
    shipped_one = shipped("schedules") / "calendars" / "california.toml"
    text = shipped_one.read_text("utf-8").replace(
        '"thanksgiving", ', '"thanksgiving", "admission", '
    )
    (home.path / "closed-days.toml").write_text(text, "utf-8")
    desk = Desk(home, replace(home.settings(), calendar="closed-days.toml"), Stores(home))
    yield desk
    desk.close()


def received(home: Home, at: str) -> Request:
    with closing(open_office(home)) as office:
        return new_request(
            office,
            home.settings(),
            actor="of",
            received_at=at,
            channel="counter",
            verbatim="All posts about the pond.",
        )


def test_a_calendar_in_the_home_is_found_and_counted_with(home: Home, own_calendar: Desk) -> None:
    request = received(home, "2026-08-30T18:00:00Z")
    with own_calendar.stores.office(EVERYTHING) as office:
        due = due_of(own_calendar, office, request)
    assert due.words != "count by hand"
    assert due.safe.isoformat() == "2026-09-08"
    assert any("Admission Day" in step for step in due.steps)


def test_a_calendar_that_is_not_there_is_said_and_no_date_guessed(home: Home) -> None:
    desk = Desk(home, replace(home.settings(), calendar="nowhere.toml"), Stores(home))
    request = received(home, "2026-08-30T18:00:00Z")
    with desk.stores.office(EVERYTHING) as office:
        due = due_of(desk, office, request)
    desk.close()
    assert due.words == "count by hand"
    assert "nowhere.toml" in due.steps[0]

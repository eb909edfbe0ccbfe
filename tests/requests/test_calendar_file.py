"""The dates as a calendar file: read back with the library that reads them elsewhere."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import Any

import pytest
from icalendar import Calendar

from archiver.config import Settings
from archiver.requests.book import (
    Request,
    change_scope,
    close_request,
    correct_received,
    new_request,
)
from archiver.requests.timing.calendar_file import calendar_file
from archiver.requests.timing.dates import work_date
from archiver.requests.timing.determining import record_determination
from archiver.requests.timing.extensions import extend_request
from archiver.requests.timing.promises import set_estimate

HOSTILE = (
    "Skate park; comments, all\r\nBEGIN:VEVENT\r\nSUMMARY:forged \u202eevil\u202c 🛹" + " long" * 40
)


def read(office: sqlite3.Connection, settings: Settings) -> list[Any]:
    made = calendar_file(office, settings)
    lines = made.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    found = Calendar.from_ical(made)
    assert not found.errors
    return list(found.walk("VEVENT"))


def test_an_open_request_stands_on_its_date_to_work_to_with_the_outside_date_named(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    change_scope(office, request_made.number, actor="of", scope="Skate park comments")
    [event] = read(office, settings)
    assert event["dtstart"].dt == work_date(office, settings, request_made).work_by
    assert event["dtend"].dt == dt.date(2026, 11, 26)
    assert event["summary"] == "Determination due, request 2026-0001: Skate park comments"
    assert "outside date is Mon 30 Nov 2026" in event["description"]
    alarms = [alarm["trigger"].dt for alarm in event.walk("VALARM")]
    assert alarms == [dt.timedelta(hours=8) - dt.timedelta(days=days) for days in (5, 2, 1, 0)]


def test_it_tells_neither_who_asked_nor_their_words(
    office: sqlite3.Connection, settings: Settings
) -> None:
    new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-16T17:12:00Z",
        channel="email",
        verbatim="My neighbour on Birch Court is a thief.",
        requester="Gwendolyn Ostrander",
        contact="gwen@example.org",
    )
    text = calendar_file(office, settings).decode()
    for secret in ("Gwendolyn", "gwen@", "neighbour", "Birch"):
        assert secret not in text
    assert "Determination due\\, request 2026-0001" in text


def test_hostile_words_in_the_scope_stay_one_summary(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    change_scope(office, request_made.number, actor="of", scope=HOSTILE)
    [event] = read(office, settings)
    summary = str(event["summary"])
    assert "\n" not in summary
    assert "\u202e" not in summary
    assert summary.endswith("…")
    assert "Skate park; comments, all BEGIN:VEVENT" in summary


def test_a_moved_date_keeps_its_uid_and_counts_its_sequence_up(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    [before] = read(office, settings)
    assert calendar_file(office, settings) == calendar_file(office, settings)
    extend_request(
        office,
        settings,
        request_made.number,
        actor="of",
        circumstance="voluminous",
        reason="many",
        determination_on=dt.date(2026, 12, 10),
        person="O. Farrow",
        title="City Clerk",
    )
    [extended] = read(office, settings)
    correct_received(
        office, request_made.number, actor="of", received_at="2026-11-13T18:00:00Z", reason="slip"
    )
    [corrected] = read(office, settings)
    assert before["uid"] == extended["uid"] == corrected["uid"]
    assert [each["sequence"] for each in (before, extended, corrected)] == [0, 1, 2]
    assert extended["dtstart"].dt == dt.date(2026, 12, 10)
    assert "Extended once." in extended["description"]
    assert corrected["dtstart"].dt == dt.date(2026, 12, 7)


def test_after_the_determination_the_promised_moment_stands_in_the_citys_zone(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    number = request_made.number
    record_determination(
        office,
        number,
        actor="of",
        sent_at="2026-11-20T17:00:00Z",
        outcome="disclosable",
        available_at="2027-07-01T16:00:00-07:00",
    )
    [event] = read(office, settings)
    assert str(event["dtstart"].params["TZID"]) == "America/Los_Angeles"
    assert event["dtstart"].dt.isoformat() == "2027-07-01T16:00:00-07:00"
    assert b"BEGIN:VTIMEZONE" in calendar_file(office, settings)
    set_estimate(
        office, number, actor="of", available_at="2027-07-02T16:00:00-07:00", reason="more to read"
    )
    [later] = read(office, settings)
    assert later["uid"] == event["uid"]
    assert later["sequence"] == event["sequence"] + 1


@pytest.mark.parametrize("ending", ["closed", "determined"])
def test_what_is_no_longer_due_is_no_longer_in_it(
    office: sqlite3.Connection, settings: Settings, request_made: Request, ending: str
) -> None:
    if ending == "closed":
        close_request(office, request_made.number, settings=settings, actor="of", reason="done")
    else:
        record_determination(
            office,
            request_made.number,
            actor="of",
            sent_at="2026-11-20T17:00:00Z",
            outcome="denied",
        )
    assert read(office, settings) == []


def test_a_request_counted_by_hand_is_left_out(
    office: sqlite3.Connection, settings: Settings
) -> None:
    new_request(
        office,
        settings,
        actor="of",
        received_at="2020-05-04T18:00:00Z",
        channel="mail",
        verbatim="From before.",
    )
    assert read(office, settings) == []

"""Reminders: each threshold once for each date, and what is late every day."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest
from msgspec.structs import replace

from archiver.config import Requests, Settings
from archiver.register.office import audit_trail
from archiver.requests.book import Request, close_request
from archiver.requests.timing.determining import record_determination
from archiver.requests.timing.extensions import extend_request
from archiver.requests.timing.reminders import Reminder, note_reminded, reminders_due


def night(
    office: sqlite3.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch, day: str
) -> list[Reminder]:
    """Two o'clock at night in the city; everything that is due is sent."""
    monkeypatch.setenv("ARCHIVER_NOW", f"{day}T10:00:00Z")
    found = reminders_due(office, settings)
    note_reminded(office, found, actor="nightly")
    assert reminders_due(office, settings) == []
    return found


def test_every_threshold_is_reminded_of_once_and_lateness_daily(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = {}
    for day in range(17, 31):
        found = night(office, settings, monkeypatch, f"2026-11-{day}")
        sent[day] = [each.threshold for each in found]
    # the date is Wed 25 Nov
    assert {day: said for day, said in sent.items() if said} == {
        20: [5],
        23: [2],
        24: [1],
        25: [0],
        **{day: [25 - day] for day in range(26, 31)},
    }
    entry = audit_trail(office, limit=1)[0]
    assert entry.action == "request reminder sent"
    assert entry.subject == "request 2026-0001"


def test_a_threshold_missed_because_no_night_ran_is_made_up_for_once(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [first] = night(office, settings, monkeypatch, "2026-11-22")
    assert (first.threshold, first.told) == (
        5,
        "Request 2026-0001: determination due in 3 days, Wed 25 Nov 2026. "
        "Outside date Mon 30 Nov 2026.",
    )
    assert [each.threshold for each in night(office, settings, monkeypatch, "2026-11-24")] == [1]


def test_a_date_that_moves_is_reminded_of_anew(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    night(office, settings, monkeypatch, "2026-11-25")
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
    assert night(office, settings, monkeypatch, "2026-11-26") == []
    [found] = night(office, settings, monkeypatch, "2026-12-10")
    assert (found.due, found.threshold) == (dt.date(2026, 12, 10), 0)


def test_after_the_determination_the_promise_is_reminded_of(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record_determination(
        office,
        request_made.number,
        actor="of",
        sent_at="2026-11-20T17:00:00Z",
        outcome="in part",
        available_at="2026-12-04T16:00:00-08:00",
    )
    assert night(office, settings, monkeypatch, "2026-11-26") == []
    [found] = night(office, settings, monkeypatch, "2026-12-02")
    assert (found.about, found.threshold) == ("promise", 2)
    assert found.told == "Request 2026-0001: promised records due in 2 days, Fri 4 Dec 2026."


def test_the_city_sets_the_days_and_closed_requests_are_left_in_peace(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = replace(settings, requests=Requests(remind_days=(9,)))
    assert [each.threshold for each in night(office, own, monkeypatch, "2026-11-20")] == [9]
    close_request(office, request_made.number, settings=settings, actor="of", reason="done")
    assert night(office, own, monkeypatch, "2026-11-28") == []


def test_a_reminder_tells_no_name_and_no_word(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [found] = night(office, settings, monkeypatch, "2026-11-27")
    assert found.told.startswith("Request 2026-0001: determination 2 days late, Wed 25 Nov 2026.")
    assert "skate" not in found.told

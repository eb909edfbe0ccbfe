"""Asking a custodian for a hold: as for a request, but what comes back is held and nothing more."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import replace

import pytest

from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.database import write_transaction
from archiver.errors import InputError, RuleError
from archiver.requests.book import Request, items_of
from archiver.requests.custodians.answers import NewAnswer, answer
from archiver.requests.custodians.asks import (
    NewAsk,
    ask_for_hold,
    asks_about,
    asks_for,
    cause_of,
    open_asks,
    withdraw,
)
from archiver.requests.custodians.causes import cause_of_hold
from archiver.requests.custodians.handing_in import HandedFile, lot_of_cause
from archiver.requests.custodians.messages import ask_sheet
from archiver.requests.custodians.reminding import ask_reminders, note_asks_reminded
from archiver.requests.custodians.taking_in import take_in_lot
from archiver.retention.holds import Hold, HoldKind, holds_on, place_hold
from archiver.retention.releasing import release
from tests.requests.custodians.conftest import mail


@pytest.fixture
def hold(office: sqlite3.Connection) -> Hold:
    """A suit is pending."""
    with write_transaction(office):
        return place_hold(
            office,
            actor="tamsin",
            kind=HoldKind.LITIGATION,
            reference="26CV001",
            reason="A fall at the gate",
        )


def test_what_is_returned_for_a_hold_is_held_and_in_no_request(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    request_made: Request,
    hold: Hold,
    wanted: NewAsk,
) -> None:
    asked = ask_for_hold(office, settings, hold.id, wanted, actor="tamsin")
    assert ask_for_hold(office, settings, hold.id, wanted, actor="tamsin") == asked
    cause = cause_of(office, asked)
    assert asks_about(office, cause) == asks_for(office, "ana") == [asked]
    given = NewAnswer("own e-mail", "Ana Reyes", dt.date(2026, 11, 19))
    files = [HandedFile(mail(), "lights.eml")]
    made = answer(home, office, settings, asked.id, given, files, actor="ana")
    assert "about a search for the city’s hold" in made.text and "26CV001" in made.text
    lot = lot_of_cause(cause)
    [taken] = take_in_lot(home, office, archive, lot, actor="worker")
    [number] = taken.records
    assert [each.id for each in holds_on(office, "private", number)] == [hold.id]
    assert items_of(office, request_made.number) == []
    assert not lot.path(home, taken.file.sha256).exists()


def test_an_ask_for_a_hold_says_what_must_not_be_lost_and_is_reminded_of(
    office: sqlite3.Connection, settings: Settings, hold: Hold, wanted: NewAsk
) -> None:
    soon = replace(wanted, due_on=dt.date(2026, 11, 21))
    asked = ask_for_hold(office, settings, hold.id, soon, actor="tamsin")
    sheet = ask_sheet(office, settings, asked, reminder=False, clerk="Tamsin Okoye")
    assert "may be lost" in sheet.text and sheet.file == f"hold-{hold.id}-search.pdf"
    [due] = ask_reminders(office, settings)
    assert due.told.startswith(f"Hold {hold.id}: a custodian's answer (ask {asked.id}) is due")
    note_asks_reminded(office, [due], actor="nightly")
    assert ask_reminders(office, settings) == []


def test_a_requests_own_hold_and_a_released_one_ask_nobody(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    hold: Hold,
    wanted: NewAsk,
) -> None:
    with write_transaction(office):
        own = place_hold(
            office,
            actor="odile",
            kind=HoldKind.REQUEST,
            reference=request_made.number,
            reason="records request",
        )
    with pytest.raises(InputError, match="ask its custodians there"):
        cause_of_hold(office, own.id)
    asked = ask_for_hold(office, settings, hold.id, wanted, actor="tamsin")
    release(office, hold, settings, actor="tamsin", reason="settled")
    assert open_asks(office) == []
    with pytest.raises(RuleError, match="is released"):
        withdraw(office, asked.id, actor="tamsin", reason="settled")
    with pytest.raises(RuleError, match="is released"):
        ask_for_hold(office, settings, hold.id, replace(wanted, name="B"), actor="tamsin")


def test_an_ask_is_for_one_thing_alone(office: sqlite3.Connection, hold: Hold) -> None:
    for columns, values in (("", ""), (", request_id, hold_id", f", 1, {hold.id}")):
        with pytest.raises(sqlite3.IntegrityError):
            office.execute(
                "INSERT INTO custodian_asks (account_id, name, title, department, email, scope, "
                f"accounts, devices, due_on, at, actor{columns}) VALUES "
                f"(1, 'a', '', 'b', '', 's', '', '', '2026-12-01', 'x', 'y'{values})"
            )

"""Asking a custodian to search: who, what for, where, by when; and how the ask stands.

An agency's search reaches what its people keep on accounts and devices of their own: writings on
the public's business are public records there too, and the agency may rely on its employees to
search, where they are told how (*City of San José v. Superior Court* (2017) 2 Cal.5th 608). An ask
is on record from the moment it is made; nobody but the clerk sends it.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.names import words
from archiver.register.sources import source_account
from archiver.requests.custodians.causes import (
    Cause,
    cause_by_ids,
    cause_of_hold,
    cause_of_request,
)
from archiver.requests.custodians.wording import LONGEST_LINE, block_of, line_of
from archiver.requests.intake import Request, get_request
from archiver.requests.letters.mailing import read_address

MOST_ASKS = 500
"""Custodians asked for one request or hold."""


class Standing(StrEnum):
    """How an ask stands."""

    ASKED = "asked"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class NewAsk:
    """What a custodian is asked: `scope` in words; `accounts` and `devices` of theirs to search, a
    line each, and the days (None: all). `login` is where they answer themselves."""

    name: str
    department: str
    scope: str
    due_on: dt.date
    title: str = ""
    email: str = ""
    login: str = ""
    accounts: str = ""
    devices: str = ""
    start_day: dt.date | None = None
    end_day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """An ask on record; `at` is UTC, days are ISO dates. `account_id` is the source in the register
    under which the archive keeps what this custodian hands in."""

    id: int
    request_id: int | None
    account_id: int
    name: str
    title: str
    department: str
    email: str
    login: str | None
    scope: str
    accounts: str
    devices: str
    start_day: str | None
    end_day: str | None
    due_on: str
    at: str
    actor: str
    hold_id: int | None = None

    @property
    def who(self) -> str:
        """The custodian as a letter names them."""
        return ", ".join(filter(None, (self.name, self.title, self.department)))


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done about an ask; `at` is UTC."""

    id: int
    ask_id: int
    at: str
    actor: str
    what: str
    note: str


_COLUMNS = ", ".join(field.name for field in fields(Ask))
_OPEN = (
    "(request_id IN (SELECT id FROM requests WHERE status = 'open') "
    "OR hold_id IN (SELECT id FROM holds WHERE released_at IS NULL))"
)


def ask_custodian(
    conn: sqlite3.Connection, settings: Settings, number: str, wanted: NewAsk, *, actor: str
) -> Ask:
    """Ask a custodian for an open request. The same ask made twice, while the first waits for its
    answer, is the first.

    Raises InputError where the name, department, scope or address cannot be used, the due day lies
    before today in the agency's zone, or the days are reversed; RuleError where the request is
    closed.
    """
    values = _checked(wanted, today_in(settings))
    with write_transaction(conn):
        return _ask(conn, settings, cause_of_request(conn, number), values, actor)


def ask_for_hold(
    conn: sqlite3.Connection, settings: Settings, hold_id: int, wanted: NewAsk, *, actor: str
) -> Ask:
    """As `ask_custodian`, for a hold: what is handed in comes under it. Raises InputError also
    where the hold is a request's own, RuleError where it is released."""
    values = _checked(wanted, today_in(settings))
    with write_transaction(conn):
        return _ask(conn, settings, cause_of_hold(conn, hold_id), values, actor)


def _ask(
    conn: sqlite3.Connection,
    settings: Settings,
    cause: Cause,
    values: dict[str, str | None],
    actor: str,
) -> Ask:
    cause.require_open()
    today = today_in(settings)
    there = asks_about(conn, cause)
    for each in there:
        if _same(each, values) and standing_of(conn, each, today) not in (
            Standing.ANSWERED,
            Standing.WITHDRAWN,
        ):
            return each
    if len(there) >= MOST_ASKS:
        raise InputError(f"{cause.name} has {MOST_ASKS} asks: no more are made")
    source = source_account(
        conn, actor=actor, name=values["name"] or "", department=values["department"] or ""
    )
    cursor = conn.execute(
        "INSERT INTO main.custodian_asks (request_id, hold_id, account_id, name, title, "
        "department, email, login, scope, accounts, devices, start_day, end_day, due_on, at, "
        "actor) VALUES (:request, :hold, :account, :name, :title, :department, :email, :login, "
        ":scope, :accounts, :devices, :start_day, :end_day, :due_on, :at, :actor)",
        {
            **values,
            "request": cause.request.id if cause.request else None,
            "hold": cause.hold.id if cause.hold else None,
            "account": source.id,
            "at": clock.now_text(),
            "actor": actor,
        },
    )
    made = int(cursor.lastrowid or 0)
    detail = {"ask": made, "custodian": values["name"], "due": values["due_on"]}
    cause.note(conn, actor=actor, kind="custodian asked", detail=detail)
    return find_ask(conn, made)


def withdraw(conn: sqlite3.Connection, ask_id: int, *, actor: str, reason: str) -> Ask:
    """Withdraw an ask that was not answered. Raises RuleError without a reason, where it was
    answered or withdrawn, or the request is closed."""
    why = words("the reason", reason)[:LONGEST_LINE]
    if not why:
        raise RuleError("withdrawing an ask needs a reason: it stands with the ask")
    with write_transaction(conn):
        ask = find_ask(conn, ask_id)
        cause = cause_of(conn, ask)
        cause.require_open()
        if is_answered(conn, ask):
            raise RuleError(f"ask {ask.id} was answered already: it stays with its answer")
        if is_withdrawn(conn, ask):
            raise RuleError(f"ask {ask.id} was withdrawn already")
        add_step(conn, ask, "withdrawn", actor=actor, note_text=why)
        detail = {"ask": ask.id, "reason": why}
        cause.note(conn, actor=actor, kind="custodian ask withdrawn", detail=detail)
    return ask


def find_ask(conn: sqlite3.Connection, ask_id: int) -> Ask:
    """The ask of that number. Raises InputError where there is none."""
    found = row(conn, f"SELECT {_COLUMNS} FROM custodian_asks WHERE id = ?", ask_id)
    if found is None:
        raise InputError(f"no custodian was asked under {ask_id}: see `archiver custodians list`")
    return Ask(*found)


def ask_of(conn: sqlite3.Connection, number: str, ask_id: int) -> Ask:
    """An ask of one request. Raises InputError where the request has none such."""
    request = get_request(conn, number)
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM custodian_asks WHERE request_id = ? AND id = ?",
        *(request.id, ask_id),
    )
    if found is None:
        raise InputError(f"request {request.number} has no ask {ask_id}")
    return Ask(*found)


def asks_of(conn: sqlite3.Connection, request: Request) -> list[Ask]:
    """Whom a request asked, in the order they were asked."""
    found = rows(
        conn, f"SELECT {_COLUMNS} FROM custodian_asks WHERE request_id = ? ORDER BY id", request.id
    )
    return [Ask(*each) for each in found]


def ask_of_hold(conn: sqlite3.Connection, hold_id: int, ask_id: int) -> Ask:
    """An ask of one hold. Raises InputError where the hold has none such."""
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM custodian_asks WHERE hold_id = ? AND id = ?",
        *(hold_id, ask_id),
    )
    if found is None:
        raise InputError(f"hold {hold_id} has no ask {ask_id}")
    return Ask(*found)


def asks_about(conn: sqlite3.Connection, cause: Cause) -> list[Ask]:
    """Whom a request or hold asked, in the order they were asked."""
    if cause.request is not None:
        return asks_of(conn, cause.request)
    assert cause.hold is not None
    found = rows(
        conn, f"SELECT {_COLUMNS} FROM custodian_asks WHERE hold_id = ? ORDER BY id", cause.hold.id
    )
    return [Ask(*each) for each in found]


def asks_for(conn: sqlite3.Connection, login: str) -> list[Ask]:
    """What a person who signs in was asked for open requests and holds and may answer, the most
    urgent first; what was withdrawn is gone from it."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM custodian_asks WHERE login = ? "
        f"AND {_OPEN} "
        "AND id NOT IN (SELECT ask_id FROM custodian_steps WHERE what = 'withdrawn') "
        "ORDER BY due_on, id",
        login,
    )
    return [Ask(*each) for each in found]


def open_asks(conn: sqlite3.Connection) -> list[Ask]:
    """The asks of open requests and holds that are made in earnest and wait for an answer, the most
    urgent first."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM custodian_asks WHERE {_OPEN} "
        "AND (request_id IS NULL OR request_id IN (SELECT id FROM requests WHERE practice = 0)) "
        "AND id NOT IN (SELECT ask_id FROM custodian_answers) "
        "AND id NOT IN (SELECT ask_id FROM custodian_steps WHERE what = 'withdrawn') "
        "ORDER BY due_on, id",
    )
    return [Ask(*each) for each in found]


def cause_of(conn: sqlite3.Connection, ask: Ask) -> Cause:
    """The request or hold an ask was made for."""
    found = cause_by_ids(conn, ask.request_id, ask.hold_id)
    assert found is not None
    return found


def steps_of(conn: sqlite3.Connection, ask: Ask) -> list[Step]:
    """What was done about an ask, oldest first."""
    found = rows(conn, "SELECT * FROM custodian_steps WHERE ask_id = ? ORDER BY id", ask.id)
    return [Step(*each) for each in found]


def standing_of(conn: sqlite3.Connection, ask: Ask, today: dt.date) -> Standing:
    """How an ask stands on a day of the agency's zone."""
    if is_answered(conn, ask):
        return Standing.ANSWERED
    if is_withdrawn(conn, ask):
        return Standing.WITHDRAWN
    if ask.due_on < today.isoformat():
        return Standing.OVERDUE
    return Standing.REMINDED if _has_step(conn, ask, "reminded") else Standing.ASKED


def is_answered(conn: sqlite3.Connection, ask: Ask) -> bool:
    """Whether the custodian answered at least once."""
    return row(conn, "SELECT 1 FROM custodian_answers WHERE ask_id = ?", ask.id) is not None


def is_withdrawn(conn: sqlite3.Connection, ask: Ask) -> bool:
    """Whether the ask was withdrawn."""
    return _has_step(conn, ask, "withdrawn")


def today_in(settings: Settings) -> dt.date:
    """The day it is in the agency's zone."""
    return clock.local_day(clock.now_text(), settings.time_zone)


def add_step(
    conn: sqlite3.Connection, ask: Ask, what: str, *, actor: str, note_text: str = ""
) -> None:
    """Write down a step, in the caller's transaction."""
    conn.execute(
        "INSERT INTO main.custodian_steps (ask_id, at, actor, what, note) VALUES (?, ?, ?, ?, ?)",
        (ask.id, clock.now_text(), actor, what, note_text),
    )


def _has_step(conn: sqlite3.Connection, ask: Ask, what: str) -> bool:
    sql = "SELECT 1 FROM custodian_steps WHERE ask_id = ? AND what = ?"
    return row(conn, sql, ask.id, what) is not None


def _checked(wanted: NewAsk, today: dt.date) -> dict[str, str | None]:
    name = line_of("the custodian's name", wanted.name)
    department = line_of("the department", wanted.department)
    scope = block_of("what is asked for", wanted.scope)
    if not name or not department:
        raise InputError("name the custodian and the department")
    if not scope:
        raise InputError("say in words what the custodian is to look for")
    if wanted.due_on < today:
        raise InputError("the day it is due lies in the past: give a day that is still to come")
    start, end = wanted.start_day, wanted.end_day
    if start is not None and end is not None and start > end:
        raise InputError("the first day lies after the last: exchange them")
    return {
        "name": name,
        "title": line_of("the title", wanted.title),
        "department": department,
        "email": read_address(wanted.email) if wanted.email.strip() else "",
        "login": wanted.login.strip() or None,
        "scope": scope,
        "accounts": block_of("the accounts", wanted.accounts),
        "devices": block_of("the devices", wanted.devices),
        "start_day": start.isoformat() if start else None,
        "end_day": end.isoformat() if end else None,
        "due_on": wanted.due_on.isoformat(),
    }


def _same(ask: Ask, values: Mapping[str, str | None]) -> bool:
    return all(getattr(ask, name) == value for name, value in values.items())

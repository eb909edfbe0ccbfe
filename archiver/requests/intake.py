"""Logging a request: its number, its words as they came, its status and its history."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.office import audit, detail_text
from archiver.requests.timing.remembering import remember
from archiver.retention.covering import accounts_once_held, add_account
from archiver.retention.holds import (
    Hold,
    HoldKind,
    hold_records,
    keep_until,
    open_hold,
    place_hold,
)

CHANNELS = ("email", "counter", "phone", "mail", "form", "direct message", "post", "fax", "other")
PRACTICE_PREFIX = "PRACTICE"
_LONGEST = 1_000_000
_FIRST_YEAR = 1968


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Times are UTC. `verbatim` is as received and never changes; `scope` is how the
    city understands it. `requester` and `contact` may be None: a request needs no name, and its
    purpose is never asked (Gov. Code § 7921.300). A `practice` request is for learning: nobody made
    it, it has a number of its own sort, holds nothing and counts nowhere."""

    id: int
    number: str
    year: int
    sequence: int
    received_at: str
    channel: str
    requester: str | None
    contact: str | None
    verbatim: str
    scope: str
    status: str
    created_at: str
    created_by: str
    closed_at: str | None
    closed_reason: str | None
    practice: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is still worked on."""
        return self.status == "open"


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One step in a request's history; `at` is UTC."""

    id: int
    at: str
    actor: str
    kind: str
    detail: Mapping[str, Any] | None


_COLUMNS = ", ".join(field.name for field in fields(Request))


def new_request(
    conn: sqlite3.Connection,
    settings: Settings,
    *,
    actor: str,
    received_at: str,
    channel: str,
    verbatim: str,
    requester: str | None = None,
    contact: str | None = None,
    scope: str = "",
    practice: bool = False,
    also: Callable[[sqlite3.Connection, Request], None] | None = None,
) -> Request:
    """Log a request under the next number of the year it was received in (the agency's time).

    `received_at` is UTC text; the moment it reached the city, on whatever channel. `also` does, in
    the same transaction, what belongs to the request from its first moment. Raises InputError where
    a value cannot be used or the moment lies ahead.
    """
    if channel not in CHANNELS:
        raise InputError(f"channel is not known: use one of {', '.join(CHANNELS)}")
    received = _received(received_at)
    words = _text("the request's words", verbatim)
    if not words.strip():
        raise InputError("the request is empty: write down what was asked, as it was asked")
    understood = _text("scope", scope)
    year = clock.local_day(received, settings.time_zone).year
    with write_transaction(conn):
        sequence = _next(conn, year, practice=practice)
        prefix = PRACTICE_PREFIX if practice else settings.request_prefix
        number = request_number(prefix, year, abs(sequence))
        conn.execute(
            "INSERT INTO requests (number, year, sequence, received_at, channel, requester, "
            "contact, verbatim, scope, created_at, created_by, practice) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                year,
                sequence,
                received,
                channel,
                _name("requester", requester),
                _name("contact", contact),
                words,
                understood,
                clock.now_text(),
                actor,
                practice,
            ),
        )
        request = get_request(conn, number)
        note(conn, request, actor=actor, kind="received", detail={"channel": channel})
        remember(conn, settings, request, why="counted when it was logged")
        if also is not None:
            also(conn, request)
    return request


def _next(conn: sqlite3.Connection, year: int, *, practice: bool) -> int:
    """The year's next sequence; practice requests count downwards, so they take none of it."""
    outermost = "min" if practice else "max"
    found = row(
        conn,
        f"SELECT {outermost}(sequence) AS last FROM requests WHERE year = ? AND practice = ?",
        *(year, practice),
    )
    last = (found["last"] or 0) if found else 0
    return int(last - 1 if practice else last + 1)


def request_number(prefix: str, year: int, sequence: int) -> str:
    """The number of a request: ``2026-0041``, after the city's prefix where it has one."""
    joint = "-" if prefix and prefix[-1].isalnum() else ""
    return f"{prefix}{joint}{year}-{sequence:04d}"


def get_request(conn: sqlite3.Connection, number: str) -> Request:
    """The request of that number, with or without the prefix.

    Raises InputError where there is none.
    """
    text = number.strip()
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM requests WHERE number = ?1 COLLATE NOCASE "
        "OR (practice = 0 AND printf('%d-%04d', year, sequence) = ?1)",
        text,
    )
    if not found:
        raise InputError(f"no request {text!r}: see `archiver requests list`")
    return _request(found[0])


def list_requests(
    conn: sqlite3.Connection, *, include_closed: bool = True, practice: bool = False
) -> list[Request]:
    """All requests, open ones first, the longest waiting first; or all those made for practice."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM requests WHERE (? OR status = 'open') AND practice = ? "
        "ORDER BY status = 'closed', received_at, id",
        *(include_closed, practice),
    )
    return [_request(each) for each in found]


def open_requests(conn: sqlite3.Connection) -> list[Request]:
    """Everything records can be added to: the open requests, then those open for practice."""
    return [
        *list_requests(conn, include_closed=False),
        *list_requests(conn, include_closed=False, practice=True),
    ]


def _request(found: sqlite3.Row) -> Request:
    values = dict(found)
    return Request(**{**values, "practice": bool(values["practice"])})


def closed_requests(conn: sqlite3.Connection, *, limit: int, start: int = 0) -> list[Request]:
    """Closed requests, the one closed last first, as many as `limit` after the first `start`."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM requests WHERE status = 'closed' AND sequence > 0 "
        "ORDER BY closed_at DESC, id DESC LIMIT ? OFFSET ?",
        *(limit, start),
    )
    return [_request(each) for each in found]


def count_closed(conn: sqlite3.Connection) -> int:
    """How many requests are closed."""
    counted = "SELECT count(*) AS n FROM requests WHERE status = 'closed' AND sequence > 0"
    found = row(conn, counted)
    return int(found["n"]) if found else 0


def change_scope(conn: sqlite3.Connection, number: str, *, actor: str, scope: str) -> Request:
    """Write down how the city understands the request; the words as received stay beside it."""
    understood = _text("scope", scope)
    with write_transaction(conn):
        request = get_request(conn, number)
        if request.scope == understood:
            return request
        conn.execute("UPDATE requests SET scope = ? WHERE id = ?", (understood, request.id))
        detail = {"from": request.scope, "to": understood}
        note(conn, request, actor=actor, kind="scope changed", detail=detail)
    return get_request(conn, number)


def correct_received(
    conn: sqlite3.Connection, number: str, *, actor: str, received_at: str, reason: str
) -> Request:
    """Correct the moment of receipt. The number stays; the dates move, and the history says why.

    Raises RuleError without a reason: the clock of § 7922.535 runs from that moment.
    """
    if not reason.strip():
        raise RuleError("correcting the time of receipt moves the legal date: give the reason")
    received = _received(received_at)
    with write_transaction(conn):
        request = get_request(conn, number)
        conn.execute("UPDATE requests SET received_at = ? WHERE id = ?", (received, request.id))
        detail = {"from": request.received_at, "to": received, "reason": reason}
        note(conn, request, actor=actor, kind="receipt corrected", detail=detail)
    return get_request(conn, number)


def files_to_take_in(conn: sqlite3.Connection, request_id: int) -> int:
    """How many files that custodians or departments handed in are not records yet; 0 for practice,
    of which nothing becomes a record."""
    found = row(
        conn,
        "SELECT count(*) AS files FROM handed_in_files AS files "
        "JOIN requests ON requests.id = request_id WHERE request_id = ? AND practice = 0 "
        "AND NOT EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id)",
        request_id,
    )
    return 0 if found is None else int(found["files"])


def close_request(
    conn: sqlite3.Connection, number: str, *, settings: Settings, actor: str, reason: str
) -> Request:
    """Close a request. What it holds stays held for `hold_days_after_close` days more, and then
    until a person releases the hold.

    Raises RuleError where no reason is given, it is closed already, or a file that was handed in
    for it is not in the archive yet.
    """
    if not reason.strip():
        raise RuleError("closing a request needs a reason")
    with write_transaction(conn):
        request = open_request(conn, number)
        if files_to_take_in(conn, request.id):
            raise RuleError(
                f"files were handed in for request {request.number} that are not in the archive "
                "yet: take them in first, on the request's page or with `archiver custodians "
                "take-in`"
            )
        conn.execute(
            "UPDATE requests SET status = 'closed', closed_at = ?, closed_reason = ? WHERE id = ?",
            (clock.now_text(), reason, request.id),
        )
        hold = open_hold(conn, HoldKind.REQUEST, request.number)
        if hold is not None:
            keep_until(conn, hold, _look_back(settings), actor=actor)
        note(conn, request, actor=actor, kind="closed", detail={"reason": reason})
    return get_request(conn, number)


def reopen_request(conn: sqlite3.Connection, number: str, *, actor: str, reason: str) -> Request:
    """Open a closed request again, and hold again what it touches where that had been released.

    Raises RuleError where no reason is given or it is open.
    """
    if not reason.strip():
        raise RuleError("reopening a request needs a reason")
    with write_transaction(conn):
        request = get_request(conn, number)
        if request.is_open:
            raise RuleError(f"request {request.number} is open already")
        conn.execute(
            "UPDATE requests SET status = 'open', closed_at = NULL, closed_reason = NULL "
            "WHERE id = ?",
            (request.id,),
        )
        touched = conn.execute(
            "SELECT file, record_id FROM request_items WHERE request_id = ?1 "
            "UNION SELECT file, record_id FROM request_sources WHERE request_id = ?1",
            (request.id,),
        ).fetchall()
        hold = open_hold(conn, HoldKind.REQUEST, request.number)
        if hold is not None:
            keep_until(conn, hold, None, actor=actor)
        hold_touched(conn, request, [(each[0], each[1]) for each in touched], actor=actor)
        people = accounts_once_held(conn, HoldKind.REQUEST, request.number, "lists")
        if people:
            again = _hold_of(conn, request, actor)
            for account_id in people:
                add_account(conn, again, account_id, "lists", actor=actor)
        note(conn, request, actor=actor, kind="reopened", detail={"reason": reason})
    return get_request(conn, number)


def hold_touched(
    conn: sqlite3.Connection, request: Request, touched: Sequence[tuple[str, int]], *, actor: str
) -> int:
    """Hold records, as (file, record id), for an open request; how many were not held by it before.
    Practice holds nothing.

    Runs inside the caller's transaction.
    """
    if not touched or request.practice:
        return 0
    return hold_records(conn, _hold_of(conn, request, actor), touched, actor=actor)


def hold_people(
    conn: sqlite3.Connection, number: str, account_ids: Sequence[int], *, actor: str
) -> Request:
    """Hold, for an open request, what of accounts (register ids) is no record: their lists of
    people, the downloads they were imported from, and what in them could not be read.

    Raises RuleError where the request is closed or for practice, InputError where an account is not
    there.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        if request.practice:
            raise RuleError(f"{request.number} is for practice and holds nothing")
        hold_lists(conn, request, account_ids, actor=actor)
        note(conn, request, actor=actor, kind="people held", detail={"accounts": [*account_ids]})
    return request


def hold_lists(
    conn: sqlite3.Connection, request: Request, account_ids: Sequence[int], *, actor: str
) -> None:
    """Hold the lists of accounts for an open request, in the caller's transaction.

    Raises InputError where an account is not in the register.
    """
    hold = _hold_of(conn, request, actor)
    for account_id in account_ids:
        add_account(conn, hold, account_id, "lists", actor=actor)


def _hold_of(conn: sqlite3.Connection, request: Request, actor: str) -> Hold:
    return place_hold(
        conn,
        actor=actor,
        kind=HoldKind.REQUEST,
        reference=request.number,
        reason="an open records request holds what it touches",
    )


def _look_back(settings: Settings) -> str:
    """The moment from which the hold of a request closed now may be released: the beginning of a
    day of the agency's zone."""
    closed = clock.local_day(clock.now_text(), settings.time_zone)
    days = dt.timedelta(days=settings.retention.hold_days_after_close)
    return clock.start_of_day(closed + days, settings.time_zone)


def open_request(conn: sqlite3.Connection, number: str) -> Request:
    """The request of that number. Raises RuleError where it is closed."""
    request = get_request(conn, number)
    if not request.is_open:
        raise RuleError(f"request {request.number} is closed: reopen it first")
    return request


def note(
    conn: sqlite3.Connection,
    request: Request,
    *,
    actor: str,
    kind: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a step to the request's history and its audit row, in the caller's transaction.

    The audit row names the step only: what was asked and understood stays with the request.
    """
    conn.execute(
        "INSERT INTO request_events (request_id, at, actor, kind, detail) VALUES (?, ?, ?, ?, ?)",
        (request.id, clock.now_text(), actor, kind, detail_text(detail)),
    )
    audit(conn, actor=actor, action=f"request {kind}", subject=f"request {request.number}")


def events_of(conn: sqlite3.Connection, number: str) -> list[RequestEvent]:
    """The request's history, oldest first."""
    request = get_request(conn, number)
    found = rows(
        conn,
        "SELECT id, at, actor, kind, detail FROM request_events WHERE request_id = ? ORDER BY id",
        request.id,
    )
    return [
        RequestEvent(
            event["id"],
            event["at"],
            event["actor"],
            event["kind"],
            None if event["detail"] is None else msgspec.json.decode(event["detail"]),
        )
        for event in found
    ]


def _received(text: str) -> str:
    try:
        moment = clock.parse(text)
    except ValueError:
        raise InputError(
            "the time of receipt is no time with a zone: write it like 2026-11-16T09:12:00-08:00"
        ) from None
    if moment.year < _FIRST_YEAR:
        raise InputError(
            f"the time of receipt lies before {_FIRST_YEAR}, the year of the Public Records Act: "
            "check the year"
        )
    if moment > clock.now() + dt.timedelta(minutes=1):
        raise InputError("the time of receipt lies ahead: check the date and the machine's clock")
    return clock.to_text(moment)


def _text(what: str, text: str) -> str:
    if len(text) > _LONGEST:
        raise InputError(f"{what}: more than a million characters; attach it as a file instead")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{what}: holds characters that are no text; copy it again") from None
    if "\0" in text:
        raise InputError(f"{what}: holds NUL characters; copy it again")
    return text


def _name(what: str, text: str | None) -> str | None:
    line = " ".join(_text(what, text or "").split())
    return line or None

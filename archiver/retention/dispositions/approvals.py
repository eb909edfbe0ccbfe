"""Approvals of a batch: who, with which document, on which day. Append-only.

An approval is taken back by a withdrawal with a reason, as long as execution has not begun; both
stay to be seen.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.clock import local_day, now_text
from archiver.config import Home, Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.accounts import Account, list_accounts
from archiver.register.names import key
from archiver.retention.dispositions.batches import Batch, get_batch, note, require_open
from archiver.retention.dispositions.documents import Document, keep_document
from archiver.retention.dispositions.routes import (
    Approval,
    approval_kind,
    find_route,
    required,
)

LONGEST = 500
NO_DEPARTMENT = "(not in the register)"
"""Stands for the department of records whose account the register no longer knows."""


@dataclass(frozen=True, slots=True)
class Given:
    """An approval as recorded. `title` and `number` are the document's, `dated_on` its day,
    `name` and `position` who gave it; `document` is the hash of the file kept, if one is.
    `withdrawn_at` is set where it was taken back."""

    id: int
    kind: str
    department: str
    title: str
    number: str
    dated_on: str
    name: str
    position: str
    ayes: int | None
    seats: int | None
    document: str | None
    media_type: str | None
    recorded_at: str
    recorded_by: str
    withdrawn_at: str | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """An approval that is not there: its kind, for which department, and who can give it."""

    kind: str
    title: str
    by: str
    department: str = ""

    @property
    def words(self) -> str:
        """In words: what is missing, and whose it is."""
        whose = f" of {self.department}" if self.department else ""
        title = "Agreement" if self.department else self.title
        return f"{title[:1].lower()}{title[1:]}{whose} (by {self.by})"


def approve(
    home: Home,
    conn: sqlite3.Connection,
    settings: Settings,
    accounts: Sequence[Account],
    number: str,
    kind: str,
    *,
    actor: str,
    may: Collection[str],
    name: str,
    position: str,
    on: dt.date,
    title: str = "",
    document_number: str = "",
    department: str = "",
    votes: tuple[int, int] | None = None,
    file: Path | None = None,
) -> Given:
    """Record an approval of a batch.

    `may` are the permissions of whoever records it (none on the command line); `name` and
    `position` are of whoever gave it, `votes` is ayes and seats. Raises RuleError where the route
    does not ask for it, it cannot be given by this person without its document, or its day lies
    ahead or before the list was frozen; InputError where a value is missing or cannot be used.
    """
    batch = require_open(get_batch(conn, number), "approve it")
    asked = approval_kind(kind)
    if asked not in required(find_route(batch.route), batch.act):
        codes = ", ".join(each.code for each in required(find_route(batch.route), batch.act))
        raise RuleError(f"{batch.number} needs no {kind}: its route asks for {codes}")
    department = _department(conn, batch, accounts, asked, department)
    words = [_words(each, what) for each, what in ((name, "name"), (position, "position"))]
    title, document_number = title.strip()[:LONGEST], document_number.strip()[:LONGEST]
    _check_day(settings, batch, asked, on)
    if asked.numbered and not document_number:
        raise InputError(f"give the number of the {asked.title[:1].lower()}{asked.title[1:]}")
    if asked.four_fifths:
        _check_votes(votes)
    at_desk = bool(asked.permission) and asked.permission in may
    if asked.document and file is None and not at_desk:
        raise RuleError(
            f"{asked.title}: only {asked.by} can give it at the desk; whoever else records it "
            "files the signed document"
        )
    kept = None if file is None else keep_document(home, file)
    with write_transaction(conn):
        batch = require_open(get_batch(conn, number), "approve it")
        return _record(
            conn,
            batch,
            kind,
            department,
            (title or asked.title, document_number),
            on,
            (words[0], words[1]),
            votes,
            kept,
            actor,
        )


def ask(conn: sqlite3.Connection, number: str, kind: str, *, actor: str, of: str = "") -> Missing:
    """Note that somebody was asked for an approval, or reminded of it; what is missing.

    `of` names the department. Raises RuleError where nothing of that kind is missing.
    """
    with write_transaction(conn):
        batch = require_open(get_batch(conn, number), "ask for an approval")
        for one in missing(conn, batch, list_accounts(conn)):
            if one.kind == kind and (not of or key(one.department) == key(of)):
                detail = {"kind": one.kind, "department": one.department}
                note(conn, batch, "asked", actor=actor, detail=detail)
                return one
    raise RuleError(
        f"{batch.number} lacks no {approval_kind(kind).title[:1].lower()}"
        f"{approval_kind(kind).title[1:]}"
    )


def withdraw_approval(
    conn: sqlite3.Connection, number: str, approval_id: int, *, actor: str, reason: str
) -> Given:
    """Take an approval back, before execution. Raises RuleError where it is too late or no reason
    is given, InputError where the batch has no such approval."""
    if not reason.strip():
        raise RuleError("withdrawing an approval takes a reason")
    with write_transaction(conn):
        batch = require_open(get_batch(conn, number), "withdraw an approval")
        found = next((each for each in given(conn, batch) if each.id == approval_id), None)
        if found is None:
            raise InputError(f"{batch.number} has no approval {approval_id}")
        if found.withdrawn_at is not None:
            raise RuleError(f"approval {approval_id} of {batch.number} is withdrawn already")
        conn.execute(
            "INSERT INTO disposition_withdrawals (approval_id, reason, withdrawn_at, withdrawn_by) "
            "VALUES (?, ?, ?, ?)",
            (approval_id, reason.strip(), now_text(), actor),
        )
        detail = {"approval": approval_id, "kind": found.kind, "reason": reason.strip()}
        note(conn, batch, "approval withdrawn", actor=actor, detail=detail)
    return next(each for each in given(conn, batch) if each.id == approval_id)


def given(conn: sqlite3.Connection, batch: Batch) -> list[Given]:
    """Every approval of a batch, oldest first, withdrawn ones too."""
    found = rows(
        conn,
        """
        SELECT a.id, kind, department, title, number, dated_on, name, position, ayes, seats,
            document, media_type, recorded_at, recorded_by, withdrawn_at, withdrawn_by, reason
        FROM disposition_approvals AS a
        LEFT JOIN disposition_withdrawals AS w ON w.approval_id = a.id
        WHERE batch_id = ? ORDER BY a.id
        """,
        batch.id,
    )
    return [Given(*each) for each in found]


def standing(conn: sqlite3.Connection, batch: Batch) -> list[Given]:
    """The approvals that stand."""
    return [each for each in given(conn, batch) if each.withdrawn_at is None]


def missing(conn: sqlite3.Connection, batch: Batch, accounts: Sequence[Account]) -> list[Missing]:
    """The approvals a batch lacks, in the order its route names them."""
    stand = standing(conn, batch)
    lacking = []
    for asked in required(find_route(batch.route), batch.act):
        if asked.each_department:
            agreed = {key(each.department) for each in stand if each.kind == asked.code}
            lacking += [
                Missing(asked.code, asked.title, asked.by, department)
                for department in departments(conn, batch, accounts)
                if key(department) not in agreed
            ]
        elif not any(each.kind == asked.code for each in stand):
            lacking.append(Missing(asked.code, asked.title, asked.by))
    return lacking


def departments(conn: sqlite3.Connection, batch: Batch, accounts: Sequence[Account]) -> list[str]:
    """The departments whose records are (still) in a batch, by name."""
    named = {account.id: account.department for account in accounts}
    found = rows(
        conn,
        "SELECT DISTINCT account_id FROM disposition_items WHERE batch_id = ? "
        "AND outcome IS NOT 'kept'",
        batch.id,
    )
    ids = [each["account_id"] for each in found if each["account_id"]]
    return sorted({named.get(number, NO_DEPARTMENT) for number in ids})


def document_of(approval: Given) -> Document | None:
    """The document kept with an approval."""
    if approval.document is None or approval.media_type is None:
        return None
    return Document(approval.document, approval.media_type)


def _record(
    conn: sqlite3.Connection,
    batch: Batch,
    kind: str,
    department: str,
    document: tuple[str, str],
    on: dt.date,
    who: tuple[str, str],
    votes: tuple[int, int] | None,
    kept: Document | None,
    actor: str,
) -> Given:
    ayes, seats = votes or (None, None)
    cursor = conn.execute(
        "INSERT INTO disposition_approvals (batch_id, kind, department, title, number, dated_on, "
        "name, position, ayes, seats, document, media_type, recorded_at, recorded_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(batch.id, kind, department, *document, on.isoformat(), *who, ayes, seats),
            *((kept.sha256, kept.media_type) if kept else (None, None)),
            *(now_text(), actor),
        ),
    )
    detail = {"kind": kind, "department": department, "number": document[1], "name": who[0]}
    note(conn, batch, "approved", actor=actor, detail=detail)
    found = row(conn, "SELECT id FROM disposition_approvals WHERE id = ?", cursor.lastrowid)
    if found is None:
        raise InputError("the approval was not recorded")
    return next(each for each in given(conn, batch) if each.id == found["id"])


def _department(
    conn: sqlite3.Connection,
    batch: Batch,
    accounts: Sequence[Account],
    asked: Approval,
    department: str,
) -> str:
    if not asked.each_department:
        return ""
    known = departments(conn, batch, accounts)
    for each in known:
        if key(each) == key(department):
            return each
    raise InputError(
        f"name the department that agrees: {batch.number} holds records of {', '.join(known)}"
    )


def _words(text: str, what: str) -> str:
    said = " ".join(text.split())[:LONGEST]
    if not said:
        raise InputError(f"an approval names who gives it: the {what} is missing")
    return said


def _check_day(settings: Settings, batch: Batch, asked: Approval, on: dt.date) -> None:
    today = local_day(now_text(), settings.time_zone)
    frozen = local_day(batch.frozen_at, settings.time_zone)
    if on > today:
        raise RuleError(f"{asked.title}: {on} lies ahead; give the day it was made")
    if asked.dated == "after" and on < frozen:
        raise RuleError(
            f"{asked.title}: {on} lies before {frozen}, on which the list of {batch.number} was "
            "frozen: it cannot have approved this list"
        )


def _check_votes(votes: tuple[int, int] | None) -> None:
    if votes is None:
        raise InputError("give the vote, such as 4 of 5: the route asks for four fifths")
    ayes, seats = votes
    if not 0 < ayes <= seats:
        raise InputError(f"{ayes} of {seats} is no vote")
    if ayes * 5 < seats * 4:
        raise RuleError(f"{ayes} of {seats} is less than four fifths of the board")

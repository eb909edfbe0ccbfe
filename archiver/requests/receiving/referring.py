"""The numbers a request bears in other systems: a portal's, a department's, a court's."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver.clock import now, now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.requests.intake import Request, get_request, note

SYSTEMS = ("NextRequest", "GovQA", "JustFOIA", "other")
LONGEST_NUMBER = 100
LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Reference:
    """A request's number in another system; `dated` is the day it bears there, `note` says which
    system "other" is, or what else is to be known."""

    id: int
    system: str
    number: str
    dated: dt.date | None
    note: str
    at: str
    actor: str


def refer(
    conn: sqlite3.Connection,
    number: str,
    *,
    actor: str,
    system: str,
    reference: str,
    dated: dt.date | None = None,
    note_text: str = "",
) -> None:
    """Write down the number a request bears in another system.

    Raises InputError where the system is not known or a value cannot be used.
    """
    with write_transaction(conn):
        enter_reference(
            conn,
            get_request(conn, number),
            actor=actor,
            system=system,
            reference=reference,
            dated=dated,
            note_text=note_text,
        )


def enter_reference(
    conn: sqlite3.Connection,
    request: Request,
    *,
    actor: str,
    system: str,
    reference: str,
    dated: dt.date | None = None,
    note_text: str = "",
) -> None:
    """As `refer`, inside the caller's transaction."""
    if system not in SYSTEMS:
        raise InputError(f"that system is not known: use one of {', '.join(SYSTEMS)}")
    line = " ".join(reference.split())
    if not line or len(line) > LONGEST_NUMBER:
        raise InputError(f"a number of another system has 1 to {LONGEST_NUMBER} letters")
    told = " ".join(note_text.split())
    if len(told) > LONGEST_NOTE:
        raise InputError(f"the note is longer than {LONGEST_NOTE} letters: shorten it")
    if system == "other" and not told:
        raise InputError("say in the note which other system the number is of")
    if dated is not None and dated > now().date() + dt.timedelta(days=1):
        raise InputError(f"the day of that number, {dated}, lies ahead: check it")
    conn.execute(
        "INSERT INTO request_references (request_id, system, number, dated, note, at, actor) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (request.id, system, line, dated.isoformat() if dated else None, told, now_text(), actor),
    )
    detail = {"system": system, "number": line}
    note(conn, request, actor=actor, kind="other number added", detail=detail)


def take_back_reference(
    conn: sqlite3.Connection, number: str, reference_id: int, *, actor: str
) -> None:
    """Take a number of another system back; the history keeps it.

    Raises InputError where the request has none such.
    """
    with write_transaction(conn):
        request = get_request(conn, number)
        found = row(conn, f"{_STANDING} AND r.id = ?2", request.id, reference_id)
        if found is None:
            raise InputError(f"request {request.number} has no such number: open the page again")
        conn.execute(
            "INSERT INTO request_references (request_id, system, number, dated, note, takes_back, "
            "at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(request.id, found["system"], found["number"], found["dated"], found["note"]),
                *(reference_id, now_text(), actor),
            ),
        )
        detail = {"system": found["system"], "number": found["number"]}
        note(conn, request, actor=actor, kind="other number taken back", detail=detail)


_STANDING = """
    SELECT r.* FROM request_references AS r WHERE r.request_id = ?1 AND r.takes_back IS NULL
        AND NOT EXISTS (SELECT 1 FROM request_references AS later WHERE later.takes_back = r.id)
"""


def references_of(conn: sqlite3.Connection, request: Request) -> list[Reference]:
    """The numbers of other systems that stand, in the order they were entered."""
    return [
        Reference(
            each["id"],
            each["system"],
            each["number"],
            dt.date.fromisoformat(each["dated"]) if each["dated"] else None,
            each["note"],
            each["at"],
            each["actor"],
        )
        for each in rows(conn, f"{_STANDING} ORDER BY r.id", request.id)
    ]

"""Taking back an extension or a determination that was written down in error. What was sent to the
requester stays sent; only the book is mended, and it keeps what it said."""

from __future__ import annotations

import sqlite3

from archiver import clock
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.errors import BusyError, InputError
from archiver.requests.intake import note, open_request
from archiver.requests.timing.remembering import remember

STEPS = ("extension", "determination")


def take_back(
    conn: sqlite3.Connection,
    settings: Settings,
    number: str,
    *,
    actor: str,
    step: str,
    step_id: int,
    reason: str,
) -> None:
    """Take back a step of an open request, by its id; the dates are counted without it from now on.

    Raises InputError without a reason or where it is no such step, RuleError where the request is
    closed, BusyError where it was taken back already.
    """
    if step not in STEPS:
        raise InputError(f"{step!r} cannot be taken back: choose {' or '.join(STEPS)}")
    if not reason.strip():
        raise InputError("say why it was written down in error")
    with write_transaction(conn):
        request = open_request(conn, number)
        written = f"SELECT 1 FROM request_{step}s WHERE id = ? AND request_id = ?"
        if row(conn, written, step_id, request.id) is None:
            raise InputError(f"request {request.number} has no such {step}: nothing was taken back")
        if row(conn, f"SELECT 1 FROM standing_{step}s WHERE id = ?", step_id) is None:
            raise BusyError(f"that {step} was taken back already: look at the request again")
        conn.execute(
            "INSERT INTO request_steps_taken_back (request_id, step, step_id, at, actor, reason) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (request.id, step, step_id, clock.now_text(), actor, reason.strip()),
        )
        detail = {"reason": reason.strip()}
        note(conn, request, actor=actor, kind=f"{step} taken back", detail=detail)
        remember(conn, settings, request, why=f"{step} taken back")

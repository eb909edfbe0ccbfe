"""Time spent on a request: measured so that the city knows its work, and never charged.

Only the direct costs of duplication may be (Gov. Code § 7922.530(a)).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.requests.intake import Request, get_request, note

NEVER_CHARGED = "Never charged: only copying may cost the requester anything (GC 7922.530(a))."
_LONGEST = 24 * 60


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes somebody worked on a request, and at what; a negative number takes back a slip."""

    id: int
    request_id: int
    at: str
    actor: str
    minutes: int
    what: str


def log_time(
    conn: sqlite3.Connection, number: str, *, actor: str, minutes: int, what: str
) -> Effort:
    """Write down minutes spent on a request, open or closed.

    A negative number corrects an entry that was too long. Raises InputError where the number is
    nought or more than a day, nothing says what was done, or the sum would fall below nought.
    """
    if minutes == 0 or abs(minutes) > _LONGEST:
        raise InputError("minutes are between 1 and 1,440, a day; with a minus to take back a slip")
    if not what.strip():
        raise InputError("say what the time was spent on, in a few words")
    with write_transaction(conn):
        request = get_request(conn, number)
        if time_spent(conn, request) + minutes < 0:
            raise InputError("that takes back more minutes than were written down")
        conn.execute(
            "INSERT INTO request_time (request_id, at, actor, minutes, what) "
            "VALUES (?, ?, ?, ?, ?)",
            (request.id, clock.now_text(), actor, minutes, what.strip()),
        )
        note(conn, request, actor=actor, kind="time logged", detail={"minutes": minutes})
        return efforts_of(conn, request)[-1]


def efforts_of(conn: sqlite3.Connection, request: Request) -> list[Effort]:
    """Every entry of a request, oldest first."""
    found = rows(conn, "SELECT * FROM request_time WHERE request_id = ? ORDER BY id", request.id)
    return [Effort(**dict(each)) for each in found]


def time_spent(conn: sqlite3.Connection, request: Request) -> int:
    """The minutes of a request together."""
    found = row(
        conn,
        "SELECT coalesce(sum(minutes), 0) AS minutes FROM request_time WHERE request_id = ?",
        request.id,
    )
    return int(found["minutes"]) if found else 0

"""A person's own sessions: seen, and ended one by one or all the others at once."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.database import rows, write_transaction
from archiver.staff.people import Person, audit, end_sessions
from archiver.staff.sessions import IDLE


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a person's own list of sessions. `agent` is what the browser called itself."""

    handle: str
    created_at: str
    seen_at: str
    means: str
    agent: str


def list_sessions(connection: sqlite3.Connection, person_id: int, now: dt.datetime) -> list[Listed]:
    """The sessions of a person that stand, the last used first."""
    found = rows(
        connection,
        "SELECT handle, created_at, seen_at, means, agent FROM sessions"
        " WHERE person_id = ? AND revoked_at IS NULL AND expires_at > ? AND seen_at > ?"
        " ORDER BY seen_at DESC, handle",
        *(person_id, clock.to_text(now), clock.to_text(now - IDLE)),
    )
    return [Listed(**dict(each)) for each in found]


def end_session(connection: sqlite3.Connection, person: Person, handle: str) -> bool:
    """End one session of a person by its handle; False where it had ended or is not theirs."""
    with write_transaction(connection):
        ended = connection.execute(
            "UPDATE sessions SET revoked_at = ?"
            " WHERE person_id = ? AND handle = ? AND revoked_at IS NULL",
            (clock.now_text(), person.id, handle),
        ).rowcount
        if ended:
            audit(connection, actor=person.login, action="session-end", subject=person.login)
    return bool(ended)


def end_others(connection: sqlite3.Connection, person: Person, handle: str) -> int:
    """End every session of a person but the one of the handle; how many."""
    with write_transaction(connection):
        ended = end_sessions(connection, person.id, but=handle)
        if ended:
            audit(connection, actor=person.login, action="sessions-end", subject=person.login)
    return ended

"""Counting wrong passwords and codes, in staff.db, so that every process of the desk counts one."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3

from archiver import clock
from archiver.database import row
from archiver.staff.people import audit

FAILURES_ALLOWED = 5
LOCKED_FOR = dt.timedelta(minutes=15)
_BUCKETS = 1 << 16

WRONG = "the login or the password is not right: try again"
LOCKED = "too many tries for this login: wait 15 minutes or ask an administrator"


def weigh(
    connection: sqlite3.Connection,
    login: str,
    person_id: int | None,
    *,
    fits: bool,
    now: dt.datetime,
    action: str = "sign-in",
    wrong: str = WRONG,
) -> str | None:
    """None where what was given fits and the login is not locked; else the words of refusal.

    A failure is counted and written down as `action`-failed; the fifth in a row locks the login for
    15 minutes, whether somebody bears it or not. Passwords and codes count together, and only a
    finished sign-in sets the count back (`forgive`). Part of the caller's transaction.
    """
    bucket = _bucket(login)
    if person_id is None:
        state = row(connection, "SELECT * FROM stranger_attempts WHERE bucket = ?", bucket)
    else:
        state = row(connection, "SELECT * FROM people WHERE id = ?", person_id)
    failures = 0 if state is None else int(state["failures"])
    locked_until = None if state is None else state["locked_until"]
    if locked_until is not None:
        if now < clock.parse(locked_until):
            return LOCKED
        failures = 0
    if fits:
        return None
    failures += 1
    until = clock.to_text(now + LOCKED_FOR) if failures >= FAILURES_ALLOWED else None
    if person_id is None:
        connection.execute(
            "INSERT INTO stranger_attempts (bucket, failures, locked_until) VALUES (?, ?, ?)"
            " ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures,"
            " locked_until = excluded.locked_until",
            (bucket, failures, until),
        )
        subject = "unknown login"  # what was typed may be a password
    else:
        connection.execute(
            "UPDATE people SET failures = ?, locked_until = ? WHERE id = ?",
            (failures, until, person_id),
        )
        subject = login
    outcome = "locked" if until else "failed"
    audit(connection, actor="anonymous", action=f"{action}-{outcome}", subject=subject)
    return LOCKED if until else wrong


def forgive(connection: sqlite3.Connection, person_id: int) -> None:
    """Set the count of failures back; part of the caller's transaction."""
    connection.execute(
        "UPDATE people SET failures = 0, locked_until = NULL WHERE id = ?", (person_id,)
    )


def _bucket(login: str) -> int:
    digest = hashlib.sha256(login.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:2], "big") % _BUCKETS

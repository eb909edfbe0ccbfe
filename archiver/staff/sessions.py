"""Signing in, and the sessions that follow: kept on the server, revocable, never readable back."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.database import row, write_transaction
from archiver.errors import RuleError
from archiver.staff import passwords
from archiver.staff.people import Person, audit, end_sessions, person_by_id

FAILURES_ALLOWED = 5
LOCKED_FOR = dt.timedelta(minutes=15)
IDLE = dt.timedelta(minutes=60)
ABSOLUTE = dt.timedelta(hours=12)
_TOUCH = dt.timedelta(minutes=1)
_FORGET = dt.timedelta(days=30)
_BUCKETS = 1 << 16

WRONG = "the login or the password is not right: try again"
LOCKED = "too many tries for this login: wait 15 minutes or ask an administrator"


@dataclass(frozen=True, slots=True)
class Session:
    """What a person who has just signed in is given. `token` is shown once and stored nowhere."""

    token: str
    person: Person
    expires_at: str


def sign_in(
    connection: sqlite3.Connection, login: str, password: str, *, now: dt.datetime
) -> Session:
    """Open a session.

    Raises RuleError with the same words whether the login is unknown, disabled or the password
    wrong; after five failures in a row the login is locked for 15 minutes, known or not.
    """
    login = login.strip().lower()
    found = row(connection, "SELECT id, password_hash FROM people WHERE login = ?", login)
    stored = None if found is None else str(found["password_hash"])
    # The hash takes long: it is worked out before the write lock is taken, and the lock is read
    # again inside, so that guesses sent side by side gain nothing.
    fits = passwords.verify_password(stored, password)
    person_id = None if found is None else int(found["id"])
    with write_transaction(connection):
        refusal = _refusal(connection, login, person_id, stored, fits=fits, now=now)
        if refusal is None and person_id is not None and stored is not None:
            return _open(connection, person_id, stored, password, now)
    raise RuleError(refusal or WRONG)


def session_for(connection: sqlite3.Connection, token: str, now: dt.datetime) -> Person | None:
    """Whose session the token opens, or None: unknown, revoked, an hour idle, 12 hours old."""
    key = _hash(token)
    found = row(connection, "SELECT * FROM sessions WHERE token_hash = ?", key)
    if found is None or found["revoked_at"] is not None:
        return None
    seen = clock.parse(found["seen_at"])
    if now >= clock.parse(found["expires_at"]) or now - seen >= IDLE:
        return None
    person = person_by_id(connection, found["person_id"])
    if person is None or person.disabled_at is not None:
        return None
    if now - seen >= _TOUCH:
        with write_transaction(connection):
            connection.execute(
                "UPDATE sessions SET seen_at = ? WHERE token_hash = ? AND revoked_at IS NULL",
                (clock.to_text(now), key),
            )
    return person


def sign_out(connection: sqlite3.Connection, token: str) -> None:
    """End the session of this token; a token that opens none does nothing."""
    key = _hash(token)
    found = row(
        connection,
        "SELECT p.login FROM sessions s JOIN people p ON p.id = s.person_id"
        " WHERE s.token_hash = ? AND s.revoked_at IS NULL",
        key,
    )
    if found is None:
        return
    with write_transaction(connection):
        connection.execute(
            "UPDATE sessions SET revoked_at = ? WHERE token_hash = ? AND revoked_at IS NULL",
            (clock.now_text(), key),
        )
        audit(connection, actor=found["login"], action="sign-out", subject=found["login"])


def revoke_all(connection: sqlite3.Connection, person: Person, *, actor: str) -> None:
    """End every session of a person, wherever they are signed in."""
    with write_transaction(connection):
        end_sessions(connection, person.id)
        audit(connection, actor=actor, action="sessions-revoke", subject=person.login)


def _refusal(
    connection: sqlite3.Connection,
    login: str,
    person_id: int | None,
    stored: str | None,
    *,
    fits: bool,
    now: dt.datetime,
) -> str | None:
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
    usable = (
        person_id is not None
        and state is not None
        and state["disabled_at"] is None
        and state["password_hash"] == stored
    )
    if fits and usable:
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
    audit(
        connection,
        actor="anonymous",
        action="sign-in-locked" if until else "sign-in-failed",
        subject=subject,
    )
    return LOCKED if until else WRONG


def _open(
    connection: sqlite3.Connection, person_id: int, stored: str, password: str, now: dt.datetime
) -> Session:
    token = secrets.token_urlsafe(32)
    expires = clock.to_text(now + ABSOLUTE)
    connection.execute(
        "DELETE FROM sessions WHERE person_id = ? AND expires_at < ?",
        (person_id, clock.to_text(now - _FORGET)),
    )
    connection.execute(
        "INSERT INTO sessions (token_hash, person_id, created_at, seen_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (_hash(token), person_id, clock.to_text(now), clock.to_text(now), expires),
    )
    connection.execute(
        "UPDATE people SET failures = 0, locked_until = NULL WHERE id = ?", (person_id,)
    )
    if passwords.needs_rehash(stored):
        connection.execute(
            "UPDATE people SET password_hash = ? WHERE id = ?",
            (passwords.rehash(password), person_id),
        )
    person = person_by_id(connection, person_id)
    if person is None:
        raise RuleError(WRONG)
    audit(connection, actor=person.login, action="sign-in", subject=person.login)
    return Session(token=token, person=person, expires_at=expires)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _bucket(login: str) -> int:
    digest = hashlib.sha256(login.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:2], "big") % _BUCKETS

"""Signing in, and the sessions that follow: kept on the server, revocable, never readable back."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.database import row, write_transaction
from archiver.errors import RuleError
from archiver.staff import passwords
from archiver.staff.attempts import WRONG, forgive, weigh
from archiver.staff.people import Person, audit, end_sessions, person_by_id
from archiver.staff.second_factor import Rule, factor_of, use_code

IDLE = dt.timedelta(minutes=60)
ABSOLUTE = dt.timedelta(hours=12)
PENDING_FOR = dt.timedelta(minutes=5)
PASSWORD, CODE, PROXY = "password", "password and code", "the city's sign-on"
PROXY_AND_CODE = "the city's sign-on and code"
_TOUCH = dt.timedelta(minutes=1)
_FORGET = dt.timedelta(days=30)
_AGENT_LENGTH = 200

NO_CODE_WANTED = Rule(asked=False, everybody=False, roles=frozenset())
TOO_LATE = "the sign-in took too long or was finished before: begin again"


@dataclass(frozen=True, slots=True)
class Session:
    """What a person who has just signed in is given. `token` is shown once and stored nowhere."""

    token: str
    person: Person
    expires_at: str


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The first step of a sign-in was right, and a code is asked for: `token` opens nothing but the
    second step, within five minutes, once."""

    token: str


@dataclass(frozen=True, slots=True)
class Current:
    """A session that stands: whose it is, by what means it was opened, and whether its person has
    a second factor. `handle` names it in a list; it opens nothing."""

    person: Person
    handle: str
    means: str
    has_factor: bool


def sign_in(
    connection: sqlite3.Connection,
    login: str,
    password: str,
    *,
    now: dt.datetime,
    rule: Rule = NO_CODE_WANTED,
    agent: str = "",
    instead_of: str = "",
) -> Session | CodeWanted:
    """Open a session, or ask for the code of whoever has a second factor.

    `instead_of` is the token the browser came with: that session ends. Raises RuleError with the
    same words whether the login is unknown, disabled or the password wrong; after five failures in
    a row the login is locked for 15 minutes, known or not.
    """
    login = login.strip().lower()
    found = row(connection, "SELECT id, password_hash FROM people WHERE login = ?", login)
    stored = None if found is None else str(found["password_hash"])
    # The hash takes long: it is worked out before the write lock is taken, and the lock is read
    # again inside, so that guesses sent side by side gain nothing.
    fits = passwords.verify_password(stored, password)
    person_id = None if found is None else int(found["id"])
    with write_transaction(connection):
        usable = fits and _usable(connection, person_id, stored)
        refusal = weigh(connection, login, person_id, fits=usable, now=now)
        if refusal is None and person_id is not None and stored is not None:
            if passwords.needs_rehash(stored):
                connection.execute(
                    "UPDATE people SET password_hash = ? WHERE id = ?",
                    (passwords.rehash(password), person_id),
                )
            if rule.asked and factor_of(connection, person_id).confirmed_at is not None:
                return _wait_for_code(connection, person_id, CODE, now)
            return _open(connection, person_id, PASSWORD, now, agent, instead_of)
    raise RuleError(refusal or WRONG)


def sign_in_vouched(
    connection: sqlite3.Connection,
    login: str,
    *,
    now: dt.datetime,
    rule: Rule = NO_CODE_WANTED,
    agent: str = "",
    instead_of: str = "",
) -> Session | CodeWanted:
    """Open a session for somebody the city's proxy vouches for, or ask for a code as `sign_in`.

    Raises RuleError where nobody may sign in under that login; nobody is ever added here.
    """
    with write_transaction(connection):
        found = row(
            connection, "SELECT id FROM people WHERE login = ? AND disabled_at IS NULL", login
        )
        if found is not None:
            if rule.asked and factor_of(connection, found["id"]).confirmed_at is not None:
                return _wait_for_code(connection, found["id"], PROXY_AND_CODE, now)
            return _open(connection, found["id"], PROXY, now, agent, instead_of)
    raise RuleError("no account of this desk bears that login: ask an administrator")


def finish_sign_in(
    connection: sqlite3.Connection,
    pending: str,
    code: str,
    *,
    keys: Path,
    now: dt.datetime,
    agent: str = "",
    instead_of: str = "",
) -> Session:
    """Open the session of a sign-in that waited for its code.

    Raises RuleError where it waits no longer, the code is wrong or used, or the login is locked.
    """
    with write_transaction(connection):
        found = row(
            connection, "SELECT * FROM pending_sign_ins WHERE token_hash = ?", _hash(pending)
        )
        person = None if found is None else person_by_id(connection, found["person_id"])
        if (
            found is None
            or person is None
            or person.disabled_at is not None
            or now >= clock.parse(found["expires_at"])
        ):
            raise RuleError(TOO_LATE)
        refusal = use_code(connection, person, code, keys=keys, now=now)
        if refusal is None:
            connection.execute("DELETE FROM pending_sign_ins WHERE person_id = ?", (person.id,))
            return _open(connection, person.id, found["means"], now, agent, instead_of)
    raise RuleError(refusal)


def session_for(connection: sqlite3.Connection, token: str, now: dt.datetime) -> Current | None:
    """The session the token opens, or None: unknown, revoked, an hour idle, 12 hours old."""
    key = _hash(token)
    found = row(
        connection,
        "SELECT s.*, EXISTS (SELECT 1 FROM second_factors f WHERE f.person_id = s.person_id"
        " AND f.confirmed_at IS NOT NULL) AS has_factor FROM sessions s WHERE token_hash = ?",
        key,
    )
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
    return Current(person, found["handle"], found["means"], bool(found["has_factor"]))


def check_password(
    connection: sqlite3.Connection, person: Person, password: str, *, now: dt.datetime
) -> None:
    """Ask somebody who is signed in for the password again.

    A wrong one counts as at the sign-in. Raises RuleError where it is wrong or the login locked.
    """
    found = row(connection, "SELECT password_hash FROM people WHERE id = ?", person.id)
    stored = None if found is None else str(found["password_hash"])
    fits = passwords.verify_password(stored, password)
    with write_transaction(connection):
        usable = fits and _usable(connection, person.id, stored)
        refusal = weigh(
            connection,
            person.login,
            person.id,
            fits=usable,
            now=now,
            action="password-check",
            wrong="that is not your password: try again",
        )
    if refusal is not None:
        raise RuleError(refusal)


def change_password(
    connection: sqlite3.Connection,
    person: Person,
    old: str,
    new: str,
    *,
    means: str,
    now: dt.datetime,
    agent: str = "",
) -> Session:
    """Give oneself a new password: every session ends, and a new one by the same `means` is opened.

    Raises RuleError where the old one is wrong or the new one cannot be used.
    """
    check_password(connection, person, old, now=now)
    if new == old:
        raise RuleError("that is the password you have: choose another")
    hashed = passwords.hash_password(new, login=person.login)
    with write_transaction(connection):
        connection.execute("UPDATE people SET password_hash = ? WHERE id = ?", (hashed, person.id))
        end_sessions(connection, person.id)
        audit(connection, actor=person.login, action="password-change", subject=person.login)
        return _open(connection, person.id, means, now, agent, "")


def sign_out(connection: sqlite3.Connection, token: str) -> None:
    """End the session of this token; a token that opens none does nothing."""
    with write_transaction(connection):
        _end(connection, token)


def revoke_all(connection: sqlite3.Connection, person: Person, *, actor: str) -> None:
    """End every session of a person, wherever they are signed in."""
    with write_transaction(connection):
        end_sessions(connection, person.id)
        audit(connection, actor=actor, action="sessions-revoke", subject=person.login)


def _usable(connection: sqlite3.Connection, person_id: int | None, stored: str | None) -> bool:
    """Whether the account may be used, and its password is still the one that was looked at."""
    found = row(
        connection,
        "SELECT 1 FROM people WHERE id = ? AND disabled_at IS NULL AND password_hash = ?",
        person_id,
        stored,
    )
    return found is not None


def _wait_for_code(
    connection: sqlite3.Connection, person_id: int, means: str, now: dt.datetime
) -> CodeWanted:
    token = secrets.token_urlsafe(32)
    connection.execute("DELETE FROM pending_sign_ins WHERE expires_at <= ?", (clock.to_text(now),))
    connection.execute(
        "INSERT INTO pending_sign_ins (token_hash, person_id, means, expires_at)"
        " VALUES (?, ?, ?, ?)",
        (_hash(token), person_id, means, clock.to_text(now + PENDING_FOR)),
    )
    return CodeWanted(token)


def _open(
    connection: sqlite3.Connection,
    person_id: int,
    means: str,
    now: dt.datetime,
    agent: str,
    instead_of: str,
) -> Session:
    if instead_of:
        _end(connection, instead_of)
    token = secrets.token_urlsafe(32)
    expires = clock.to_text(now + ABSOLUTE)
    connection.execute(
        "DELETE FROM sessions WHERE person_id = ? AND expires_at < ?",
        (person_id, clock.to_text(now - _FORGET)),
    )
    connection.execute(
        "INSERT INTO sessions"
        " (token_hash, person_id, created_at, seen_at, expires_at, handle, means, agent)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(_hash(token), person_id, clock.to_text(now), clock.to_text(now), expires),
            *(secrets.token_hex(8), means, agent[:_AGENT_LENGTH]),
        ),
    )
    forgive(connection, person_id)
    person = person_by_id(connection, person_id)
    if person is None:
        raise RuleError(WRONG)
    audit(
        connection,
        actor=person.login,
        action="sign-in",
        subject=person.login,
        detail={"by": means},
    )
    return Session(token=token, person=person, expires_at=expires)


def _end(connection: sqlite3.Connection, token: str) -> None:
    key = _hash(token)
    found = row(
        connection,
        "SELECT p.login FROM sessions s JOIN people p ON p.id = s.person_id"
        " WHERE s.token_hash = ? AND s.revoked_at IS NULL",
        key,
    )
    if found is None:
        return
    connection.execute(
        "UPDATE sessions SET revoked_at = ? WHERE token_hash = ?", (clock.now_text(), key)
    )
    audit(connection, actor=found["login"], action="sign-out", subject=found["login"])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

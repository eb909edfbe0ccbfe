"""Staff accounts: who may sign in at the desk, and with which roles."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from archiver import clock
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.staff.passwords import hash_password
from archiver.staff.roles import ROLES, permissions_of
from archiver.staff.schema import open_staff

__all__ = [
    "Person",
    "add_person",
    "audit",
    "disable",
    "end_sessions",
    "find_person",
    "list_people",
    "open_staff",
    "person_by_id",
    "reset_password",
    "set_departments",
    "set_roles",
]

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff. `disabled_at` is set when the account may no longer sign in;
    `departments` are those whose accounts they are limited to, none where they see all."""

    id: int
    login: str
    name: str
    title: str
    roles: tuple[str, ...]
    created_at: str
    disabled_at: str | None
    departments: tuple[str, ...] = ()

    @property
    def permissions(self) -> frozenset[str]:
        """What the roles may do together."""
        return permissions_of(self.roles)

    def may(self, permission: str) -> bool:
        """Whether one of the roles gives the permission."""
        return permission in self.permissions


def add_person(
    connection: sqlite3.Connection,
    *,
    actor: str,
    login: str,
    name: str,
    title: str,
    roles: Collection[str],
    password: str,
) -> Person:
    """Add a member of staff.

    `login` is lower-cased; 2 to 64 letters, digits and . _ @ + -. Raises InputError where a value
    cannot be used, RuleError where the login is taken or the password too weak.
    """
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InputError(
            "a login has 2 to 64 letters, digits or . _ @ + - and starts with a letter"
        )
    if not name.strip():
        raise InputError(f"{login}: a name is needed, for the audit and the letters")
    wanted = _known(roles)
    hashed = hash_password(password, login=login)
    with write_transaction(connection):
        if row(connection, "SELECT 1 FROM people WHERE login = ?", login):
            raise RuleError(f"the login {login} is taken: choose another or reset its password")
        made = connection.execute(
            "INSERT INTO people (login, name, title, password_hash, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (login, name.strip(), title.strip(), hashed, clock.now_text()),
        )
        connection.executemany(
            "INSERT INTO person_roles (person_id, role) VALUES (?, ?)",
            [(made.lastrowid, role) for role in wanted],
        )
        audit(connection, actor=actor, action="staff-add", subject=login, detail={"roles": wanted})
    return find_person(connection, login)


def find_person(connection: sqlite3.Connection, login: str) -> Person:
    """The member of staff with that login. Raises InputError where there is none."""
    found = row(connection, "SELECT * FROM people WHERE login = ?", login.strip().lower())
    if found is None:
        raise InputError(f"nobody has the login {login}: see `archiver staff list`")
    return _person(connection, found)


def person_by_id(connection: sqlite3.Connection, person_id: int) -> Person | None:
    """The member of staff with that number, or None."""
    found = row(connection, "SELECT * FROM people WHERE id = ?", person_id)
    return None if found is None else _person(connection, found)


def list_people(connection: sqlite3.Connection) -> list[Person]:
    """Everybody, disabled accounts included, by login."""
    found = rows(connection, "SELECT * FROM people ORDER BY login")
    return [_person(connection, one) for one in found]


def reset_password(
    connection: sqlite3.Connection, login: str, *, actor: str, password: str
) -> Person:
    """Give a new password, lift a lock, and end every session of that person."""
    person = find_person(connection, login)
    hashed = hash_password(password, login=person.login)
    with write_transaction(connection):
        connection.execute(
            "UPDATE people SET password_hash = ?, failures = 0, locked_until = NULL WHERE id = ?",
            (hashed, person.id),
        )
        end_sessions(connection, person.id)
        audit(connection, actor=actor, action="staff-reset", subject=person.login)
    return person


def set_roles(
    connection: sqlite3.Connection, login: str, *, actor: str, roles: Collection[str]
) -> Person:
    """Replace the roles of a person; open sessions have the new ones at their next step."""
    person = find_person(connection, login)
    wanted = _known(roles)
    with write_transaction(connection):
        connection.execute("DELETE FROM person_roles WHERE person_id = ?", (person.id,))
        connection.executemany(
            "INSERT INTO person_roles (person_id, role) VALUES (?, ?)",
            [(person.id, role) for role in wanted],
        )
        audit(
            connection,
            actor=actor,
            action="staff-roles",
            subject=person.login,
            detail={"before": list(person.roles), "after": wanted},
        )
    return find_person(connection, login)


def set_departments(
    connection: sqlite3.Connection, login: str, *, actor: str, departments: Collection[str]
) -> Person:
    """Limit a person to the records of some departments' accounts, or to none of them any longer;
    open sessions have the new limit at their next step.

    `departments` are names as the account register writes them (`register.accounts.
    named_departments`); none takes the limit away.
    """
    person = find_person(connection, login)
    wanted = sorted(set(departments))
    with write_transaction(connection):
        before = _departments(connection, person.id)
        connection.execute("DELETE FROM person_departments WHERE person_id = ?", (person.id,))
        connection.executemany(
            "INSERT INTO person_departments (person_id, department) VALUES (?, ?)",
            [(person.id, name) for name in wanted],
        )
        audit(
            connection,
            actor=actor,
            action="staff-departments",
            subject=person.login,
            detail={"before": list(before), "after": wanted},
        )
    return find_person(connection, login)


def disable(connection: sqlite3.Connection, login: str, *, actor: str) -> Person:
    """Close the account: it can no longer sign in, and its sessions end now."""
    person = find_person(connection, login)
    with write_transaction(connection):
        connection.execute(
            "UPDATE people SET disabled_at = coalesce(disabled_at, ?) WHERE id = ?",
            (clock.now_text(), person.id),
        )
        end_sessions(connection, person.id)
        audit(connection, actor=actor, action="staff-disable", subject=person.login)
    return find_person(connection, login)


def end_sessions(connection: sqlite3.Connection, person_id: int, *, but: str | None = None) -> int:
    """End every session of a person, `but` the one of that handle, and every sign-in that waits for
    a code; how many sessions ended. Part of the caller's transaction."""
    ended = connection.execute(
        "UPDATE sessions SET revoked_at = ?1 WHERE person_id = ?2 AND revoked_at IS NULL"
        " AND (?3 IS NULL OR handle <> ?3)",
        (clock.now_text(), person_id, but),
    )
    connection.execute("DELETE FROM pending_sign_ins WHERE person_id = ?", (person_id,))
    return ended.rowcount


def audit(
    connection: sqlite3.Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write a line of the staff audit; part of the transaction of the change it tells of."""
    connection.execute(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        (clock.now_text(), actor, action, subject, json.dumps(detail or {}, ensure_ascii=False)),
    )


def _known(roles: Collection[str]) -> list[str]:
    wanted = sorted(set(roles))
    unknown = [role for role in wanted if role not in ROLES]
    if unknown or not wanted:
        raise InputError(
            f"{', '.join(unknown) or 'no role'}: the roles are {', '.join(sorted(ROLES))}"
        )
    return wanted


def _person(connection: sqlite3.Connection, found: sqlite3.Row) -> Person:
    roles = rows(
        connection, "SELECT role FROM person_roles WHERE person_id = ? ORDER BY role", found["id"]
    )
    return Person(
        id=found["id"],
        login=found["login"],
        name=found["name"],
        title=found["title"],
        roles=tuple(one["role"] for one in roles),
        created_at=found["created_at"],
        disabled_at=found["disabled_at"],
        departments=_departments(connection, found["id"]),
    )


def _departments(connection: sqlite3.Connection, person_id: int) -> tuple[str, ...]:
    found = rows(
        connection,
        "SELECT department FROM person_departments WHERE person_id = ? ORDER BY department",
        person_id,
    )
    return tuple(one["department"] for one in found)

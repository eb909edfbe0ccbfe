"""Officials whose messages the mailbox takes in: by the address they send from."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.register.office import audit
from archiver.requests.custodians.wording import line_of
from archiver.requests.letters.mailing import read_address


@dataclass(frozen=True, slots=True)
class Official:
    """An official who forwards. `login` is where they see their own forwards (empty: nowhere)."""

    name: str
    department: str
    title: str = ""
    email: str = ""
    login: str = ""

    @property
    def who(self) -> str:
        """As a letter names them."""
        return ", ".join(filter(None, (self.name, self.title, self.department)))


@dataclass(frozen=True, slots=True)
class Known:
    """An address of an official on record; `ended` says that it is taken from no more."""

    id: int
    address: str
    name: str
    title: str
    department: str
    login: str | None
    ended: int
    at: str
    actor: str

    @property
    def official(self) -> Official:
        """The official it belongs to."""
        return Official(self.name, self.department, self.title, self.address, self.login or "")


_COLUMNS = ", ".join(field.name for field in fields(Known))
_NEWEST = "id IN (SELECT max(id) FROM forwarding_officials GROUP BY address)"


def checked(official: Official) -> Official:
    """An official as they are kept. Raises InputError where name, department or address is none."""
    name, department = (
        line_of("the name", official.name),
        line_of("the department", official.department),
    )
    if not name or not department:
        raise InputError("say who forwards it, and of which department or body")
    email = read_address(official.email) if official.email.strip() else ""
    title = line_of("the title", official.title)
    return Official(name, department, title, email, official.login.strip())


def know_address(conn: sqlite3.Connection, official: Official, *, actor: str) -> Known:
    """Take in from now on what comes from an official's address; told anew, the newest counts.

    Raises InputError where name, department or address cannot be used.
    """
    kept = checked(official)
    if not kept.email:
        raise InputError("give the address the official sends from")
    return _enter(conn, kept, ended=False, actor=actor)


def forget_address(conn: sqlite3.Connection, address: str, *, actor: str) -> Known:
    """Take in no more from an address. Raises InputError where none is taken in from it."""
    known = official_of(conn, address)
    if known is None:
        raise InputError(f"no official forwards from {address}: see `archiver forwards officials`")
    return _enter(conn, known.official, ended=True, actor=actor)


def _enter(conn: sqlite3.Connection, official: Official, *, ended: bool, actor: str) -> Known:
    address = official.email.casefold()
    with write_transaction(conn):
        cursor = conn.execute(
            "INSERT INTO main.forwarding_officials "
            "(address, name, title, department, login, ended, at, actor) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(address, official.name, official.title, official.department),
                *(official.login or None, int(ended), now_text(), actor),
            ),
        )
        audit(
            conn,
            actor=actor,
            action="official's address ended" if ended else "official's address known",
            subject=f"official {official.name}",
            detail={"department": official.department},
        )
    sql = f"SELECT {_COLUMNS} FROM forwarding_officials WHERE id = ?"
    found = row(conn, sql, int(cursor.lastrowid or 0))
    assert found is not None
    return Known(*found)


def official_of(conn: sqlite3.Connection, address: str) -> Known | None:
    """The official who sends from an address, or None."""
    sql = f"SELECT {_COLUMNS} FROM forwarding_officials WHERE address = ? AND {_NEWEST}"
    found = row(conn, sql, address.strip().casefold())
    return None if found is None or found["ended"] else Known(*found)


def list_officials(conn: sqlite3.Connection) -> list[Known]:
    """Every address that is taken in from, by name."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM forwarding_officials WHERE ended = 0 AND {_NEWEST} "
        "ORDER BY name, address",
    )
    return [Known(*each) for each in found]

"""office.db: opening it, and the audit row every change in it leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from archiver.clock import now_text
from archiver.config import Home
from archiver.database import connect, rows
from archiver.register.schema import migrate_register


def open_office(home: Home, *, create: bool = False) -> sqlite3.Connection:
    """Open office.db for writing, with the register's tables up to date.

    The other rooms of the file bring their own tables. Raises HomeError where the file is missing
    and not to be created, or is no database.
    """
    connection = connect(home.office_db, create=create)
    migrate_register(connection)
    return connection


def audit(
    conn: sqlite3.Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write down who did what to which thing, now, in the transaction of the change itself.

    `action` is a short verb phrase ("account closed"), `subject` names the thing
    ("account 3"), `detail` what a later reader needs, never a record's content or a secret.
    Raises RuntimeError outside a transaction: a row on its own would prove nothing.
    """
    if not conn.in_transaction:
        raise RuntimeError("an audit row is written in the transaction of the change it records")
    conn.execute(
        "INSERT INTO main.audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        (now_text(), actor, action, subject, detail_text(detail)),
    )


def detail_text(detail: Mapping[str, object] | None) -> str | None:
    """Details as JSON text in the order given, or None."""
    return None if detail is None else msgspec.json.encode(detail).decode()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the audit trail; `at` is UTC."""

    id: int
    at: str
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] | None


def audit_trail(
    conn: sqlite3.Connection, *, subject: str | None = None, limit: int = 100, before: int = 0
) -> list[AuditEntry]:
    """The newest rows first; `before` (an entry's id) continues further back."""
    found = rows(
        conn,
        """
        SELECT id, at, actor, action, subject, detail FROM audit
        WHERE (?1 IS NULL OR subject = ?1) AND (?2 = 0 OR id < ?2)
        ORDER BY id DESC LIMIT ?3
        """,
        subject,
        before,
        limit,
    )
    return [
        AuditEntry(
            entry["id"],
            entry["at"],
            entry["actor"],
            entry["action"],
            entry["subject"],
            None if entry["detail"] is None else msgspec.json.decode(entry["detail"]),
        )
        for entry in found
    ]


def home_of(conn: sqlite3.Connection) -> Path | None:
    """The folder office.db lies in (None for a database in memory)."""
    file: str = conn.execute("PRAGMA database_list").fetchone()["file"]
    return Path(file).resolve().parent if file else None

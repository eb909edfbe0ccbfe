"""Holds: what may not be destroyed, whatever the schedule says (DESIGN §7 rule 2).

A hold stops disposition. It never stops a request's clock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

from archiver.clock import now_text
from archiver.database import row, rows
from archiver.errors import InputError, RuleError
from archiver.register.office import audit


class HoldKind(StrEnum):
    """Why something is held."""

    LITIGATION = "litigation"
    CLAIM = "claim"
    AUDIT = "audit"
    SUBPOENA = "subpoena"
    REQUEST = "records request"
    ADMINISTRATIVE = "administrative"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. `reference` is its number outside (a request, a claim); times are UTC."""

    id: int
    kind: str
    reference: str
    reason: str
    placed_at: str
    placed_by: str
    released_at: str | None
    released_by: str | None
    release_reason: str | None

    @property
    def title(self) -> str:
        """How a page calls it: ``records request 2026-0041``."""
        return f"{self.kind} {self.reference}"


_COLUMNS = ", ".join(f"holds.{field.name}" for field in fields(Hold))


def place_hold(
    conn: sqlite3.Connection, *, actor: str, kind: HoldKind, reference: str, reason: str
) -> Hold:
    """The open hold of that kind and reference, placed now where there is none.

    Runs inside the caller's transaction, so that a request and its hold stand or fall together.
    Raises RuleError where reference or reason is missing.
    """
    if not reference.strip() or not reason.strip():
        raise RuleError("a hold needs a reference (a case or request number) and a reason")
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM holds WHERE kind = ? AND reference = ? AND released_at IS NULL",
        kind.value,
        reference,
    )
    if found is not None:
        return Hold(*found)
    cursor = conn.execute(
        "INSERT INTO holds (kind, reference, reason, placed_at, placed_by) VALUES (?, ?, ?, ?, ?)",
        (kind.value, reference, reason, now_text(), actor),
    )
    hold = hold_by_id(conn, int(cursor.lastrowid or 0))
    audit(
        conn,
        actor=actor,
        action="hold placed",
        subject=f"hold {hold.id}",
        detail={"kind": hold.kind, "reference": reference, "reason": reason},
    )
    return hold


def hold_records(
    conn: sqlite3.Connection, hold: Hold, records: Iterable[tuple[str, int]], *, actor: str
) -> int:
    """Put records, as (file, record id), under a hold; how many were not under it before.

    Runs inside the caller's transaction. Raises RuleError where the hold is released.
    """
    if hold_by_id(conn, hold.id).released_at is not None:
        raise RuleError(f"{hold.title} is released: place a new hold")
    before = held_count(conn, hold)
    now = now_text()
    conn.executemany(
        "INSERT INTO hold_items (file, record_id, hold_id, added_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        ((file, record_id, hold.id, now) for file, record_id in records),
    )
    added = held_count(conn, hold) - before
    if added:
        audit(
            conn,
            actor=actor,
            action="records held",
            subject=f"hold {hold.id}",
            detail={"records": added},
        )
    return added


def release_hold(conn: sqlite3.Connection, hold: Hold, *, actor: str, reason: str) -> Hold:
    """Release a hold by a person's decision, inside the caller's transaction.

    Raises RuleError where no reason is given, it is released already, or what it stands for (an
    open request) still needs it.
    """
    if not reason.strip():
        raise RuleError("releasing a hold needs a reason")
    if hold_by_id(conn, hold.id).released_at is not None:
        raise RuleError(f"{hold.title} is released already")
    try:
        conn.execute(
            "UPDATE holds SET released_at = ?, released_by = ?, release_reason = ? WHERE id = ?",
            (now_text(), actor, reason, hold.id),
        )
    except sqlite3.IntegrityError as refused:
        raise RuleError(f"{hold.title} was not released: {refused}") from None
    audit(
        conn,
        actor=actor,
        action="hold released",
        subject=f"hold {hold.id}",
        detail={"reason": reason},
    )
    return hold_by_id(conn, hold.id)


def hold_by_id(conn: sqlite3.Connection, hold_id: int) -> Hold:
    """The hold of that id. Raises InputError where there is none."""
    found = row(conn, f"SELECT {_COLUMNS} FROM holds WHERE id = ?", hold_id)
    if found is None:
        raise InputError(f"no hold {hold_id}")
    return Hold(*found)


def list_holds(conn: sqlite3.Connection, *, include_released: bool = False) -> list[Hold]:
    """Holds in the order they were placed."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM holds WHERE ? OR released_at IS NULL ORDER BY id",
        include_released,
    )
    return [Hold(*each) for each in found]


def held_count(conn: sqlite3.Connection, hold: Hold) -> int:
    """How many records a hold keeps."""
    counted = conn.execute("SELECT count(*) FROM hold_items WHERE hold_id = ?", (hold.id,))
    return int(counted.fetchone()[0])


def holds_on(conn: sqlite3.Connection, file: str, record_id: int) -> list[Hold]:
    """The open holds a record is under, oldest first."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM hold_items JOIN holds ON holds.id = hold_items.hold_id "
        "WHERE file = ? AND record_id = ? AND released_at IS NULL ORDER BY holds.id",
        file,
        record_id,
    )
    return [Hold(*each) for each in found]

"""Taking back an entry that was made by mistake: it stays to be seen, and counts no more."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.clock import now_text
from archiver.database import rows, write_transaction
from archiver.errors import RuleError
from archiver.register.office import audit

VERSION = "policy version"
KEYWORDS = "keyword list"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Why, when and by whom an entry was taken back."""

    reason: str
    at: str
    actor: str


def take_back(
    conn: sqlite3.Connection, kind: str, entry_id: int, *, actor: str, reason: str
) -> TakenBack:
    """Take an entry back that is there. Raises RuleError without a reason, or the second time."""
    why = " ".join(reason.split())
    if not why:
        raise RuleError("taking an entry back needs a reason: say what was wrong with it")
    with write_transaction(conn):
        if entry_id in taken_back(conn, kind):
            raise RuleError(f"{kind} {entry_id} is taken back already")
        made = TakenBack(why, now_text(), actor)
        conn.execute(
            "INSERT INTO main.policy_entries_taken_back (kind, entry_id, reason, at, actor) "
            "VALUES (?, ?, ?, ?, ?)",
            (kind, entry_id, made.reason, made.at, made.actor),
        )
        audit(
            conn,
            actor=actor,
            action=f"{kind} taken back",
            subject=f"{kind} {entry_id}",
            detail={"reason": why},
        )
    return made


def taken_back(conn: sqlite3.Connection, kind: str) -> dict[int, TakenBack]:
    """What of a kind was taken back, by its id."""
    found = rows(
        conn,
        "SELECT reason, at, actor, entry_id FROM policy_entries_taken_back WHERE kind = ?",
        kind,
    )
    return {entry_id: TakenBack(*told) for *told, entry_id in found}

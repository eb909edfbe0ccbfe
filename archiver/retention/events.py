"""Events with a name that a schedule waits for: an election, a project, a grant, and their ends."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass, fields

from archiver.clock import now, now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import RuleError
from archiver.register.office import audit


@dataclass(frozen=True, slots=True)
class EventEnd:
    """The end of a named event: the day, the paper that shows it, who wrote it down and when."""

    id: int
    name: str
    ended_on: str
    document: str
    recorded_at: str
    recorded_by: str


_COLUMNS = ", ".join(field.name for field in fields(EventEnd))


def record_event(
    conn: sqlite3.Connection, *, actor: str, name: str, ended: dt.date, document: str
) -> EventEnd:
    """Write down that a named event ended. A later entry of the same name corrects an earlier one.

    Raises RuleError where the name or the document is missing or the day lies ahead.
    """
    named, paper = " ".join(name.split()), " ".join(document.split())
    if not named:
        raise RuleError("an event needs a name")
    if not paper:
        raise RuleError(f"the end of {named} needs the document that shows it")
    if ended > now().date() + dt.timedelta(days=1):
        raise RuleError(f"{named} cannot have ended on {ended}: that day lies ahead")
    with write_transaction(conn):
        before = events_ended(conn).get(named)
        cursor = conn.execute(
            "INSERT INTO retention_events (name, ended_on, document, recorded_at, recorded_by) "
            "VALUES (?, ?, ?, ?, ?)",
            (named, ended.isoformat(), paper, now_text(), actor),
        )
        audit(
            conn,
            actor=actor,
            action="event ended",
            subject=f"event {named}",
            detail={
                "on": ended.isoformat(),
                "before": None if before is None else before.isoformat(),
                "document": paper,
            },
        )
        found = row(conn, f"SELECT {_COLUMNS} FROM retention_events WHERE id = ?", cursor.lastrowid)
    assert found is not None
    return EventEnd(*found)


def events_ended(conn: sqlite3.Connection) -> dict[str, dt.date]:
    """The day each named event ended on, as last written down; none before the table is made."""
    if not _is_there(conn):
        return {}
    sql = "SELECT name, ended_on FROM retention_events ORDER BY id"
    return {each["name"]: dt.date.fromisoformat(each["ended_on"]) for each in rows(conn, sql)}


def list_events(conn: sqlite3.Connection) -> list[EventEnd]:
    """Every entry, oldest first: of several of one name the last counts."""
    if not _is_there(conn):
        return []
    found = rows(conn, f"SELECT {_COLUMNS} FROM retention_events ORDER BY id")
    return [EventEnd(*each) for each in found]


def _is_there(conn: sqlite3.Connection) -> bool:
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'retention_events'"
    return row(conn, sql) is not None

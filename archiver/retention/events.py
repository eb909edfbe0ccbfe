"""The city's list of events that start a period when they end: a project, a term, a programme."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.database import rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.office import audit


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event as it was entered last; `ended_on` None: it was entered by mistake, or goes on."""

    name: str
    ended_on: dt.date | None
    document: str
    entered_at: str
    entered_by: str


def end_event(
    conn: sqlite3.Connection,
    *,
    actor: str,
    name: str,
    ended_on: dt.date | None,
    document: str,
    time_zone: str,
) -> NamedEvent:
    """Enter that an event has ended (or, with None, that it has not), and by which document.

    The last entry counts; earlier ones stay to be seen. Raises RuleError where the day lies ahead,
    InputError where name or document is missing.
    """
    said = " ".join(name.split())
    if not said or not document.strip():
        raise InputError("an event has a name, and a document that says when it ended")
    if ended_on is not None and ended_on > clock.local_day(clock.now_text(), time_zone):
        raise RuleError(f"{ended_on} lies ahead: enter the event when it has ended")
    at = clock.now_text()
    day = None if ended_on is None else ended_on.isoformat()
    with write_transaction(conn):
        conn.execute(
            "INSERT INTO retention_events (name, ended_on, document, entered_at, entered_by) "
            "VALUES (?, ?, ?, ?, ?)",
            (said, day, document.strip(), at, actor),
        )
        audit(
            conn,
            actor=actor,
            action="event entered",
            subject=f"event {said}",
            detail={"ended": day, "document": document.strip()},
        )
    return NamedEvent(said, ended_on, document.strip(), at, actor)


def list_events(conn: sqlite3.Connection) -> list[NamedEvent]:
    """Every event as it was entered last, by name."""
    found = rows(
        conn,
        """
        SELECT name, ended_on, document, entered_at, entered_by FROM retention_events AS e
        WHERE id = (SELECT max(id) FROM retention_events WHERE name = e.name) ORDER BY name
        """,
    )
    return [
        NamedEvent(
            each["name"],
            None if each["ended_on"] is None else dt.date.fromisoformat(each["ended_on"]),
            *(each["document"], each["entered_at"], each["entered_by"]),
        )
        for each in found
    ]


def ended_events(conn: sqlite3.Connection) -> dict[str, dt.date]:
    """When each event ended that has."""
    return {each.name: each.ended_on for each in list_events(conn) if each.ended_on is not None}
